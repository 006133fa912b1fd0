"""Hellos, rows and numbers beside the uploads: a few at once, and a live venue never behind units that come back."""

import asyncio
from uuid import UUID

import pytest

from edge.sync.hub_client import TIMEOUT_S
from hub.sync.beside import ALIKE_MAX, AT_ONCE, GREETING_S_MAX, RETRY_S_MAX, TAKES_S, WAIT_S_MAX, Beside, Crowded, Right

pytestmark = pytest.mark.anyio
CHALLENGE, HELLO, PROVEN = Right.CHALLENGE, Right.HELLO, Right.PROVEN


class Hall:
    """Units that ask; what each did is written down in order."""

    def __init__(self, wait_s_max: float = WAIT_S_MAX) -> None:
        self.now_s = 0.0
        self.beside = Beside(lambda: self.now_s, wait_s_max=wait_s_max)
        self.done: list[int] = []
        self.ends: dict[int, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, node: int, right: Right) -> None:
        """One request that ends when told."""
        end = self.ends[node] = asyncio.Event()
        async with self.beside.turn(UUID(int=node), right):
            self.done.append(node)
            await end.wait()

    async def start(self, node: int, right: Right) -> "asyncio.Task[None]":
        """Begin a request and let it get as far as it can."""
        task = asyncio.create_task(self.ask(node, right))
        self.tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def end(self, node: int) -> None:
        """Let a request finish."""
        self.ends[node].set()
        for _ in range(6):
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Send everybody home."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_a_live_venue_goes_before_every_hello_and_a_hello_before_every_challenge() -> None:
    hall = Hall()
    for node in range(ALIKE_MAX):
        await hall.start(node, HELLO)
    await hall.start(10, CHALLENGE)
    await hall.start(11, HELLO)
    for node in (20, 21, 22):
        await hall.start(node, PROVEN)
    assert hall.done == [0, 1, 20], "one place is left to the proven"
    await hall.end(0)
    assert hall.done[3:] == [21]
    await hall.end(20)
    await hall.end(21)
    await hall.end(1)
    await hall.end(22)
    assert hall.done[4:] == [22, 11, 10]
    await hall.close()


async def test_the_proven_do_not_take_the_last_place_either() -> None:
    hall = Hall()
    for node in range(2 * AT_ONCE):
        await hall.start(node, PROVEN)
    await hall.start(100, HELLO)
    assert hall.done == [*range(ALIKE_MAX), 100]
    await hall.close()


async def test_among_equals_the_node_that_had_least_lately_goes_first_and_else_who_came_first() -> None:
    hall = Hall()
    await hall.start(1, PROVEN)
    await hall.end(1)
    for node in (2, 3):
        await hall.start(node, PROVEN)
    for node in (1, 5, 4):
        await hall.start(node, PROVEN)
    for node in (2, 3, 5, 4):
        await hall.end(node)
    assert hall.done == [1, 2, 3, 5, 4, 1]
    await hall.close()


async def test_whoever_would_wait_too_long_is_asked_to_come_back_before_the_challenge_and_no_later() -> None:
    hall = Hall()
    most = int(GREETING_S_MAX / (TAKES_S / ALIKE_MAX))
    for node in range(ALIKE_MAX + most):
        await hall.start(node, HELLO)
    assert hall.beside.waiting == most
    assert not (await hall.start(8_000, CHALLENGE)).done()
    with pytest.raises(Crowded) as crowded:
        await (await hall.start(9_000, CHALLENGE))
    assert 1_000 * GREETING_S_MAX < crowded.value.wait_ms <= 1_000 * RETRY_S_MAX
    assert not (await hall.start(9_001, HELLO)).done(), "what it was promised"
    await hall.close()


async def test_whoever_has_a_challenge_counts_until_its_hello_or_until_it_surely_gave_up() -> None:
    hall = Hall()
    most = int(GREETING_S_MAX / (TAKES_S / ALIKE_MAX))
    for node in range(most + 1):
        await hall.start(node, CHALLENGE)
        await hall.end(node)
    with pytest.raises(Crowded):
        await (await hall.start(9_000, CHALLENGE))
    await hall.start(0, HELLO)
    assert not (await hall.start(9_001, CHALLENGE)).done()
    hall.now_s += WAIT_S_MAX
    assert not (await hall.start(9_002, CHALLENGE)).done()
    await hall.close()


async def test_nobody_waits_longer_than_a_unit_does() -> None:
    hall = Hall(wait_s_max=0.05)
    for node in range(ALIKE_MAX):
        await hall.start(node, PROVEN)
    with pytest.raises(Crowded):
        await (await hall.start(9, PROVEN))
    assert hall.beside.waiting == 0
    await hall.end(0)
    await hall.start(10, PROVEN)
    assert hall.done == [0, 1, 10], "nobody is called who is gone"
    assert WAIT_S_MAX < TIMEOUT_S
    await hall.close()


async def test_who_gives_up_waiting_blocks_nobody() -> None:
    hall = Hall()
    for node in range(ALIKE_MAX):
        await hall.start(node, PROVEN)
    gone, there = await hall.start(5, PROVEN), await hall.start(6, PROVEN)
    gone.cancel()
    await hall.end(0)
    assert hall.done[ALIKE_MAX:] == [6]
    assert gone.cancelled()
    called = await hall.start(7, PROVEN)
    hall.ends[1].set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    called.cancel()  # in the moment in which its turn came
    await asyncio.gather(called, return_exceptions=True)
    await hall.start(8, PROVEN)
    assert hall.done[-1] == 8
    await hall.end(6)
    await there
    await hall.close()
