"""Two ways of having one unit twice: a backup that is older than its last upload put back, and a card cloned.

In both a seller goes on with numbers that were sold already. Nothing is lost: both histories go up, and head office
has one case for each.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from shared.demo.faults import NotLevel
from shared.demo.script.arena import Arena
from shared.demo.script.books import export_journals
from shared.demo.script.plan import Copied, Order
from shared.demo.script.together import together
from shared.demo.script.unit import LEVEL_S_MAX, RunningUnit

Served = Callable[[], None]
BACKUP = "backup-of-"


async def restore(arena: Arena, copied: Copied, journals: Path, served: Served) -> list[Path]:
    """Back a unit up, sell and upload, put the backup back, sell on; the journal from before that, as a file."""
    unit = arena.units[copied.unit]
    backup = unit.folder.with_name(BACKUP + unit.key)
    await _sell(arena, unit, copied.shared, served)
    await _level(arena, unit)
    await unit.stop()
    await unit.copy_folder(backup)
    await unit.start()
    await _sell(arena, unit, copied.first, served)
    await _level(arena, unit)
    await unit.stop()
    kept = await export_journals(arena.children, [(f"{unit.key}-before-restore", unit.folder)], journals)
    await asyncio.to_thread(shutil.rmtree, unit.folder)
    backup.rename(unit.folder)
    await _sell_cut_off(arena, unit, copied.second, served)
    await _meet_again(arena, unit)
    return kept


async def clone(arena: Arena, copied: Copied, served: Served) -> list[Path]:
    """Copy a unit's card, let both sell where no line is, and bring them back one after the other."""
    unit = arena.units[copied.unit]
    await _sell(arena, unit, copied.shared, served)
    await _level(arena, unit)
    await unit.stop()
    twin = arena.clone_of(unit)
    await unit.copy_folder(twin.folder)
    await together(
        _sell_cut_off(arena, one, orders, served) for one, orders in ((unit, copied.first), (twin, copied.second))
    )
    await _meet_again(arena, unit)
    await _meet_again(arena, twin)
    return []


async def _sell(arena: Arena, unit: RunningUnit, orders: tuple[Order, ...], served: Served) -> None:
    await unit.seller.begin(arena.event_id)
    for order in orders:
        await unit.seller.serve(order)
        served()


async def _sell_cut_off(arena: Arena, unit: RunningUnit, orders: tuple[Order, ...], served: Served) -> None:
    await unit.line.cut()
    await unit.start()
    await _sell(arena, unit, orders, served)


async def _meet_again(arena: Arena, unit: RunningUnit) -> None:
    await unit.line.connect()
    await _level(arena, unit)


async def _level(arena: Arena, unit: RunningUnit) -> None:
    if not await unit.level():
        waiting = (await unit.status()).get("waiting", "away")
        raise NotLevel(seconds=int(LEVEL_S_MAX), waiting=f"{unit.key} {waiting}", folder=arena.folder)
