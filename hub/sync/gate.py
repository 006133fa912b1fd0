"""Who uploads next: a thousand units that come back at once must not keep a live venue waiting (design §5.9).

A node has one upload under way and none waiting. Some uploads run at once; of those that wait, a few sales of now go
before any backlog, and among equals the node that had the least lately. Beyond that, units are asked to come back.

A backlog never takes the last place: two are kept for uploads that are small, and small ones wait in a queue of their
own. Otherwise the first of the thousand would fill everything, and a live venue be sent away for as long as they take.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec

from shared.kernel.errors import Fault

RUNNING_MAX = 4
WAITING_MAX = 64
SMALL_BYTES = 8_192
"""An upload up to here is a few sales of now: dozens of sales, compressed."""
SMALL_RUNNING_MAX = 2
"""Places beside those that all may take."""
SMALL_WAITING_MAX = 512
HALF_LIFE_S = 5.0
FORGET_BELOW = 1.0
RETRY_S_MIN, RETRY_S_MAX = 1, 30


class Busy(Fault):
    """Many units upload now."""

    code = "sync.busy"
    sentence = "Many units upload at this moment. This one comes back by itself in a little while."

    def __init__(self, *, retry_after_ms: int) -> None:
        super().__init__()
        self.wait_ms = retry_after_ms


class _Turn(msgspec.Struct, frozen=True):
    """Somebody who waits to be called."""

    called: "asyncio.Future[None]"
    small: bool

    @property
    def waits(self) -> bool:
        """Neither called nor gone."""
        return not self.called.done()


class Gate:
    """One process's gate; `now_s` is monotonic seconds."""

    def __init__(self, now_s: Callable[[], float], *, running_max: int = RUNNING_MAX) -> None:
        self._now_s = now_s
        self._running_max = running_max
        self._running: set[UUID] = set()
        self._waiting: dict[UUID, _Turn] = {}
        self._had: dict[UUID, tuple[float, float]] = {}

    @property
    def running(self) -> int:
        """Uploads that run now."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Uploads that wait for their turn."""
        return len(self._waiting)

    def admit(self, node: UUID, weight: int) -> None:
        """Busy when this node should rather come back with its `weight` bytes; asked before they are read."""
        small = weight <= SMALL_BYTES
        alike = sum(turn.small is small for turn in self._waiting.values())
        full = alike >= (SMALL_WAITING_MAX if small else WAITING_MAX)
        if full or node in self._running or node in self._waiting:
            raise Busy(retry_after_ms=self._retry_ms())

    @asynccontextmanager
    async def turn(self, node: UUID, weight: int) -> AsyncIterator[None]:
        """Wait for this node's turn to upload `weight` bytes; Busy when it should rather come back."""
        self.admit(node, weight)
        small = weight <= SMALL_BYTES
        if not self._has_place(small=small):
            await self._wait(node, small=small)
        self._running.add(node)
        try:
            yield
        finally:
            self._running.discard(node)
            self._count(node, weight)
            self._call_next()

    def _has_place(self, *, small: bool) -> bool:
        return len(self._running) < self._running_max + (SMALL_RUNNING_MAX if small else 0)

    async def _wait(self, node: UUID, *, small: bool) -> None:
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[node] = _Turn(called, small)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._running.discard(node)
                self._call_next()
            raise
        finally:
            self._waiting.pop(node, None)

    def _call_next(self) -> None:
        waiting = [(not turn.small, self._lately(node), node) for node, turn in self._waiting.items() if turn.waits]
        if waiting and self._has_place(small=not min(waiting)[0]):
            node = min(waiting)[2]
            self._running.add(node)
            self._waiting[node].called.set_result(None)

    def _lately(self, node: UUID) -> float:
        """What the node uploaded lately, in bytes that lose half their weight every few seconds."""
        had, at_s = self._had.get(node, (0.0, 0.0))
        return had * math.exp2((at_s - self._now_s()) / HALF_LIFE_S)

    def _count(self, node: UUID, weight: int) -> None:
        now_s = self._now_s()
        self._had[node] = (self._lately(node) + weight, now_s)
        if len(self._had) > 4 * WAITING_MAX:
            self._had = {one: had for one, had in self._had.items() if self._lately(one) > FORGET_BELOW}

    def _retry_ms(self) -> int:
        """The more wait, the longer: about what the queue takes."""
        seconds = min(RETRY_S_MAX, RETRY_S_MIN + len(self._waiting) // self._running_max)
        return seconds * 1_000
