"""Buyers without end: sellers at every edge of a scene who sell until they are told to stop, and remember all."""

import asyncio
import contextlib
from random import Random
from uuid import UUID

from shared.demo.cast import PACKAGES
from shared.demo.faults import SellerRefused
from shared.demo.script.plan import Order
from shared.demo.script.sellers import Seller
from shared.demo.script.tally import Told
from shared.demo.script.unit import RunningUnit
from tests.storm.scene import Bar, Scene
from tests.storm.waiting import until

UNDONE_PERCENT = 3
CARD_PERCENT = 30
WEIGHTS = (60, 30, 10)
PAUSE_S = (0.0, 0.25)
LOOK_S = 0.001
TOO_LATE = "raffle.undo_too_late"


class Crowd:
    """Everybody who sells in one scene. An order is asked for until it is answered, so each ends in one sale."""

    def __init__(self, scene: Scene, served: Bar) -> None:
        self._scene = scene
        self._served = served
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._sellers: list[Seller] = []
        self.under_way: dict[str, int] = dict.fromkeys(scene.units, 0)
        """Orders that each edge has been sent and has not answered."""
        self.answered: dict[str, int] = dict.fromkeys(scene.units, 0)
        """Orders that each edge answered."""

    @property
    def orders(self) -> int:
        """All that were answered."""
        return sum(self.answered.values())

    @property
    def told(self) -> list[Told]:
        """What every seller was answered."""
        return [one for unit in self._scene.units.values() for one in unit.told]

    @property
    def voids(self) -> int:
        """Sales that were undone, as their sellers were told."""
        return len({one.sale.sale_id for one in self.told if one.sale.void})

    async def begin(self) -> None:
        """Everybody logs in and begins to sell."""
        for unit in self._scene.units.values():
            for person in unit.role.staff:
                seller = Seller(unit.role.name, unit.url, person, unit.told)
                self._sellers.append(seller)
                await seller.begin(self._scene.event_id)
                chance = Random(f"{self._scene.wish.seed}/{person.name}")
                self._tasks.append(asyncio.create_task(self._sell(unit, seller, chance)))

    async def end(self) -> None:
        """Each finishes the order at hand; an error of any is raised here."""
        self._stop.set()
        try:
            await asyncio.gather(*self._tasks)
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop selling, at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(seller.close() for seller in self._sellers))

    def assert_selling(self) -> None:
        """Raise the error of a seller who gave up."""
        for task in self._tasks:
            if task.done() and not self._stop.is_set():
                task.result()

    async def wait_order(self, unit: str, seconds_max: float) -> None:
        """Until the edge has been sent an order, for so long at most."""
        with contextlib.suppress(AssertionError):
            await until(lambda: self.under_way[unit], "an order", seconds_max, LOOK_S)

    async def _sell(self, unit: RunningUnit, seller: Seller, chance: Random) -> None:
        while not self._stop.is_set():
            order = draw_order(unit.key, chance)
            self.under_way[unit.key] += 1
            try:
                await seller.serve(order)
            except SellerRefused as refused:
                if TOO_LATE not in str(refused):
                    raise  # an undo may come too late when the edge was away; its sale stands then
            finally:
                self.under_way[unit.key] -= 1
            self.answered[unit.key] += 1
            self._served()
            await asyncio.sleep(chance.uniform(*PAUSE_S))


def draw_order(unit: str, chance: Random) -> Order:
    """One buyer's order, all of it by chance."""
    package = chance.choices(range(len(PACKAGES)), WEIGHTS)[0]
    tender = "card" if chance.randrange(100) < CARD_PERCENT else "cash"
    ids = (UUID(int=chance.getrandbits(128), version=4) for _ in range(2))
    return Order(unit, package, tender, next(ids), next(ids), undone=chance.randrange(100) < UNDONE_PERCENT)
