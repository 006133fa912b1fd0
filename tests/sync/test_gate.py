"""Who uploads next when many come at once: a live venue never waits for a backlog (design §5.9)."""

import asyncio
from uuid import UUID

import pytest

from hub.sync.gate import RUNNING_MAX, WAITING_MAX, Busy, Gate

pytestmark = pytest.mark.anyio
KB = 1_024


class Street:
    """Nodes at a gate; what each did is written down in order."""

    def __init__(self, running_max: int = 1) -> None:
        self.now_s = 0.0
        self.gate = Gate(lambda: self.now_s, running_max=running_max)
        self.done: list[int] = []
        self.ends: dict[int, asyncio.Event] = {}

    async def upload(self, node: int, weight: int = KB) -> None:
        """One upload that ends when told."""
        end = self.ends[node] = asyncio.Event()
        async with self.gate.turn(UUID(int=node), weight):
            self.done.append(node)
            await end.wait()

    async def start(self, node: int, weight: int = KB) -> "asyncio.Task[None]":
        """Begin an upload and let it get as far as it can."""
        task = asyncio.create_task(self.upload(node, weight))
        await asyncio.sleep(0)
        return task

    async def end(self, node: int) -> None:
        """Let an upload finish."""
        self.ends[node].set()
        for _ in range(4):
            await asyncio.sleep(0)


async def test_the_node_that_had_least_lately_goes_first() -> None:
    street = Street()
    await street.start(1, 900 * KB)
    await street.end(1)
    await street.start(2)
    backlog, live = await street.start(1, 900 * KB), await street.start(3)
    await street.end(2)
    assert street.done == [1, 2, 3]
    await street.end(3)
    assert street.done == [1, 2, 3, 1]
    await street.end(1)
    await asyncio.gather(backlog, live)


async def test_what_a_node_had_long_ago_counts_no_more() -> None:
    street = Street()
    await street.start(1, 900 * KB)
    await street.end(1)
    street.now_s = 600.0
    await street.start(2, 2 * KB)
    await street.end(2)
    await street.start(3)
    tasks = [await street.start(2), await street.start(1)]
    await street.end(3)
    assert street.done[-1] == 1
    await street.end(1)
    await street.end(2)
    await asyncio.gather(*tasks)


async def test_a_node_has_one_upload_under_way_and_none_waiting() -> None:
    street = Street(running_max=2)
    await street.start(1)
    with pytest.raises(Busy):
        street.gate.admit(UUID(int=1))
    await street.end(1)
    street.gate.admit(UUID(int=1))


async def test_beyond_the_queue_units_are_asked_to_come_back_later_the_longer_it_is() -> None:
    street = Street(RUNNING_MAX)
    tasks = [await street.start(node) for node in range(RUNNING_MAX + WAITING_MAX)]
    with pytest.raises(Busy) as busy:
        street.gate.admit(UUID(int=9_999))
    assert busy.value.wait_ms == (1 + WAITING_MAX // RUNNING_MAX) * 1_000
    ended = 0
    while ended < len(tasks):
        await street.end(street.done[ended])
        ended += 1
    await asyncio.gather(*tasks)
    assert sorted(street.done) == list(range(RUNNING_MAX + WAITING_MAX))


async def test_who_gives_up_waiting_blocks_nobody() -> None:
    street = Street()
    await street.start(1)
    waiting = await street.start(2)
    last = await street.start(3)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await street.end(1)
    assert street.done == [1, 3]
    await street.end(3)
    await last
