"""The hub: it dies at any word to its database, is upgraded, backed up, and put back."""

from random import Random

from tests.simulation.world import Operation, World

EXCHANGES_MAX = 60
SNAPSHOTS_MAX = 2
HELLO_STEPS = 3


async def database_fails(world: World, rng: Random) -> str | None:
    """The hub loses its database in mid-work, before or after the database did what it was told."""
    strike, late = rng.randrange(EXCHANGES_MAX), rng.random() < 0.5
    machine = world.any_machine(rng)
    world.hub.interrupter.strike(strike, late=late)
    before = world.hub.interrupter.struck
    await machine.contact()
    world.hub.interrupter.after = None
    if world.hub.interrupter.struck == before:
        return None
    world.caused["database lost"] += 1
    return f"the hub loses its database {'after' if late else 'at'} exchange {strike} with {machine.name}"


async def restart(world: World, rng: Random) -> str | None:
    """The hub's process is started again."""
    await world.hub.restart()
    world.caused["hub restarted"] += 1
    return "the hub is started again"


async def change_program(world: World, rng: Random) -> str | None:
    """The hub runs yesterday's program, or is upgraded."""
    world.hub.upgraded = not world.hub.upgraded
    await world.hub.restart()
    return f"the hub runs {'today' if world.hub.upgraded else 'yesterday'}'s program"


async def back_up(world: World, rng: Random) -> str | None:
    """The hub is backed up."""
    if len(world.hub.snapshots) >= SNAPSHOTS_MAX:
        return None
    await world.hub.snapshot()
    return "the hub is backed up"


async def put_back(world: World, rng: Random) -> str | None:
    """The hub is put back to a backup, and is told so, or must find out."""
    if not world.hub.snapshots:
        return None
    told = rng.random() < 0.5
    await world.hub.restore(rng.choice(world.hub.snapshots), told=told)
    await _was_put_back(world)
    return f"the hub is put back to a backup{'' if told else ', and nobody tells it'}"


async def _was_put_back(world: World) -> None:
    """It may have lost what it held, and knows units as they were."""
    world.acked.clear()
    await world.note_acked()
    await world.note_revoked()
    world.explained |= {("hub_restored", None), ("overlap", None)}
    world.caused["hub put back"] += 1


async def put_back_twice(world: World, rng: Random) -> str | None:
    """The hub is put back to one backup twice; a unit has heard of its life in between: that life is no other's."""
    told = rng.random() < 0.5
    if len(world.hub.snapshots) >= SNAPSHOTS_MAX:
        return None
    for machine in world.machines:
        await machine.contact()
    level = [machine for machine in world.machines if machine.line.up and not machine.waiting]
    if not level:
        return None
    machine, snapshot = rng.choice(level), await world.hub.snapshot()
    await world.hub.restore(snapshot, told=True)
    between = (await world.hub_state()).generation
    machine.links[0].greet_again()
    await machine.contact(HELLO_STEPS)
    await world.hub.restore(snapshot, told=told)
    after = (await world.hub_state()).generation
    assert after > between or not told, f"generation {between} was opened twice: {after}"
    await _was_put_back(world)
    world.caused["put back twice"] += 1
    return f"the hub is put back to one backup twice{'' if told else ', and told so once'}; {machine.name} heard"


OPERATIONS = (
    Operation("database fails", database_fails, 5),
    Operation("restart hub", restart, 2, 1),
    Operation("change program", change_program, 2),
    Operation("back up hub", back_up, 2),
    Operation("put hub back", put_back, 1),
    Operation("put hub back twice", put_back_twice, 1),
)
