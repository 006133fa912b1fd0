"""Units that run an older program than the hub, and are upgraded later."""

from random import Random

from shared.domain.slices import ALL
from tests.simulation.before import BEFORE
from tests.simulation.world import Operation, World


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
