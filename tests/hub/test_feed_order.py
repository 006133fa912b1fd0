"""Feed positions: who draws first commits first, so a reader that polls meanwhile misses no row (design §5.10)."""

import asyncio
from contextlib import suppress
from uuid import uuid4

import pytest

from hub.runtime.tenant import tenant
from shared.domain.identity.commands import OpenVenue
from tests.support.hub import RunningHub

pytestmark = pytest.mark.anyio
PAGE = "select position, kind, key from sync.feed_row where scope = 'org' and position > %s order by position"


def _venue(name: str) -> OpenVenue:
    return OpenVenue(command_id=uuid4(), name=name, place="", zone="Europe/London")


class Reader:
    """An edge that polls the feed and remembers how far it came."""

    def __init__(self, running: RunningHub) -> None:
        self._running = running
        self.position = 0
        self.seen: list[int] = []

    async def poll(self) -> None:
        """Read everything behind the last position."""
        async with tenant(self._running.hub.pool, self._running.org_id) as connection:
            rows = await (await connection.execute(PAGE, [self.position])).fetchall()
        self.seen += [row[0] for row in rows]
        self.position = max([self.position, *self.seen])


async def test_a_reader_misses_no_row_while_one_transaction_is_held_open_and_another_wants_to_emit(
    running: RunningHub,
) -> None:
    hub, reader = running.hub, Reader(running)
    await reader.poll()
    before = len(reader.seen)
    async with tenant(hub.pool, running.org_id) as held:
        await hub.bus.handle_in(held, running.org_id, _venue("First to draw"))
        second = asyncio.create_task(running.do(_venue("Second to draw")))
        for _ in range(10):
            await reader.poll()
            await asyncio.sleep(0.02)
        assert len(reader.seen) == before, "nobody sees a position behind one that is not committed"
        assert not second.done(), "the second waits for the first: one writer a journal"
    await second
    await reader.poll()
    assert reader.seen[before:] == sorted(reader.seen[before:])
    assert len(reader.seen) == before + 2


async def test_many_hubs_at_once_draw_positions_in_the_order_they_commit(running: RunningHub) -> None:
    reader, stop = Reader(running), asyncio.Event()

    async def read_on() -> None:
        while not stop.is_set():
            await reader.poll()

    reading = asyncio.create_task(read_on())
    await asyncio.gather(*(running.do(_venue(f"Stand {number}")) for number in range(25)))
    stop.set()
    await reading
    await reader.poll()
    fresh = Reader(running)
    await fresh.poll()
    assert sorted(reader.seen) == fresh.seen


async def test_a_transaction_that_fails_leaves_no_hole_that_a_reader_would_wait_for(running: RunningHub) -> None:
    with suppress(ZeroDivisionError):
        async with tenant(running.hub.pool, running.org_id) as held:
            await running.hub.bus.handle_in(held, running.org_id, _venue("Never opened"))
            raise ZeroDivisionError
    reader = Reader(running)
    await reader.poll()
    seen = len(reader.seen)
    await running.do(_venue("Opened"))
    await reader.poll()
    assert len(reader.seen) == seen + 1
