"""The night of a 50/50 at an ice-hockey game, played by nobody: real processes, real files, a line that goes away.

Sell, lose the line for the middle half of the orders, lose the power of two handhelds in mid-sale, come back, close,
and compare what the sellers were told with what hub and journals hold.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared.demo.processes import Children
from shared.demo.script.arena import Arena
from shared.demo.script.books import export_journals, hub_books, hub_key, journal_books
from shared.demo.script.forks import clone, restore
from shared.demo.script.plan import Order, Plan, all_orders, orders_of
from shared.demo.script.tally import Tally, compare
from shared.demo.script.together import together
from shared.demo.script.unit import RunningUnit

JOURNALS = "journals"


class Outcome(msgspec.Struct, frozen=True):
    """How the night ended: the figures, the exported journals, the hub's key, and how long it took."""

    tally: Tally
    journals: tuple[Path, ...]
    hub_key: str
    seconds: float

    def line(self) -> dict[str, Any]:
        """The one line of JSON."""
        figures = msgspec.structs.asdict(self.tally)
        del figures["problems"]
        return figures | {
            "journals": [str(file) for file in self.journals],
            "hub_key": self.hub_key,
            "seconds": round(self.seconds, 1),
        }


class Night:
    """One run in a folder of its own, on ports from `base` on."""

    def __init__(self, folder: Path, base: int, plan: Plan, children: Children, screen: Console) -> None:
        self.arena = Arena(folder, base, plan, children)
        self._plan = plan
        self._journals = folder / JOURNALS
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), console=screen)

    async def play(self) -> Outcome:
        """The whole night; a Fault when something does not come up or go on."""
        began = time.monotonic()
        await asyncio.to_thread(self._journals.mkdir)
        arena, plan = self.arena, self._plan
        with self._progress:
            await arena.come_up(self._bar("Hub, counter and handhelds come up", len(plan.units)))
            await self._sell_all(plan.before, self._bar("Selling", len(plan.before)))
            await arena.cut_lines()
            await self._sell_all(plan.during, self._bar("Selling without a line", len(plan.during)))
            await arena.connect_lines()
            kept = await self._after()
            done = self._bar("What waits goes up, the event is closed", 1)
            await arena.wait_level()
            await arena.close_event(self._ordinary())
            done()
            return await self._compare(kept, began)

    def _bar(self, words: str, total: int) -> Callable[[], None]:
        """A new bar; each call is one step of it."""
        return partial(self._progress.advance, self._progress.add_task(words, total=total))

    def _ordinary(self) -> list[str]:
        """Units that nobody copied; the others sell no more."""
        copied = {one.unit for one in (self._plan.restored, self._plan.cloned) if one}
        return [role.key for role in self._plan.units if role.key not in copied]

    async def _after(self) -> list[Path]:
        """The last quarter, and beside it the units that exist twice; what of their journals must be kept."""
        plan = self._plan
        copies = [one for one in (plan.restored, plan.cloned) if one]
        served = self._bar("Selling again with the line", len(plan.after) + sum(map(len, map(orders_of, copies))))
        works: list[Coroutine[Any, Any, list[Path]]] = [self._sell_all(plan.after, served)]
        if plan.restored:
            works.append(restore(self.arena, plan.restored, self._journals, served))
        if plan.cloned:
            works.append(clone(self.arena, plan.cloned, served))
        return [file for files in await together(works) for file in files]

    async def _sell_all(self, orders: tuple[Order, ...], served: Callable[[], None]) -> list[Path]:
        """Every unit serves its own queue, all at the same time."""
        queues: dict[str, list[Order]] = {}
        for order in orders:
            queues.setdefault(order.unit, []).append(order)
        await together(self._serve(self.arena.units[key], queue, served) for key, queue in queues.items())
        return []

    async def _serve(self, unit: RunningUnit, queue: list[Order], served: Callable[[], None]) -> None:
        for cut_short, alike in groupby(queue, key=lambda order: order.cut_short):
            orders = list(alike)
            if cut_short:
                await self._power_goes(unit, orders)
            for order in orders:
                await unit.seller.serve(order)
                served()

    async def _power_goes(self, unit: RunningUnit, orders: list[Order]) -> None:
        """Take the unit's power away while these orders are under way; all of them are asked again afterwards."""
        await unit.seller.begin(self.arena.event_id, sum(order.ticket_count for order in orders))
        unanswered = await unit.seller.serve_until(orders, unit.kill)
        await unit.stop()
        self._progress.print(f"{unit.role.name} was killed with {unanswered} orders unanswered; they are asked again.")
        await unit.start()

    async def _compare(self, kept: list[Path], began: float) -> Outcome:
        """Export, verify, and hold everything against everything."""
        arena, plan = self.arena, self._plan
        key = await hub_key(arena.stage)
        units = [(unit.key, unit.folder) for unit in arena.units.values()]
        exported = await export_journals(arena.children, units, self._journals, self._bar("Journals", len(units)))
        files = [*exported, *kept]
        told = [one for unit in arena.units.values() for one in unit.told]
        tally = compare(
            told,
            await hub_books(arena.stage, arena.event_id),
            await journal_books(arena.children, files, key),
            orders=len(all_orders(plan)),
            voids=sum(order.undone for order in all_orders(plan)),
            cases=sum(one is not None for one in (plan.restored, plan.cloned)),
        )
        return Outcome(tally, tuple(files), key, time.monotonic() - began)
