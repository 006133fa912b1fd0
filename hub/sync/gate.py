"""Who uploads next: a thousand units that come back at once must not keep a live venue waiting (design §5.9).

A node has one upload under way and none waiting. Some uploads run at once; of those that wait, a few sales of now go
before any backlog, and among equals the node that had the least lately. Beyond that, units are asked to come back:
before their bytes are read, where the last uploads say that the queue is longer than a unit waits for an answer.

Neither kind takes the last place. Two are kept for uploads that are small, and small ones wait in a queue of their
own: otherwise the first of the thousand would fill everything, and a live venue be sent away for as long as they take.
One is kept for backlogs: where so many venues sell that a small upload always waits, what was sold before still comes
up.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec

from hub.sync.lately import Lately
from shared.kernel.errors import Fault

RUNNING_MAX = 4
WAITING_MAX = 64
SMALL_BYTES = 8_192
"""An upload up to here, compressed, is sales of now, however many; a larger one is a backlog."""
SMALL_PLACES = 2
"""Places beside `RUNNING_MAX`, which no backlog takes."""
BACKLOG_PLACES = 1
"""Places, of all, that no small upload takes."""
SMALL_WAITING_MAX = 512
RETRY_S_MIN, RETRY_S_MAX = 1, 30
TURN_S_MAX = 6.0
"""Nobody waits longer: a unit gives up after ten seconds, and the upload itself takes its time too."""
PACE_NEW = 0.2
"""How much the last upload counts in how long one takes."""


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

    def __init__(
        self, now_s: Callable[[], float], *, running_max: int = RUNNING_MAX, turn_s_max: float = TURN_S_MAX
    ) -> None:
        self._now_s = now_s
        self._running_max = running_max
        self._turn_s_max = turn_s_max
        self._running: dict[UUID, bool] = {}
        """Whose upload runs, and whether it is small."""
        self._waiting: dict[UUID, _Turn] = {}
        self._lately = Lately(now_s)
        self._upload_s = 0.0
        """How long the last uploads of backlogs took, each; 0 before the first."""

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
        full = alike >= SMALL_WAITING_MAX if small else alike >= WAITING_MAX or self._queue_s() > self._turn_s_max
        if full or node in self._running or node in self._waiting:
            raise Busy(retry_after_ms=self._retry_ms())

    @asynccontextmanager
    async def turn(self, node: UUID, weight: int) -> AsyncIterator[int]:
        """Wait for this node's turn to upload `weight` bytes, and say how long that was (ms); Busy as `admit`."""
        self.admit(node, weight)
        small, came_s = weight <= SMALL_BYTES, self._now_s()
        if not self._has_place(small=small):
            await self._wait(node, small=small)
        self._running[node] = small
        began_s = self._now_s()
        try:
            yield max(0, int(1_000 * (began_s - came_s)))
        finally:
            self._running.pop(node, None)
            self._lately.count(node, weight)
            if not small:
                self._learn(self._now_s() - began_s)
            self._call_next()

    def _has_place(self, *, small: bool) -> bool:
        places = self._running_max + SMALL_PLACES
        alike = sum(one is small for one in self._running.values())
        return len(self._running) < places and alike < places - (BACKLOG_PLACES if small else SMALL_PLACES)

    async def _wait(self, node: UUID, *, small: bool) -> None:
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[node] = _Turn(called, small)
        try:
            async with asyncio.timeout(self._turn_s_max):
                await called
        except (TimeoutError, asyncio.CancelledError) as error:
            if called.done() and not called.cancelled():
                self._running.pop(node, None)
                self._call_next()
            if isinstance(error, TimeoutError):
                raise Busy(retry_after_ms=self._retry_ms()) from error
            raise
        finally:
            self._waiting.pop(node, None)

    def _call_next(self) -> None:
        """The place that got free goes to a small upload before a backlog, where it may take it."""
        has_place = {small: self._has_place(small=small) for small in (True, False)}
        fit = ((node, turn) for node, turn in self._waiting.items() if turn.waits and has_place[turn.small])
        node, turn = min(fit, key=self._rank, default=(None, None))
        if node is not None and turn is not None:
            self._running[node] = turn.small
            turn.called.set_result(None)

    def _rank(self, waiting: tuple[UUID, _Turn]) -> tuple[bool, float, UUID]:
        node, turn = waiting
        return not turn.small, self._lately.of(node), node

    def _learn(self, took_s: float) -> None:
        """How long an upload takes, by the last few."""
        self._upload_s = (1 - PACE_NEW) * self._upload_s + PACE_NEW * took_s if self._upload_s else took_s

    def _queue_s(self) -> float:
        """How long the backlogs that wait will take, by the last of them; 0 as long as nobody knows."""
        backlogs = sum(not turn.small for turn in self._waiting.values())
        return backlogs * self._upload_s / self._running_max

    def _retry_ms(self) -> int:
        """The more wait, the longer: about what the queue takes, and as long as nobody knows, a second for each."""
        takes_s = math.ceil(len(self._waiting) * (self._upload_s or 1.0) / self._running_max)
        return min(RETRY_S_MAX, max(RETRY_S_MIN, RETRY_S_MIN + takes_s)) * 1_000
