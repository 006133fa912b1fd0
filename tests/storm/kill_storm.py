"""kill -9 at random moments, of edges in mid-sale and of the hub in mid-ingest, all behind lines of bad weather.

At the end, calm: what sellers were told, what the edges' journals hold and what the hub holds must be one thing.
"""

import asyncio
import time
from collections import Counter
from random import Random

import msgspec

from shared.demo.script.tally import Tally
from tests.storm.crowd import Crowd
from tests.storm.scene import Bar, Scene, Wish, scene

GAP_S = (0.3, 3.0)
HUB_PERCENT = 30
ORDER_S_MAX = 2.0
INTO_ORDER_S = (0.0, 0.03)
"""How far into an order the power goes; an edge on its own needs some ten milliseconds for one."""
ORDERS_WAITED = 20
"""For so many orders at most the power waits to go in the midst of one; the others were answered too soon."""
AT_REST_PERCENT = 20
"""Of the kills of edges, after the first: a storm without one in mid-sale would say little."""


class Bars(msgspec.Struct, frozen=True):
    """What to call as it goes on: an edge is up, a sale was answered, something was killed."""

    ready: Bar = lambda: None
    served: Bar = lambda: None
    killed: Bar = lambda: None


class Outcome(msgspec.Struct, frozen=True):
    """What happened, and whether it ties. `in_mid_sale`: kills of an edge with an order sent and not answered."""

    seed: int
    edges: int
    kills: dict[str, int]
    in_mid_sale: int
    faults: dict[str, int]
    tally: Tally
    seconds: float


class Killer:
    """Kills what is up, now and then; what it killed comes back while it looks for the next."""

    def __init__(self, at: Scene, crowd: Crowd, killed: Bar) -> None:
        self._scene = at
        self._crowd = crowd
        self._killed = killed
        self._chance = Random(f"{at.wish.seed}/killer")
        self._coming_back: dict[str, asyncio.Task[None]] = {}
        self._answered: dict[str, int] = {}
        self.kills: Counter[str] = Counter()
        self.in_mid_sale = 0

    async def kill(self, count: int) -> None:
        """So many kills; everything is up again at the end."""
        try:
            while sum(self.kills.values()) < count:
                await asyncio.sleep(self._chance.uniform(*GAP_S))
                self._crowd.assert_selling()
                await self._kill_one()
            await asyncio.gather(*self._coming_back.values())
        finally:
            for task in self._coming_back.values():
                task.cancel()
            await asyncio.gather(*self._coming_back.values(), return_exceptions=True)

    async def _kill_one(self) -> None:
        hub_goes = self._chance.randrange(100) < HUB_PERCENT and self.in_mid_sale
        victim = "hub" if hub_goes else self._chance.choice(list(self._scene.units))
        if not self._is_back(victim):
            return
        if victim != "hub":
            await self._wait_mid_sale(victim)
            self.in_mid_sale += self._crowd.under_way[victim] > 0
        self._coming_back[victim] = asyncio.create_task(self._revive(victim))
        self.kills["hub" if victim == "hub" else "edge"] += 1
        self._killed()

    async def _wait_mid_sale(self, victim: str) -> None:
        """Until an order is under way at this edge, or some moment after one."""
        at_rest = self.in_mid_sale and self._chance.randrange(100) < AT_REST_PERCENT
        for _ in range(ORDERS_WAITED):
            await self._crowd.wait_order(victim, ORDER_S_MAX)
            await asyncio.sleep(self._chance.uniform(*INTO_ORDER_S))
            if at_rest or self._crowd.under_way[victim]:
                return

    def _is_back(self, victim: str) -> bool:
        """Up again after its last kill; an edge has also served somebody, or nobody at it would ever be served."""
        before = self._coming_back.get(victim)
        if before is None:
            return True
        if not before.done():
            return False
        before.result()
        return victim == "hub" or self._crowd.answered[victim] > self._answered[victim]

    async def _revive(self, victim: str) -> None:
        await self._scene.kill(victim)
        self._answered[victim] = self._crowd.answered.get(victim, 0)


async def kill_storm(wish: Wish, kills: int, bars: Bars) -> Outcome:
    """The storm of this seed."""
    began = time.monotonic()
    async with scene(wish, bars.ready) as at:
        crowd = Crowd(at, bars.served)
        killer = Killer(at, crowd, bars.killed)
        try:
            await crowd.begin()
            at.storm()
            await killer.kill(kills)
            await crowd.end()
        finally:
            await crowd.close()
        at.calm()
        tally = await at.tally(crowd.told, orders=crowd.orders, voids=crowd.voids)
        return Outcome(
            wish.seed, wish.edges, dict(killer.kills), killer.in_mid_sale, dict(at.faults), tally,
            round(time.monotonic() - began, 1),
        )  # fmt: skip
