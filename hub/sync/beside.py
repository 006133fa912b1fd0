"""Requests beside the uploads: a hello, rows, numbers. Two hundred hellos must not starve one upload (design §5.9).

A few run at once, so that uploads always find a connection to the database. Of those that wait, units that have proven
themselves go before hellos, a hello before a challenge that would bring one more, and among equals the node that had
least lately: a live venue's look at the feed does not wait for units that come back. Neither the proven nor the others
take the last place.

Nobody waits longer than a unit waits for an answer: whoever asked has gone by then, and work for him only makes the
others wait as long. So units are asked to come back where the last requests say that it would take so long, and before
the challenge rather than before the hello.
"""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from uuid import UUID

import msgspec

from hub.sync.lately import Lately
from shared.kernel.errors import Fault

AT_ONCE = 3
ALIKE_MAX = 2
"""Of them, of one kind: proven by a session, or not yet."""
WAIT_S_MAX = 6.0
"""Well below the ten seconds after which a unit gives up."""
GREETING_S_MAX = WAIT_S_MAX / 2
"""A challenge is answered as long as the hellos before that of its unit surely take no longer."""
RETRY_S_MIN, RETRY_S_MAX = 2, 30
TAKES_S = 0.1
"""How long one takes, as long as nobody knows better."""
PACE_NEW = 0.2
"""How much the last request counts in how long one takes."""
ASKED = 64.0
"""What one request weighs; as much is forgotten within half a minute."""


class Right(IntEnum):
    """Who asks, by whose turn comes first."""

    PROVEN = 0
    HELLO = 1
    CHALLENGE = 2

    @property
    def is_proven(self) -> bool:
        """Whether a session says who it is."""
        return self is Right.PROVEN


class Crowded(Fault):
    """Many units ask at this moment."""

    code = "sync.crowded"
    sentence = "Many units come to the hub at this moment. This one comes back by itself in a little while."

    def __init__(self, *, retry_after_ms: int) -> None:
        super().__init__()
        self.wait_ms = retry_after_ms


class _Waiting(msgspec.Struct, frozen=True, eq=False):
    """Somebody who waits to be called; `place` is the order in which they came."""

    node: UUID
    right: Right
    place: int
    called: "asyncio.Future[None]"


class Beside:
    """One process's turns; `now_s` is monotonic seconds."""

    def __init__(self, now_s: Callable[[], float], *, wait_s_max: float = WAIT_S_MAX) -> None:
        self._now_s = now_s
        self._wait_s_max = wait_s_max
        self._lately = Lately(now_s)
        self._running: Counter[Right] = Counter()
        self._takes_s = dict.fromkeys(Right, TAKES_S)
        self._waiting: list[_Waiting] = []
        self._came = 0
        self._owed: dict[UUID, float] = {}
        """Who has a challenge and said no hello yet, and since when."""

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self, node: UUID, right: Right) -> AsyncIterator[None]:
        """Wait for this node's turn; Crowded when it does not come in time, or surely would not."""
        self._admit(right)
        if self._has_place(right):
            self._running[right] += 1
        else:
            await self._wait(node, right)
        began_s = self._now_s()
        self._owed.pop(node, None)
        try:
            yield
            if right is Right.CHALLENGE:
                self._owed[node] = self._now_s()
        finally:
            took_s = self._now_s() - began_s
            self._takes_s[right] = (1 - PACE_NEW) * self._takes_s[right] + PACE_NEW * took_s
            self._lately.count(node, ASKED)
            self._leave(right)

    def _has_place(self, right: Right) -> bool:
        alike = sum(count for one, count in self._running.items() if one.is_proven is right.is_proven)
        return self._running.total() < AT_ONCE and alike < ALIKE_MAX

    def _admit(self, right: Right) -> None:
        """Crowded when it would take too long; whoever got a challenge was promised a hello."""
        most_s = {Right.PROVEN: self._wait_s_max, Right.HELLO: math.inf, Right.CHALLENGE: GREETING_S_MAX}[right]
        if self._queue_s(right) > most_s:
            raise Crowded(retry_after_ms=self._retry_ms(right))

    def _queue_s(self, right: Right) -> float:
        """How long those take that come before, by the last of them: the proven, or all hellos that are to come."""
        before = sum(one.right.is_proven is right.is_proven for one in self._waiting)
        if right.is_proven:
            return before * self._takes_s[Right.PROVEN] / ALIKE_MAX
        since_s = self._now_s() - self._wait_s_max
        self._owed = {node: asked_s for node, asked_s in self._owed.items() if asked_s > since_s}
        return (before + len(self._owed)) * self._takes_s[Right.HELLO] / ALIKE_MAX

    def _retry_ms(self, right: Right) -> int:
        return min(RETRY_S_MAX, max(RETRY_S_MIN, math.ceil(self._queue_s(right)))) * 1_000

    async def _wait(self, node: UUID, right: Right) -> None:
        self._came += 1
        mine = _Waiting(node, right, self._came, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            async with asyncio.timeout(self._wait_s_max):
                await mine.called
        except (TimeoutError, asyncio.CancelledError) as error:
            if mine.called.done() and not mine.called.cancelled():
                self._leave(right)  # called in the same moment, and gone
            else:
                self._waiting.remove(mine)
            if isinstance(error, TimeoutError):
                raise Crowded(retry_after_ms=self._retry_ms(right)) from error
            raise

    def _leave(self, right: Right) -> None:
        """The place goes to who has waited with the best right to it."""
        self._running[right] -= 1
        fit = [one for one in self._waiting if not one.called.done() and self._has_place(one.right)]
        if not fit:
            return
        first = min(fit, key=lambda one: (one.right, self._lately.of(one.node), one.place))
        self._waiting.remove(first)
        self._running[first.right] += 1
        first.called.set_result(None)
