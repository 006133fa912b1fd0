"""Units that run an older program than the hub, and are upgraded later."""

from random import Random

import msgspec

from shared.domain.cases.rows import CaseEvidenceRow, CaseRow, DoubtRow, VerdictRow
from shared.domain.identity.rows import VenueRow
from shared.domain.raffle.commands import UndoSale
from shared.domain.slices import ALL
from shared.pipeline.manifest import Slices
from tests.simulation.world import Operation, World
from tests.support.season import YESTERDAY

LATER = (VenueRow, CaseRow, CaseEvidenceRow, DoubtRow, VerdictRow)
"""Rows that yesterday's unit had not heard of."""


def _units_before() -> Slices:
    """The program of a unit before voids and before these rows."""
    parts = [
        msgspec.structs.replace(
            part,
            rows=tuple(kind for kind in part.rows if kind not in LATER),
            feeds={kind: scope for kind, scope in part.feeds.items() if kind not in LATER},
            handlers=tuple(handler for handler in part.handlers if handler.command is not UndoSale),
        )
        for part in YESTERDAY.slices
    ]
    return Slices(tuple(parts))


BEFORE = _units_before()


async def change_program(world: World, rng: Random) -> str | None:
    """A unit runs yesterday's program, or is upgraded."""
    machine = world.any_machine(rng)
    if machine.disk.room_bytes is not None:
        return None
    older = machine.slices is ALL
    await machine.run_program(BEFORE if older else ALL)
    await machine.nothing_told_is_lost()
    world.caused["unit's program changed"] += 1
    return f"{machine.name} runs {'yesterday' if older else 'today'}'s program"


OPERATIONS = (Operation("change unit's program", change_program, 3),)
