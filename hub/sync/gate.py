"""Who uploads next: a thousand units that come back at once must not keep a live venue waiting (design §5.9).

A node has one upload under way and none waiting. Some uploads run at once; of those that wait, the node that had the
least lately goes first, so a backlog of weeks steps aside for a sale of now. Beyond that, units are asked to come back.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from shared.kernel.errors import Fault

RUNNING_MAX = 4
WAITING_MAX = 64
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


class Gate:
    """One process's gate; `now_s` is monotonic seconds."""

    def __init__(self, now_s: Callable[[], float], *, running_max: int = RUNNING_MAX) -> None:
        self._now_s = now_s
        self._running_max = running_max
        self._running: set[UUID] = set()
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._had: dict[UUID, tuple[float, float]] = {}

    @property
    def running(self) -> int:
        """Uploads that run now."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Uploads that wait for their turn."""
        return len(self._waiting)

    def admit(self, node: UUID) -> None:
        """Busy when this node should rather come back; asked before its bytes are read."""
        if node in self._running or node in self._waiting or len(self._waiting) >= WAITING_MAX:
            raise Busy(retry_after_ms=self._retry_ms())

    @asynccontextmanager
    async def turn(self, node: UUID, weight: int) -> AsyncIterator[None]:
        """Wait for this node's turn to upload `weight` bytes; Busy when it should rather come back."""
        self.admit(node)
        if len(self._running) >= self._running_max:
            await self._wait(node)
        self._running.add(node)
        try:
            yield
        finally:
            self._running.discard(node)
            self._count(node, weight)
            self._call_next()

    async def _wait(self, node: UUID) -> None:
        turn = self._waiting[node] = asyncio.get_running_loop().create_future()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._running.discard(node)
                self._call_next()
            raise
        finally:
            self._waiting.pop(node, None)

    def _call_next(self) -> None:
        waiting = [node for node, turn in self._waiting.items() if not turn.done()]
        if waiting and len(self._running) < self._running_max:
            node = min(waiting, key=self._lately)
            self._running.add(node)
            self._waiting[node].set_result(None)

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
