"""Whoever listens to the writer hears of each commit that moved the journal, before any caller has an answer."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.domain.raffle.errors import LeaseTakenTwice
from shared.domain.slices import ALL
from shared.journal.chain import Tip
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from tests.pipeline.unit import UNIT, held, journal, make_database, take
from tests.support.clock import HandClock
from tests.support.evening import Dice, lease_secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A unit's fresh database."""
    return make_database(tmp_path / "edge.db")


@contextmanager
def listened_to(path: Path, listener: Callable[[Tip], None]) -> Iterator[SqliteWriter]:
    """The unit's writer, with somebody who listens."""
    tools = Tools(HandClock(), Dice("d"), lease_secret, committed=listener)
    writer = SqliteWriter(open_durable(path), ALL, UNIT, tools)
    try:
        yield writer
    finally:
        writer.close()


def test_a_commit_is_heard_once_it_is_on_the_disk_and_before_its_answer(path: Path) -> None:
    heard: list[tuple[Tip, Tip]] = []

    def listen(tip: Tip) -> None:
        heard.append((tip, journal(path)[1]))

    with listened_to(path, listen) as writer:
        for place in (1, 2):
            [entry] = asyncio.run(writer.handle(take(place)))
            assert heard[-1] == (Tip(entry.seq, entry.hash),) * 2
    assert len(heard) == 2


def test_a_group_is_heard_once_with_its_last_entry(path: Path) -> None:
    heard: list[Tip] = []

    async def work() -> None:
        async with held(writer):
            tasks = [asyncio.create_task(writer.handle(take(place))) for place in range(20)]
        await asyncio.gather(*tasks)

    with listened_to(path, heard.append) as writer:
        asyncio.run(work())
        assert heard[-1] == writer.tip
    assert [tip.seq for tip in heard] == [20]


def trip(_db: sqlite3.Connection) -> None:
    raise LookupError("a bug")


def test_what_leaves_the_journal_as_it_is_is_not_heard(path: Path) -> None:
    heard: list[Tip] = []
    with listened_to(path, heard.append) as writer:
        asyncio.run(writer.handle(take(1)))
        asyncio.run(writer.handle(take(1)))
        asyncio.run(writer.write(lambda db: db.execute("INSERT INTO pin_tries VALUES (x'01', 0, 0)")))
        with pytest.raises(LeaseTakenTwice):
            asyncio.run(writer.handle(take(1, command_id=take(2).command_id)))
        with pytest.raises(LookupError):
            asyncio.run(writer.write(trip))
    assert [tip.seq for tip in heard] == [1]


def test_a_listener_that_breaks_takes_no_answer_away(path: Path) -> None:
    def break_down(tip: Tip) -> None:
        raise LookupError(tip.seq)

    with listened_to(path, break_down) as writer:
        [entry] = asyncio.run(writer.handle(take(1)))
        assert writer.tip == Tip(entry.seq, entry.hash)
        asyncio.run(writer.handle(take(2)))
    assert journal(path)[1].seq == 2
