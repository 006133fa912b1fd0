"""Postgres stopped without warning in mid-ingest, several times, and started again: the hub comes back by itself.

One edge was away for weeks and uploads its backlog; the others sell on, whether there is a database or not.
"""

import asyncio
import os
import signal
import time
from random import Random
from typing import Any

import msgspec

from hub.runtime.postgres import EmbeddedPostgres
from shared.demo.script.tally import Tally
from tests.storm.crowd import Crowd
from tests.storm.kill_storm import Bars
from tests.storm.long_journal import fill
from tests.storm.scene import Bar, Scene, Wish, scene
from tests.storm.waiting import until

INTO_INGEST_S = (0.05, 1.0)
AWAY_S = (0.2, 3.0)
WAIT_S_MAX = 60.0
NUMBERS_A_SALE = 3
SPARE_NUMBERS = 4_000


class Outcome(msgspec.Struct, frozen=True):
    """What happened, and whether it ties.

    `in_mid_ingest`: how many of the stops came while entries waited; `sold_meanwhile`: orders answered while there was
    no database.
    """

    seed: int
    edges: int
    stops: int
    in_mid_ingest: int
    backlog: int
    sold_meanwhile: int
    hub_restarts: int
    faults: dict[str, int]
    tally: Tally
    seconds: float


def wish(seed: int, edges: int, backlog: int) -> Wish:
    """A scene whose leases are large enough for the backlog."""
    count = backlog * NUMBERS_A_SALE + SPARE_NUMBERS
    return Wish(seed=seed, edges=edges, own_database=True, terms={"lease_count": count, "last_number": 9_999_999})


async def postgres_storm(wished: Wish, stops: int, backlog: int, bars: Bars, filled: Bar) -> Outcome:
    """The storm of this seed; the last edge is the one with the backlog."""
    began = time.monotonic()
    async with scene(wished, bars.ready) as at:
        assert at.server is not None, "a database of ours"
        last = list(at.units)[-1]
        await at.units[last].stop()
        told = await fill(at.units[last].folder, at.event_id, backlog, filled)
        crowd = Crowd(at, bars.served)
        killer = Stopper(at, at.server, crowd, bars.killed)
        hub_pid = at.pid("hub")
        try:
            await at.units[last].start()
            await crowd.begin()
            at.storm()
            await killer.stop_postgres(stops, last)
            at.calm()
            await crowd.end()
        finally:
            await crowd.close()
        tally = await at.tally([*told, *crowd.told], orders=backlog + crowd.orders, voids=crowd.voids)
        return Outcome(
            wished.seed, wished.edges, stops, killer.in_mid_ingest, backlog, killer.sold_meanwhile,
            int(at.pid("hub") != hub_pid), dict(at.faults), tally, round(time.monotonic() - began, 1),
        )  # fmt: skip


class Stopper:
    """Stops the database without a word to anybody ("immediate": as a crash does), and starts it again."""

    def __init__(self, at: Scene, server: EmbeddedPostgres, crowd: Crowd, stopped: Bar) -> None:
        self._scene = at
        self._server = server
        self._crowd = crowd
        self._stopped = stopped
        self._chance = Random(f"{at.wish.seed}/stopper")
        self.in_mid_ingest = 0
        self.sold_meanwhile = 0

    async def stop_postgres(self, count: int, uploader: str) -> None:
        """So many times, each as soon as the edge `uploader` moves something again."""
        for _ in range(count):
            await self._wait_ingest(uploader)
            await asyncio.sleep(self._chance.uniform(*INTO_INGEST_S))
            self._crowd.assert_selling()
            self.in_mid_ingest += (await self._status(uploader)).get("waiting", 0) > 0
            before = self._crowd.orders
            os.kill(self._server.pid, signal.SIGQUIT)
            await asyncio.to_thread(self._server.stop)
            await asyncio.sleep(self._chance.uniform(*AWAY_S))
            await asyncio.to_thread(self._server.start)
            self.sold_meanwhile += self._crowd.orders - before
            self._stopped()

    async def _wait_ingest(self, uploader: str) -> None:
        """Until another entry of that edge is confirmed: the hub is back at work, by itself."""
        confirmed = (await self._status(uploader)).get("confirmed_seq", 0)

        async def further() -> bool:
            status = await self._status(uploader)
            return status.get("waiting") == 0 or int(status.get("confirmed_seq", 0)) > int(confirmed)

        await until(further, f"the hub takes entries of {uploader} again", WAIT_S_MAX)

    async def _status(self, uploader: str) -> dict[str, Any]:
        return await self._scene.units[uploader].status()
