"""Several who speak with the database at once: a seed decides, word by word, whose turn it is.

Each exchange with the database waits to be called. One runs at a time, unless it waits in the database for what
another holds: then Postgres says so, the others go on, and whoever waited is called again once he was let through.
Nothing is decided by time, so the same seed gives the same order. The one exception is somebody who waits for another
inside the program and not in the database, for a turn at the gate say: after a while without a word the next is
called.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from random import Random
from typing import Any

import psycopg

LOOK_S = 0.004
SILENCE_S = 0.12
BLOCKED = "select pid from unnest(%s::int[]) pid where cardinality(pg_blocking_pids(pid)) > 0"


class Turns:
    """Everybody who is in it now; `watch` is an address in whose database nobody else is."""

    def __init__(self, rng: Random, watch: str) -> None:
        self._rng = rng
        self._watch = watch
        self._eye: psycopg.AsyncConnection[Any] | None = None
        self._waiting: dict[int, asyncio.Event] = {}
        self._asking: dict[int, int] = {}
        self._blocked: set[int] = set()
        self._over: set[int] = set()
        self._moved = asyncio.Event()
        self.words = 0
        self.waits = 0
        self.silences = 0

    async def together(self, works: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Do all of it, their words mixed; what each gave. When one fails, its error comes when all are done."""
        tasks: list[asyncio.Task[Any]] = []
        try:
            for place, work in enumerate(works):
                tasks.append(asyncio.create_task(self._take_part(place, work)))
                await self._rest(len(tasks))
            while len(self._over) < len(works):
                if self._waiting:
                    self._waiting.pop(self._rng.choice(sorted(self._waiting))).set()
                    self.words += 1
                await self._rest(len(works))
            return await asyncio.gather(*tasks)
        finally:
            if self._eye is not None:
                await self._eye.close()

    async def _take_part(self, place: int, work: Callable[[], Awaitable[Any]]) -> Any:
        MINE.set((self, place))
        try:
            return await work()
        finally:
            self._over.add(place)
            self._moved.set()

    @contextlib.asynccontextmanager
    async def word(self, place: int, pid: int) -> AsyncIterator[None]:
        """One exchange with the database, over the session `pid`."""
        await self._called(place)
        self._asking[place] = pid
        try:
            yield
        finally:
            del self._asking[place]
            if place in self._blocked:
                self._blocked.discard(place)
                await self._called(place)

    async def _called(self, place: int) -> None:
        turn = self._waiting[place] = asyncio.Event()
        self._moved.set()
        await turn.wait()

    async def _rest(self, count: int) -> None:
        """Until everybody waits to be called, waits in the database, or is done; `count` have begun."""
        stuck: set[int] = set()
        silence_s = 0.0
        while True:
            resting = self._over | self._waiting.keys() | stuck
            if len(resting) == count and (self._waiting or len(self._over) == count):
                return
            if silence_s >= SILENCE_S and self._waiting and not self._asking.keys() - stuck:
                self.silences += 1
                return
            self._moved.clear()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._moved.wait()
            except TimeoutError:
                silence_s = silence_s + LOOK_S if OTHERS.are_silent() else 0.0
                stuck = await self._look()
            if self._moved.is_set():  # somebody went on: what was seen is seen again when all others rest
                stuck, silence_s = set(), 0.0

    async def _look(self) -> set[int]:
        """Who waits in the database for what another holds."""
        asking = dict(self._asking)
        if not asking:
            return set()
        if self._eye is None:
            self._eye = await psycopg.AsyncConnection.connect(self._watch, autocommit=True)
        rows = await (await self._eye.execute(BLOCKED, [list(asking.values())])).fetchall()
        pids = {row[0] for row in rows}
        blocked = {place for place, pid in asking.items() if pid in pids and self._asking.get(place) == pid}
        self.waits += len(blocked - self._blocked)
        self._blocked |= blocked
        return blocked


class Others:
    """Words to the database of those who take no turns: a pool that opens one more session, say."""

    def __init__(self) -> None:
        self._speaking = 0
        self._spoke = False

    @contextlib.contextmanager
    def word(self) -> Iterator[None]:
        """One of theirs."""
        self._speaking, self._spoke = self._speaking + 1, True
        try:
            yield
        finally:
            self._speaking -= 1

    def are_silent(self) -> bool:
        """Whether none spoke since this was asked before."""
        spoke, self._spoke = self._spoke, False
        return not spoke and not self._speaking


OTHERS = Others()
MINE: ContextVar[tuple[Turns, int] | None] = ContextVar("turns", default=None)
"""In whose turns this task takes part, and where."""


@contextlib.asynccontextmanager
async def my_turn(pid: int) -> AsyncIterator[None]:
    """Wait to be called, when this task takes part in anything."""
    mine = MINE.get()
    if mine is None:
        with OTHERS.word():
            yield
        return
    turns, place = mine
    async with turns.word(place, pid):
        yield
