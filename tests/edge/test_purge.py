"""A unit forgets whole finished events that the hub holds twice, and nothing else."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.runtime.holds import read_holds
from edge.runtime.membership import store_membership
from edge.runtime.purge import RETENTION_DAYS, Finished, Place, Purge, cut_of
from edge.sync.greeting import HASH_AT
from edge.sync.receipts import keep_receipt, keep_watermark
from shared.domain.slices import ALL
from shared.journal.chain import empty_tip, follow, origin
from shared.journal.head import Head
from shared.kernel.clock import DAY_MS
from shared.pipeline.replay import replay_journal
from shared.pipeline.sqlite_journal import hash_at, read_checkpoint, read_tip
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.watermark import Watermark
from tests.edge.season import EVENTS, UNIT, Season, Step, run, season, steps, tip_at
from tests.support.evening import fresh_memory, lease_secret, rows_of
from tests.support.unit import Desk, Founded, running

ONE, TWO = EVENTS[0], EVENTS[1]
TOTALS = "SELECT event_id, sale_count, ticket_count, amount_minor FROM raffle_event_total ORDER BY event_id"
TABLES = ("raffle_sale", "raffle_range", "raffle_void", "raffle_lease_taken")
FORGET_ENTRY = "DELETE FROM journal_entry WHERE seq = 1"
PLACE_CHECKPOINT = (
    "INSERT INTO checkpoint SELECT org_id, node_id, epoch, branch, seq, hash, 0 FROM journal_entry WHERE seq = 4"
)
A_NIGHT = [Step("lease", 0), Step("sell", 0), Step("sell", 0), Step("undo", 0), Step("close", 0), Step("wait", 0)]
percent = st.integers(0, 100)


def over(scene: Callable[[Season], Awaitable[None]], folder: Path) -> None:
    """Play one scene of a season."""

    async def play() -> None:
        async with season(folder / "unit.db") as there:
            await scene(there)

    asyncio.run(play())


def may_end(places: list[Place], seq: int, there: Season) -> bool:
    """The rule, told without any cleverness: whether the journal may be cut behind `seq`."""
    gone = [place for place in places if place.seq <= seq]
    left = [place for place in places if place.seq > seq]
    events = {place.event_id for place in gone if place.event_id}
    whole = not events & {place.event_id for place in left}
    orders = {place.command_id for place in gone} & {place.command_id for place in left}
    return whole and not orders and all(there.is_finished(place.event_id) for place in gone)


async def verify_whole(there: Season) -> None:
    """What is left is a verified chain from the checkpoint on, and its rows are those that it would make again."""

    def look(db: sqlite3.Connection) -> None:
        begin, end = read_checkpoint(db, UNIT), read_tip(db, UNIT)
        assert end == there.writer.tip
        assert hash_at(db, UNIT, begin.seq) == begin.hash
        again = fresh_memory()
        assert replay_journal(db, again, ALL, UNIT) == end
        assert rows_of(again, UNIT) == rows_of(db, UNIT)

    await there.writer.write(look)


async def purge_and_compare(there: Season, shares: tuple[int, int, int]) -> None:
    """Purge under proofs that cover these shares of the journal, and hold the outcome against the rule."""
    before, places, totals = await there.journal(), await there.places(), dict(await totals_of(there))
    begin, tip = await there.writer.write(lambda db: read_checkpoint(db, UNIT)), there.writer.tip
    receipt, watermark, acked = (begin.seq + (tip.seq - begin.seq) * share // 100 for share in shares)
    receipt = max(receipt, await kept_seq(there))
    await there.prove(receipt=receipt, watermark=watermark, acked=acked)
    gone = await there.purge.once()
    limit = min(receipt, watermark, acked)
    cuts = [place.seq for place in places if place.seq <= limit and may_end(places, place.seq, there)]
    assert begin.seq + gone == max(cuts, default=begin.seq)
    assert await there.journal() == before[gone:]
    assert there.writer.tip == tip
    await verify_whole(there)
    forgotten = {place.event_id for place in places[:gone] if place.event_id}
    assert await totals_of(there) == {event: total for event, total in totals.items() if event not in forgotten}
    await no_row_of(there, forgotten)


async def totals_of(there: Season) -> dict[UUID, tuple[Any, ...]]:
    return {UUID(bytes=row[0]): row[1:] for row in await there.values(TOTALS)}


async def kept_seq(there: Season) -> int:
    rows = await there.values("SELECT seq FROM receipt")
    return int(rows[0][0]) if rows else 0


async def no_row_of(there: Season, events: set[UUID]) -> None:
    for table in TABLES:
        left = {UUID(bytes=row[0]) for row in await there.values(f"SELECT event_id FROM {table}")}
        assert not left & events
    jobs = {row[0] for row in await there.values("SELECT entity_id FROM spool_job")}
    assert jobs == {row[0] for row in await there.values("SELECT sale_id FROM raffle_sale")}


@settings(max_examples=60, deadline=None)
@given(steps, st.tuples(percent, percent, percent), steps, st.tuples(percent, percent, percent), st.integers(1, 9))
def test_whatever_a_season_brings_only_finished_and_proven_events_go(
    first: list[Step], proofs: tuple[int, int, int], second: list[Step], later: tuple[int, int, int], aim: int
) -> None:
    async def play(there: Season) -> None:
        there.purge = Purge(there.writer, there.reader, there.clock, lambda: None, aim=aim)
        await there.play(first)
        await purge_and_compare(there, proofs)
        await there.play(second)
        await purge_and_compare(there, later)
        await purge_and_compare(there, (100, 100, 100))

    with tempfile.TemporaryDirectory() as folder:
        over(play, Path(folder))


def test_a_finished_event_goes_whole_and_the_unit_sells_on_behind_it(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play([*A_NIGHT, Step("lease", 1), Step("sell", 1)])
        await purge_and_compare(there, (100, 100, 100))
        assert [place.seq for place in await there.places()] == [5, 6]
        await there.sell(TWO)
        await verify_whole(there)

    over(play, tmp_path)


def test_a_journal_that_went_whole_goes_on_at_its_checkpoint_after_a_restart(tmp_path: Path) -> None:
    async def first(there: Season) -> None:
        await there.play(A_NIGHT)
        await purge_and_compare(there, (100, 100, 100))
        assert await there.journal() == []
        [known] = await there.reader.values(HASH_AT, {"node_id": UNIT.node_id, "epoch": 1, "seq": 4})
        assert known[0] == there.writer.tip.hash

    async def second(there: Season) -> None:
        assert there.writer.tip.seq == 4
        await there.play([Step("lease", 1), Step("sell", 1)])
        [five, six] = await there.journal()
        begin = await there.writer.write(lambda db: read_checkpoint(db, UNIT))
        assert [read.envelope.seq for read in follow(UNIT, begin, [five, six])] == [5, 6]

    over(first, tmp_path)
    over(second, tmp_path)


@pytest.mark.parametrize("missing", ["receipt", "watermark", "acked"])
def test_without_one_of_the_three_proofs_nothing_goes(tmp_path: Path, missing: str) -> None:
    async def play(there: Season) -> None:
        await there.play(A_NIGHT)
        proofs = {"receipt": 4, "watermark": 4, "acked": 4} | {missing: 3}
        await there.prove(**proofs)
        assert await there.purge.once() == 0
        await there.prove(receipt=4, watermark=4, acked=4)
        assert await there.purge.once() == 4

    over(play, tmp_path)


def test_nothing_goes_while_the_disk_does_not_know_yet_that_the_hub_was_restored(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play(A_NIGHT)
        await there.prove(receipt=4, watermark=4, acked=4)
        told = iter((True, False))
        purge = Purge(there.writer, there.reader, there.clock, lambda: None, waits=lambda: next(told))
        assert await purge.once() == 0
        assert await purge.once() == 4

    over(play, tmp_path)


def test_an_event_stays_to_look_up_until_its_last_day_by_the_hubs_time(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play(A_NIGHT[:-1])
        await there.prove(receipt=4, watermark=4, acked=4)
        there.clock.forward((RETENTION_DAYS + 300) * DAY_MS)
        assert await there.purge.once() == 0
        there.clock.wall_ms = there.ended[ONE] + RETENTION_DAYS * DAY_MS - 1
        await there.prove(receipt=4, watermark=4, acked=4)
        assert await there.purge.once() == 0
        there.clock.forward(1)
        await there.prove(receipt=4, watermark=4, acked=4)
        assert await there.purge.once() == 4

    over(play, tmp_path)


def test_a_sale_of_a_running_event_keeps_everything_behind_it(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play([Step("lease", 1), *A_NIGHT])
        await there.prove(receipt=5, watermark=5, acked=5)
        assert await there.purge.once() == 0
        assert len(await there.journal()) == 5

    over(play, tmp_path)


def test_the_database_itself_refuses_to_forget_without_proof(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play(A_NIGHT)
        await there.prove(receipt=4, watermark=3, acked=4)
        for trigger, text in (("journal_entry_kept", FORGET_ENTRY), ("checkpoint_covered", PLACE_CHECKPOINT)):
            with pytest.raises(sqlite3.IntegrityError, match=trigger):
                await carry_out(there, text)
        assert len(await there.journal()) == 4

    over(play, tmp_path)


async def carry_out(there: Season, text: str) -> None:
    await there.writer.write(lambda db: db.execute(text))


def test_an_order_or_an_event_is_never_cut_in_two() -> None:
    a, b = UUID(int=1), UUID(int=2)
    orders = [UUID(int=10 + place) for place in range(6)]
    prefix = [Place(1, orders[0], a), Place(2, orders[1], None), Place(3, orders[2], b), Place(4, orders[2], None)]
    assert cut_of(prefix, set(), orders[3], 100) == 4
    assert cut_of(prefix, set(), orders[2], 100) == 2
    assert cut_of(prefix, {b}, orders[3], 100) == 2
    assert cut_of(prefix, {a}, orders[3], 100) is None
    assert cut_of(prefix, set(), orders[3], 1) == 1
    assert cut_of([*prefix, Place(5, orders[4], a)], set(), None, 1) == 5


def test_a_running_unit_purges_at_its_start_and_sells_the_next_event(tmp_path: Path) -> None:
    async def play() -> None:
        founded = Founded(tmp_path)
        store_membership(founded.settings.membership_file, founded.membership())
        await founded.fill(lease=False)
        async with running(founded) as desk:
            await desk.unit.writer.handle(founded.lease(founded.event_id, 1, 500))
            await desk.log_in()
            for _ in range(3):
                await desk.sold()
            await desk.until_paper(3)
            await desk.put(founded.event(founded.event_id, state="closed", closed_ms=founded.clock.wall_ms))
            founded.clock.forward((RETENTION_DAYS + 1) * DAY_MS)
            await desk.unit.writer.write(lambda db: prove_all(db, desk))
        async with running(founded) as desk:
            await desk.until(lambda: all_gone(desk))
            assert desk.unit.writer.tip.seq == 5
            await desk.log_in()
            assert (await desk.page("/sell")).status_code == 200
            await desk.unit.writer.handle(founded.lease(founded.training_id, 1, 500))
        async with running(founded) as desk:
            assert desk.unit.writer.tip.seq == 6
            assert await desk.unit.writer.write(read_holds) == ()

    asyncio.run(play())


def prove_all(db: sqlite3.Connection, desk: Desk) -> None:
    """The hub says that it holds everything twice."""
    owner, tip, now = desk.unit.owner, desk.unit.writer.tip, desk.clock.wall_ms
    keep_receipt(db, owner, Head(origin(owner), tip), b"cosigned", now)
    said = Watermark(
        org=owner.org_id,
        node=owner.node_id,
        epoch=1,
        seq=tip.seq,
        hash=tip.hash,
        backup_ms=now,
        generation=1,
    )
    keep_watermark(db, owner, said, b"signed", now)
    db.execute("INSERT OR REPLACE INTO peer VALUES (?, 1, 1, ?, ?, 0, '')", (owner.node_id.bytes, tip.seq, now))


async def all_gone(desk: Desk) -> bool:
    [[left]] = await desk.unit.reader.values("SELECT count(*) FROM journal_entry")
    return bool(left == 0)


def test_an_empty_journal_begins_at_its_name(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        assert there.writer.tip == empty_tip(UNIT)
        assert await there.purge.once() == 0
        assert await there.writer.write(lambda db: tip_at(db, 0)) == empty_tip(UNIT)

    over(play, tmp_path)


NEXT_EPOCH = msgspec.structs.replace(UNIT, epoch=2)


async def purge_of_the_next_epoch(there: Season) -> int:
    """The unit was enrolled anew since: what its purge takes of the epoch before."""
    tools = Tools(there.clock, there.dice, lease_secret, {})
    writer = SqliteWriter(open_durable(there.path), ALL, NEXT_EPOCH, tools)
    try:
        return await Purge(writer, there.reader, there.clock, lambda: None, former=[UNIT]).once()
    finally:
        writer.close()


def test_an_epoch_that_is_over_goes_once_all_of_it_is_proven(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play(A_NIGHT)
        await there.prove(receipt=4, watermark=3, acked=0)
        assert await purge_of_the_next_epoch(there) == 0
        await there.prove(receipt=4, watermark=4, acked=0)
        assert await purge_of_the_next_epoch(there) == 4
        assert await there.journal() == []
        await verify_whole(there)
        await no_row_of(there, {ONE})

    over(play, tmp_path)


def test_an_epoch_that_is_over_keeps_its_running_event(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play([*A_NIGHT, Step("lease", 1), Step("sell", 1)])
        await there.prove(receipt=6, watermark=6, acked=0)
        assert await purge_of_the_next_epoch(there) == 4
        assert len(await there.journal()) == 2

    over(play, tmp_path)


def test_a_training_lease_that_nobody_uses_does_not_keep_the_journal(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.put(msgspec.structs.replace(run(TWO, "active", None), training=True))
        await there.play([Step("lease", 1), Step("sell", 1), *A_NIGHT])
        await there.prove(receipt=6, watermark=6, acked=6)
        assert await there.purge.once() == 6
        await verify_whole(there)
        await no_row_of(there, {ONE, TWO})

    over(play, tmp_path)


def test_training_that_goes_on_is_not_cut_in_two(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.put(msgspec.structs.replace(run(TWO, "active", None), training=True))
        await there.play([Step("lease", 1), *A_NIGHT, Step("sell", 1)])
        await there.prove(receipt=5, watermark=5, acked=5)
        assert await there.purge.once() == 0
        await there.prove(receipt=6, watermark=6, acked=6)
        assert await there.purge.once() == 6
        await there.play([Step("lease", 1), Step("sell", 1)])
        await verify_whole(there)

    over(play, tmp_path)


def test_training_counts_as_finished_so_long_after_its_first_entry_and_no_earlier() -> None:
    begun, later = Place(1, UUID(int=1), TWO, hub_ms=1_000), Place(2, UUID(int=2), TWO, hub_ms=9_000)
    for before_ms, stays in ((999, True), (1_000, False)):
        finished = Finished(frozenset(), frozenset({TWO}), before_ms)
        assert [finished.stays(place) for place in (begun, later)] == [stays, stays]
    other = Finished(frozenset({ONE}), frozenset(), 10**15)
    assert [other.stays(Place(1, UUID(int=1), event)) for event in (ONE, TWO, None)] == [False, True, False]
