"""Hellos, rows and numbers beside the uploads: a few at once, and a live venue never behind units that come back."""

import asyncio
from uuid import UUID

import pytest

from edge.sync.hub_client import TIMEOUT_S
from hub.sync.beside import ALIKE_MAX, AT_ONCE, GREETING_S_MAX, RETRY_S_MAX, TAKES_S, WAIT_S_MAX, Beside, Crowded, Right
from hub.sync.lately import HALF_LIFE_S

pytestmark = pytest.mark.anyio
CHALLENGE, HELLO, PROVEN, ENTRY = Right.CHALLENGE, Right.HELLO, Right.PROVEN, Right.ENTRY
MOST = int(GREETING_S_MAX / (TAKES_S / ALIKE_MAX))
"""Hellos that may be to come when a challenge is asked for, before anybody knows how long one takes."""


class Hall:
    """Units that ask; what each did is written down in order."""

    def __init__(self, wait_s_max: float = WAIT_S_MAX) -> None:
        self.now_s = 0.0
        self.beside = Beside(lambda: self.now_s, wait_s_max=wait_s_max)
        self.done: list[int] = []
        self.ends: dict[int, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, node: int, right: Right, nonce: bytes = b"") -> None:
        """One request that ends when told."""
        async with self.beside.turn(UUID(int=node), right, nonce):
            end = self.ends[node] = asyncio.Event()
            self.done.append(node)
            await end.wait()

    async def start(self, node: int, right: Right, nonce: bytes = b"") -> "asyncio.Task[None]":
        """Begin a request and let it get as far as it can."""
        task = asyncio.create_task(self.ask(node, right, nonce))
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
    for node in range(ALIKE_MAX + MOST):
        await hall.start(node, HELLO)
    assert hall.beside.waiting == MOST
    assert not (await hall.start(8_000, CHALLENGE)).done()
    with pytest.raises(Crowded) as crowded:
        await (await hall.start(9_000, CHALLENGE))
    assert 1_000 * GREETING_S_MAX < crowded.value.wait_ms <= 1_000 * RETRY_S_MAX
    assert not (await hall.start(9_001, HELLO)).done(), "what it was promised"
    await hall.close()


async def test_whoever_has_a_challenge_counts_until_its_hello_or_until_it_surely_gave_up() -> None:
    hall = Hall()
    for node in range(MOST + 1):
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


async def test_a_unit_that_asks_without_end_keeps_no_other_waiting() -> None:
    hall = Hall()
    await hall.start(1, PROVEN)
    for _ in range(200):
        with pytest.raises(Crowded):
            await (await hall.start(1, PROVEN))
    assert hall.beside.waiting == 0
    await hall.start(2, PROVEN)
    await hall.start(3, PROVEN)
    for _ in range(200):
        with pytest.raises(Crowded):
            await (await hall.start(3, PROVEN))
    await hall.end(1)
    await hall.start(1, PROVEN)
    await hall.end(2)
    assert hall.done == [1, 2, 3, 1]
    await hall.close()


async def test_what_anybody_asks_in_a_units_name_costs_it_nothing() -> None:
    hall = Hall()
    for _ in range(20):
        await hall.start(1, CHALLENGE)
        await hall.end(1)
    await hall.start(2, PROVEN)
    await hall.end(2)
    for node in (8, 9, 2, 1):
        await hall.start(node, PROVEN)
    await hall.end(8)
    assert hall.done[-1] == 1, "the other one had more"
    await hall.close()


async def test_a_unit_that_came_back_a_moment_ago_goes_behind_a_live_venue() -> None:
    hall = Hall()
    await hall.start(1, PROVEN)
    await hall.end(1)
    hall.now_s += HALF_LIFE_S / 2
    await hall.start(2, HELLO)
    await hall.end(2)
    for node in (8, 9, 2, 1):
        await hall.start(node, PROVEN)
    await hall.end(8)
    assert hall.done[-1] == 1
    await hall.close()


async def test_hellos_go_as_they_came_and_a_challenge_promises_no_more_than_one() -> None:
    hall = Hall()
    await hall.start(3, PROVEN)
    await hall.end(3)
    for node in (1, 2):
        await hall.start(node, HELLO, b"challenge %d" % node)
    for node in (3, 4):
        await hall.start(node, HELLO, b"challenge %d" % node)
    for node in (1, 4):
        with pytest.raises(Crowded):
            await (await hall.start(node, HELLO, b"challenge %d" % node))
    assert hall.beside.waiting == 2
    await hall.end(1)
    assert hall.done[-1] == 3, "had more lately, and was promised its place first"
    await hall.start(4, HELLO, b"another challenge")
    await hall.end(2)
    await hall.end(3)
    assert hall.done[-2:] == [4, 4], "two lines of one unit, each with a challenge of its own"
    await hall.close()


async def test_hellos_that_go_to_another_process_of_the_hub_keep_no_challenge_away() -> None:
    hall = Hall()
    for node in range(MOST + 1):
        await hall.start(node, CHALLENGE)
        await hall.end(node)
    with pytest.raises(Crowded):
        await (await hall.start(9_000, CHALLENGE))
    for first in range(1_000, 1_000 + MOST, ALIKE_MAX):
        pair = range(first, first + ALIKE_MAX)
        for node in pair:
            await hall.start(node, HELLO)  # of units that have their challenge from the other process
        hall.now_s += TAKES_S
        for node in pair:
            await hall.end(node)
    assert hall.now_s < WAIT_S_MAX
    assert hall.done[-MOST:] == list(range(1_000, 1_000 + MOST))
    for node in range(9_001, 9_001 + MOST // 2):
        await hall.start(node, CHALLENGE)
        await hall.end(node)
    assert hall.done[-1] == 9_000 + MOST // 2
    await hall.close()


async def test_whoever_wants_to_come_in_goes_last_and_keeps_nobody_away() -> None:
    hall = Hall()
    for node in range(1, 2 * MOST):
        await hall.start(node, ENTRY)
    assert hall.done == [1], "one place is left to hellos"
    await hall.start(100, CHALLENGE)
    await hall.start(101, CHALLENGE)
    await hall.start(102, HELLO)
    await hall.end(1)
    assert hall.done == [1, 100, 102]
    await hall.end(102)
    assert hall.done[-1] == 101
    await hall.end(100)
    assert hall.done[-1] == 2
    crowd = [await hall.start(1_000 + node, ENTRY) for node in range(2 * MOST)]
    assert isinstance(crowd[-1].exception(), Crowded)
    await hall.close()
