"""Who uploads next when many come at once: a live venue never waits for a backlog (design §5.9)."""

import asyncio
from uuid import UUID

import pytest

from edge.sync.hub_client import TIMEOUT_S
from hub.sync.gate import (
    BACKLOG_PLACES,
    RUNNING_MAX,
    SMALL_BYTES,
    SMALL_PLACES,
    SMALL_WAITING_MAX,
    TURN_S_MAX,
    WAITING_MAX,
    Busy,
    Gate,
)

pytestmark = pytest.mark.anyio
KB = 1_024
BACKLOG = 2 * SMALL_BYTES


class Street:
    """Nodes at a gate; what each did is written down in order."""

    def __init__(self, running_max: int = 1, turn_s_max: float = TURN_S_MAX) -> None:
        self.now_s = 0.0
        self.gate = Gate(lambda: self.now_s, running_max=running_max, turn_s_max=turn_s_max)
        self.done: list[int] = []
        self.ends: dict[int, asyncio.Event] = {}

    async def upload(self, node: int, weight: int = BACKLOG) -> None:
        """One upload that ends when told."""
        end = self.ends[node] = asyncio.Event()
        async with self.gate.turn(UUID(int=node), weight):
            self.done.append(node)
            await end.wait()

    async def start(self, node: int, weight: int = BACKLOG) -> "asyncio.Task[None]":
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
    await street.start(2, BACKLOG)
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
        street.gate.admit(UUID(int=1), KB)
    await street.end(1)
    street.gate.admit(UUID(int=1), KB)


async def test_beyond_the_queue_units_are_asked_to_come_back_later_the_longer_it_is() -> None:
    street = Street(RUNNING_MAX)
    tasks = [await street.start(node) for node in range(RUNNING_MAX + WAITING_MAX)]
    with pytest.raises(Busy) as busy:
        street.gate.admit(UUID(int=9_999), BACKLOG)
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


async def test_a_few_sales_of_now_go_before_any_backlog_whoever_had_more_lately() -> None:
    street = Street(running_max=2)
    for node in (1, 2):
        await street.start(node)
    for node in (3, 4):
        await street.start(node, KB)
    backlog, live = await street.start(5), await street.start(1_001, KB)
    await street.end(3)
    again = await street.start(3, KB)
    assert street.done == [1, 2, 3, 4, 1_001]
    await street.end(1)
    assert street.done[-1] == 3
    await street.end(2)
    assert street.done[-1] == 5
    for node in (4, 1_001, 3, 5):
        await street.end(node)
    await asyncio.gather(backlog, live, again)


async def test_live_venues_that_always_have_an_upload_waiting_leave_a_place_for_what_was_sold_yesterday() -> None:
    street = Street(RUNNING_MAX)
    places = RUNNING_MAX + SMALL_PLACES - BACKLOG_PLACES
    live = [await street.start(node, KB) for node in range(3 * places)]
    backlogs = [await street.start(1_000 + node) for node in range(3)]
    assert street.done == [*range(places), 1_000]
    await street.end(0)
    await street.end(1_000)
    assert street.done[places:] == [1_000, places, 1_001], "one place each, of the kind that got free"
    await street.end(1_001)
    assert street.done[-1] == 1_002
    for task in (*live, *backlogs):
        task.cancel()
    await asyncio.gather(*live, *backlogs, return_exceptions=True)


async def test_whoever_waited_hears_how_long() -> None:
    street, waited = Street(), list[int]()
    first = await street.start(1)

    async def upload() -> None:
        async with street.gate.turn(UUID(int=2), BACKLOG) as waited_ms:
            waited.append(waited_ms)

    second = asyncio.create_task(upload())
    await asyncio.sleep(0)
    street.now_s = 7.5
    await street.end(1)
    await asyncio.gather(first, second)
    async with street.gate.turn(UUID(int=3), BACKLOG) as at_once_ms:
        assert (waited, at_once_ms) == ([7_500], 0)


async def test_backlogs_leave_a_place_free_and_a_queue_full_of_them_turns_no_live_venue_away() -> None:
    street = Street(RUNNING_MAX)
    tasks = [await street.start(node) for node in range(RUNNING_MAX + WAITING_MAX)]
    with pytest.raises(Busy):
        street.gate.admit(UUID(int=9_999), BACKLOG)
    live = [await street.start(9_000 + node, SMALL_BYTES) for node in range(SMALL_PLACES + 1)]
    assert street.done[RUNNING_MAX:] == [9_000 + node for node in range(SMALL_PLACES)]
    await street.end(0)
    assert street.done[-1] == 9_000 + SMALL_PLACES
    ended = 1
    while ended < len(tasks) + len(live):
        await street.end(street.done[ended])
        ended += 1
    await asyncio.gather(*tasks, *live)


async def test_beyond_their_own_queue_small_uploads_are_asked_to_come_back_too() -> None:
    street = Street()
    places = 1 + SMALL_PLACES - BACKLOG_PLACES
    tasks = [await street.start(node, KB) for node in range(places + SMALL_WAITING_MAX)]
    with pytest.raises(Busy):
        street.gate.admit(UUID(int=9_999), KB)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_where_uploads_take_long_backlogs_are_asked_to_come_back_before_their_bytes_are_read() -> None:
    street = Street()
    await street.start(1)
    street.now_s = 3.0
    await street.end(1)
    tasks = [await street.start(node) for node in range(2, 6)]
    with pytest.raises(Busy) as busy:
        street.gate.admit(UUID(int=6), BACKLOG)
    assert busy.value.wait_ms == (1 + 3 * 3) * 1_000, "three wait, three seconds each"
    street.gate.admit(UUID(int=7), KB)
    for node in range(2, 6):
        await street.end(node)
    await asyncio.gather(*tasks)


async def test_nobody_waits_longer_than_a_unit_does() -> None:
    street = Street(turn_s_max=0.05)
    first = await street.start(1)
    with pytest.raises(Busy):
        await (await street.start(2))
    third = await street.start(3)
    await street.end(1)
    assert street.done == [1, 3]
    assert street.gate.waiting == 0
    await street.end(3)
    await asyncio.gather(first, third)
    assert TURN_S_MAX < TIMEOUT_S
