"""Whether the database answers this hub process, for machines that ask again and again and restart what says no."""

import asyncio

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from hub.runtime.tenant import Pool
from shared.kernel.clock import Clock

DATABASE_S_MAX = 2.0
POOL_S_MAX = 0.5
KEPT_NS = 1_000_000_000
ASK = "select 1"


class DatabaseReach:
    """Asks the database at most once a second, however many want to know; one at a time, the others wait for it."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._one = asyncio.Lock()
        self._answers = False
        self._asked_ns: int | None = None

    async def holds(self) -> bool:
        """Whether the database answers; one that takes longer than two seconds is away for whoever waits."""
        async with self._one:
            if self._asked_ns is None or self._clock.now().monotonic_ns - self._asked_ns >= KEPT_NS:
                self._answers = await self._ask()
                self._asked_ns = self._clock.now().monotonic_ns
            return self._answers

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(DATABASE_S_MAX):
                try:
                    async with self._pool.connection(timeout=POOL_S_MAX) as connection:
                        await connection.execute(ASK)
                except PoolTimeout:
                    await self._ask_beside()
        except (psycopg.Error, TimeoutError):
            return False
        return True

    async def _ask_beside(self) -> None:
        """By a connection of its own: in a rush all of the pool are taken, and the database is well."""
        address = self._pool.conninfo
        assert isinstance(address, str), "the pool is made with an address"
        async with await AsyncConnection.connect(address) as connection:
            await connection.execute(ASK)
