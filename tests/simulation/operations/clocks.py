"""Clocks that somebody sets, machines that start with a wrong one, and time that passes."""

from random import Random

from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS
from shared.kernel.errors import Refusal, StorageFault
from shared.sync.timekeeping import JUMP_MS_MIN
from tests.simulation.machine import Machine
from tests.simulation.world import Operation, World

RIGHT_SHARE = 0.7
STEPS_MS = (-400 * DAY_MS, -DAY_MS, -10 * MINUTE_MS, -MINUTE_MS, MINUTE_MS, 10 * MINUTE_MS, DAY_MS, 400 * DAY_MS)


async def set_clock(world: World, rng: Random) -> str | None:
    """Somebody sets the wall clock of a machine."""
    machine, step = world.any_machine(rng), rng.choice(STEPS_MS)
    machine.clock.set_wall(machine.clock.wall_ms + step)
    world.caused["clock set"] += 1
    refused = await _must_not_sell(world, machine, rng, step)
    return f"the clock of {machine.name} is set by {step / HOUR_MS:+.2f} hours{refused}"


async def _must_not_sell(world: World, machine: Machine, rng: Random, step_ms: int) -> str:
    """A clock that jumped sells nothing before somebody confirms it."""
    if abs(step_ms) <= JUMP_MS_MIN:
        return ""
    try:
        sold = await machine.sell(rng.choice(world.events), 0)
    except (Refusal, StorageFault):
        return ", and it sells nothing"
    raise AssertionError(f"{machine.name} sells entry {sold.envelope.seq} though its clock jumped by {step_ms} ms")


async def reboot_with_wrong_clock(world: World, rng: Random) -> str | None:
    """A machine without a battery for its clock starts again."""
    machine, step = world.any_machine(rng), rng.choice(STEPS_MS)
    await machine.switch_off()
    machine.clock.set_wall(machine.clock.wall_ms + step)
    await machine.switch_on()
    world.caused["clock set"] += 1
    return f"{machine.name} starts again with a clock {step / HOUR_MS:+.2f} hours off"


async def set_hub_clock(world: World, rng: Random) -> str | None:
    """Somebody sets the clock of the hub's machine; mostly it is put right again before long."""
    clock, off = world.hub.clock, world.hub.clock.wall_ms != world.clock.wall_ms
    step = 0 if off and rng.random() < RIGHT_SHARE else rng.choice(STEPS_MS)
    clock.set_wall(world.clock.wall_ms + step)
    world.caused["hub's clock set"] += 1
    world.caused["hub's clock was wrong"] += step != 0
    return f"the hub's clock is {step / HOUR_MS:+.2f} hours off" if step else "the hub's clock is put right"


async def minutes_pass(world: World, rng: Random) -> str | None:
    """Nothing happens for a while."""
    world.pass_time(rng.randrange(20) * MINUTE_MS)
    return "some minutes pass"


OPERATIONS = (
    Operation("set clock", set_clock, 2),
    Operation("reboot with wrong clock", reboot_with_wrong_clock, 1),
    Operation("set hub's clock", set_hub_clock, 3),
    Operation("minutes pass", minutes_pass, 2),
)
