"""Requests beside the uploads: a hello, rows, numbers. Two hundred hellos must not starve one upload (design §5.9).

A few run at once, so that uploads always find a connection to the database. Of those that wait, units that have proven
themselves go before hellos, a hello before a challenge that would bring one more, and whoever wants to come in last.
Among the proven the node that had least lately goes first, so that a live venue's look at the feed does not wait for
units that come back; the others go as they came, for nobody knows yet who they are. Neither the proven nor the others
take the last place, and a node has one request of the proven here, as it has one upload.

Nobody waits longer than a unit waits for an answer: whoever asked has gone by then, and work for him only makes the
others wait as long. So units are asked to come back where the last requests say that it would take so long, and before
the challenge rather than before the hello. Each challenge promises one hello its place, and no more than one.
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
ENTRIES_AT_ONCE = 1
"""Of those, of the ones who want to come in: what they write may take long."""
BATCHES_AT_ONCE = 2
"""Reports have turns of their own (`reports.py`); this many batches are written at once."""
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
GREETED = 2 * ASKED
"""What a hello weighs, with its challenge."""


class Right(IntEnum):
    """Who asks, by whose turn comes first; `ENTRY` is an enrolment, or a unit that a restored hub forgot."""

    PROVEN = 0
    HELLO = 1
    CHALLENGE = 2
    ENTRY = 3

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


class _Asker(msgspec.Struct, frozen=True):
    """Who asks for a turn: a node as it says or has proven, if it does."""

    node: UUID | None
    right: Right
    nonce: bytes

    @property
    def once(self) -> UUID | bytes | None:
        """What may be here only once; not the name that somebody says, or anybody could keep a unit away."""
        return self.node if self.right.is_proven else self.nonce or None


class _Waiting(msgspec.Struct, frozen=True, eq=False):
    """Somebody who waits to be called; `place` is the order in which they came."""

    asker: _Asker
    place: int
    called: "asyncio.Future[None]"


class Beside:
    """One process's turns; `now_s` is monotonic seconds."""

    def __init__(self, now_s: Callable[[], float], *, wait_s_max: float = WAIT_S_MAX) -> None:
        self._now_s = now_s
        self._wait_s_max = wait_s_max
        self._lately = Lately(now_s)
        """Of nodes that have proven themselves; what anybody could do in a unit's name counts for nothing."""
        self._running: Counter[Right] = Counter()
        self._takes_s = dict.fromkeys(Right, TAKES_S)
        self._waiting: list[_Waiting] = []
        self._here: set[UUID | bytes] = set()
        """Whose request runs or waits, of those that may have only one."""
        self._came = 0
        self._owed: dict[UUID | None, float] = {}
        """Who has a challenge and said no hello yet, and since when; the first of them came first."""

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self, node: UUID | None, right: Right, nonce: bytes = b"") -> AsyncIterator[None]:
        """Wait for this node's turn; Crowded when it does not come in time, or surely would not.

        A hello brings the `nonce` of the challenge that promised its place.
        """
        asker = _Asker(node, right, nonce)
        self._admit(asker)
        once = asker.once
        if once is not None:
            self._here.add(once)
        try:
            if self._has_place(asker.right):
                self._running[asker.right] += 1
            else:
                await self._wait(asker)
            async with self._run(asker):
                yield
        finally:
            if once is not None:
                self._here.discard(once)

    @asynccontextmanager
    async def _run(self, asker: _Asker) -> AsyncIterator[None]:
        """Its turn is now; what it took and what it promises are kept for those who come next."""
        right, began_s = asker.right, self._now_s()
        if right is Right.HELLO:
            self._settle(asker.node)
        try:
            yield
            if right is Right.CHALLENGE:
                self._owed.pop(asker.node, None)
                self._owed[asker.node] = self._now_s()
            elif right is Right.HELLO and asker.node is not None:
                self._lately.count(asker.node, GREETED)  # the hello was taken, so it was this node that said it
        finally:
            took_s = self._now_s() - began_s
            self._takes_s[right] = (1 - PACE_NEW) * self._takes_s[right] + PACE_NEW * took_s
            if right.is_proven and asker.node is not None:
                self._lately.count(asker.node, ASKED)
            self._leave(right)

    def _has_place(self, right: Right) -> bool:
        alike = sum(count for one, count in self._running.items() if one.is_proven is right.is_proven)
        may_enter = right is not Right.ENTRY or self._running[right] < ENTRIES_AT_ONCE
        return self._running.total() < AT_ONCE and alike < ALIKE_MAX and may_enter

    def _admit(self, asker: _Asker) -> None:
        """Crowded when it would take too long or is here already; whoever got a challenge was promised a hello."""
        right = asker.right
        most_s = {Right.HELLO: math.inf, Right.CHALLENGE: GREETING_S_MAX}.get(right, self._wait_s_max)
        if asker.once in self._here or self._queue_s(right) > most_s:
            raise Crowded(retry_after_ms=self._retry_ms(right))

    def _queue_s(self, right: Right) -> float:
        """How long those take that come before, by the last of them: the proven, or all hellos that are to come."""
        alike = (one.asker.right for one in self._waiting if one.asker.right.is_proven is right.is_proven)
        before = sum(one <= right for one in alike)
        if right.is_proven:
            return before * self._takes_s[Right.PROVEN] / ALIKE_MAX
        since_s = self._now_s() - self._wait_s_max
        while self._owed and next(iter(self._owed.values())) <= since_s:
            self._owed.pop(next(iter(self._owed)))
        return (before + len(self._owed)) * self._takes_s[Right.HELLO] / ALIKE_MAX

    def _settle(self, node: UUID | None) -> None:
        """A hello was promised its place, here or by another process, where one of ours will have gone instead."""
        if node in self._owed:
            self._owed.pop(node)
        elif self._owed:
            self._owed.pop(next(iter(self._owed)))

    def _retry_ms(self, right: Right) -> int:
        return min(RETRY_S_MAX, max(RETRY_S_MIN, math.ceil(self._queue_s(right)))) * 1_000

    async def _wait(self, asker: _Asker) -> None:
        self._came += 1
        mine = _Waiting(asker, self._came, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            async with asyncio.timeout(self._wait_s_max):
                await mine.called
        except (TimeoutError, asyncio.CancelledError) as error:
            if mine.called.done() and not mine.called.cancelled():
                self._leave(asker.right)  # called in the same moment, and gone
            else:
                self._waiting.remove(mine)
            if isinstance(error, TimeoutError):
                raise Crowded(retry_after_ms=self._retry_ms(asker.right)) from error
            raise

    def _leave(self, right: Right) -> None:
        """The place goes to who has waited with the best right to it."""
        self._running[right] -= 1
        fit = [one for one in self._waiting if not one.called.done() and self._has_place(one.asker.right)]
        if not fit:
            return
        first = min(fit, key=self._rank)
        self._waiting.remove(first)
        self._running[first.asker.right] += 1
        first.called.set_result(None)

    def _rank(self, one: _Waiting) -> tuple[Right, float, int]:
        asker = one.asker
        had = self._lately.of(asker.node) if asker.right.is_proven and asker.node is not None else 0.0
        return asker.right, had, one.place
