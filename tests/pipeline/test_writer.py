"""The edge's one writer: each order once, nothing half done, and one bad order never takes another down."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from shared.domain.raffle.commands import SellTickets
from shared.domain.raffle.errors import LeaseTakenTwice
from shared.journal.chain import Tip
from shared.journal.entry import Entry
from shared.kernel.errors import InputRefused, StorageFault
from shared.kernel.limits import GROUP_COMMANDS_MAX, QUEUE_COMMANDS_MAX
from shared.pipeline.decision import CommandReused
from shared.pipeline.sqlite_writer import open_durable
from tests.pipeline.unit import UNIT, held, journal, make_database, open_writer, rows, take

TAKEN = "SELECT first_number FROM raffle_lease_taken ORDER BY first_number"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A unit's fresh database."""
    return make_database(tmp_path / "edge.db")


def _seqs(answers: list[list[Entry[Any]]]) -> list[int]:
    return [entry.seq for answer in answers for entry in answer]


def test_what_is_committed_is_on_the_disk(path: Path) -> None:
    db = open_durable(path)
    asked = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    db.close()
    assert asked == ["wal", 2, 1]


def test_the_same_order_twice_gives_the_same_answer_also_after_a_restart(path: Path) -> None:
    with open_writer(path) as writer:
        first = asyncio.run(writer.handle(take(1)))
        again = asyncio.run(writer.handle(take(1)))
    with open_writer(path) as writer:
        later = asyncio.run(writer.handle(take(1)))
        assert writer.tip.seq == 1
    assert [entry.hash for entry in first] == [entry.hash for entry in again] == [entry.hash for entry in later]
    assert first[0].body == again[0].body == later[0].body


def test_an_order_that_nobody_saw_answered_happens_once_though_the_unit_was_enrolled_anew_since(path: Path) -> None:
    with open_writer(path) as writer:
        first = asyncio.run(writer.handle(take(1)))
    with open_writer(path, owner=replace(UNIT, epoch=2)) as writer:
        again = asyncio.run(writer.handle(take(1)))
        assert writer.tip.seq == 0
    assert [entry.hash for entry in first] == [entry.hash for entry in again]
    assert [entry.owner for entry in again] == [UNIT]


def test_the_same_order_from_sixteen_callers_at_once_happens_once(path: Path) -> None:
    async def work() -> list[list[Entry[Any]]]:
        async with held(writer):
            answers = [asyncio.create_task(writer.handle(take(1))) for _ in range(16)]
        return await asyncio.gather(*answers)

    with open_writer(path) as writer:
        answers = asyncio.run(work())
    assert {entry.hash for answer in answers for entry in answer} == {answers[0][0].hash}
    assert rows(path, TAKEN) == [(101,)]


def test_one_command_id_with_another_order_is_refused(path: Path) -> None:
    with open_writer(path) as writer:
        asyncio.run(writer.handle(take(1)))
        with pytest.raises(CommandReused):
            asyncio.run(writer.handle(take(2, command_id=take(1).command_id)))
    assert rows(path, TAKEN) == [(101,)]


def test_a_refusal_writes_nothing_and_is_not_remembered(path: Path) -> None:
    with open_writer(path) as writer:
        asyncio.run(writer.handle(take(1)))
        before = writer.tip
        with pytest.raises(LeaseTakenTwice):
            asyncio.run(writer.handle(take(1, command_id=UUID(int=0x9001))))
        assert writer.tip == before
        asyncio.run(writer.handle(take(2, command_id=UUID(int=0x9001))))
    assert journal(path)[1].seq == 2


def test_a_bad_order_in_a_group_leaves_the_others_as_they_are(path: Path) -> None:
    def trip(_db: sqlite3.Connection) -> None:
        raise LookupError("a bug")

    def collide(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO pin_tries VALUES (x'01', 0, 0), (x'01', 0, 0)")

    async def work() -> list[Any]:
        async with held(writer):
            jobs = [
                writer.handle(take(1)),
                writer.write(trip),
                writer.handle(take(1, command_id=UUID(int=0x9001))),
                writer.handle(take(2)),
                writer.write(collide),
                writer.handle(take(3)),
            ]
            tasks = [asyncio.create_task(job) for job in jobs]
        return await asyncio.gather(*tasks, return_exceptions=True)

    with open_writer(path) as writer:
        one, bug, refused, two, collision, three = asyncio.run(work())
        assert writer.tip.seq == 3
    assert _seqs([one, two, three]) == [1, 2, 3]
    assert [type(bug), type(refused), type(collision)] == [LookupError, LeaseTakenTwice, sqlite3.IntegrityError]
    assert journal(path)[1] == Tip(3, three[0].hash)
    assert rows(path, TAKEN) == [(101,), (201,), (301,)]
    assert rows(path, "SELECT count(*) FROM pin_tries") == [(0,)]


def test_many_callers_get_a_gapless_journal(path: Path) -> None:
    async def work() -> list[list[Entry[Any]]]:
        return await asyncio.gather(*(writer.handle(take(place)) for place in range(3 * GROUP_COMMANDS_MAX)))

    with open_writer(path) as writer:
        answers = asyncio.run(work())
    assert sorted(_seqs(answers)) == list(range(1, 3 * GROUP_COMMANDS_MAX + 1))
    assert journal(path)[1].seq == 3 * GROUP_COMMANDS_MAX


def test_the_tip_moves_only_after_the_commit(path: Path) -> None:
    seen: list[tuple[Tip, int]] = []

    def look(_db: sqlite3.Connection, entry: Entry[Any]) -> None:
        seen.append((writer.tip, len(journal(path)[0])))

    with open_writer(path, effects={"raffle.lease_taken": look}) as writer:
        before = writer.tip
        asyncio.run(writer.handle(take(1)))
        assert writer.tip == journal(path)[1] != before
    assert seen == [(before, 0)]


def test_a_ticket_that_cannot_be_queued_takes_its_sale_with_it(path: Path) -> None:
    def break_once(_db: sqlite3.Connection, entry: Entry[Any]) -> None:
        if entry.body.first == 101:
            raise LookupError("no such printer")

    with open_writer(path, effects={"raffle.lease_taken": break_once}) as writer:
        before = writer.tip
        with pytest.raises(LookupError):
            asyncio.run(writer.handle(take(1)))
        assert writer.tip == before
        asyncio.run(writer.handle(take(2)))
    assert journal(path)[1].seq == 1
    assert rows(path, TAKEN) == [(201,)]


def test_a_refusal_that_comes_after_a_write_is_a_bug_and_leaves_nothing(path: Path) -> None:
    def refuse_late(_db: sqlite3.Connection, entry: Entry[Any]) -> None:
        if entry.body.first == 101:
            raise LeaseTakenTwice

    async def work() -> list[Any]:
        async with held(writer):
            tasks = [asyncio.create_task(writer.handle(take(place))) for place in (0, 1, 2)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    with open_writer(path, effects={"raffle.lease_taken": refuse_late}) as writer:
        answers = asyncio.run(work())
        assert isinstance(answers[1], AssertionError)
        asyncio.run(writer.handle(take(3)))
    assert journal(path)[1].seq == 3
    assert rows(path, TAKEN) == [(1,), (201,), (301,)]


@pytest.mark.parametrize("wrong", [{"received_minor": 10**30}, {"times": -(10**30)}, {"reference": "\ud800"}])
def test_an_order_that_no_journal_could_hold_is_refused(path: Path, wrong: dict[str, Any]) -> None:
    fields: dict[str, Any] = dict.fromkeys(("command_id", "event_id", "package_id"), UUID(int=1))
    order = SellTickets(**(fields | {"times": 1, "tender": "cash", "received_minor": 0} | wrong))
    with open_writer(path) as writer:
        with pytest.raises(InputRefused):
            asyncio.run(writer.handle(order))
        asyncio.run(writer.handle(take(1)))


def test_closing_finishes_what_is_queued_and_takes_nothing_more(path: Path) -> None:
    async def work() -> list[list[Entry[Any]]]:
        async with held(writer):
            tasks = [asyncio.create_task(writer.handle(take(place))) for place in range(100)]
            await asyncio.sleep(0)
            closing = asyncio.create_task(asyncio.to_thread(writer.close))
            await asyncio.sleep(0.05)
        await closing
        return await asyncio.gather(*tasks)

    with open_writer(path) as writer:
        answers = asyncio.run(work())
        with pytest.raises(StorageFault):
            asyncio.run(writer.handle(take(200)))
    assert _seqs(answers) == list(range(1, 101))
    assert journal(path)[1].seq == 100


def test_a_flood_of_orders_is_turned_away_at_the_limit_and_the_rest_is_served(path: Path) -> None:
    async def work() -> list[Any]:
        async with held(writer):
            tasks = [asyncio.create_task(writer.handle(take(place))) for place in range(QUEUE_COMMANDS_MAX + 20)]
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks, return_exceptions=True)

    with open_writer(path) as writer:
        answers = asyncio.run(work())
    faults = [answer for answer in answers if isinstance(answer, StorageFault)]
    assert len(faults) == 20
    assert journal(path)[1].seq == QUEUE_COMMANDS_MAX
