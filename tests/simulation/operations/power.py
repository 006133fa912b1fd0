"""Programs that are killed, power that goes, disks that are full: at any write."""

from random import Random
from uuid import uuid4

from shared.domain.identity.commands import OpenVenue
from shared.kernel.clock import MINUTE_MS
from shared.kernel.errors import Refusal
from tests.simulation.machine import Machine
from tests.simulation.operations.selling import attempt
from tests.simulation.world import Operation, World

WRITES_MAX = 60
READ_WRITES_MAX = 40
ROOM_BYTES_MAX = 40_000


async def come_back(machine: Machine, rng: Random, *, power: bool) -> None:
    """The machine dies and starts again; it has lost nothing that anybody was told."""
    await machine.die(lambda disk: disk.power_cut(rng) if power else disk.killed())
    await machine.switch_on()
    await machine.nothing_told_is_lost()


async def _die(world: World, rng: Random, *, power: bool) -> str:
    machine = world.any_machine(rng)
    machine.disk.writes_left = rng.randrange(1, WRITES_MAX)
    saw = [await attempt(machine, rng, world) for _ in range(rng.randrange(4))]
    if rng.random() < 0.5:
        await machine.contact()
    await come_back(machine, rng, power=power)
    world.caused["power cut" if power else "kill"] += 1
    how = "loses power" if power else "is killed"
    return f"{machine.name} {'; '.join([*saw, how])}, and starts again at entry {machine.writer.tip.seq}"


async def kill(world: World, rng: Random) -> str | None:
    """A program is killed in mid-work."""
    return await _die(world, rng, power=False)


async def power_cut(world: World, rng: Random) -> str | None:
    """The power goes: what was not synced survives, or not, sector by sector."""
    return await _die(world, rng, power=True)


async def die_reading(world: World, rng: Random) -> str | None:
    """A program is killed, or the power goes, while rows come down: rows and cursor are kept together, or neither."""
    machine, power = world.any_machine(rng), rng.random() < 0.5
    await machine.contact()
    world.names += 1
    order = OpenVenue(command_id=uuid4(), name=f"Stand {world.names}", place="", zone="Europe/London")
    try:
        await world.hub.running.do(order)
    except Refusal as refusal:
        return f"no stand is opened ({refusal.code})"
    machine.links[0].greet_again()
    world.pass_time(MINUTE_MS)
    machine.disk.writes_left = rng.randrange(1, READ_WRITES_MAX)
    await machine.contact()
    died = machine.disk.off
    await come_back(machine, rng, power=power)
    world.caused["died reading"] += died
    how = "loses power" if power else "is killed"
    return f"{machine.name} {how} {'while' if died else 'after'} it reads what head office decided"


async def restart(world: World, rng: Random) -> str | None:
    """A machine is switched off and on."""
    machine = world.any_machine(rng)
    await machine.switch_off()
    await machine.switch_on()
    await machine.nothing_told_is_lost()
    return f"{machine.name} is switched off and on"


async def disk_fills(world: World, rng: Random) -> str | None:
    """A disk has hardly any room left."""
    machine = world.any_machine(rng)
    machine.disk.room_bytes = rng.randrange(ROOM_BYTES_MAX)
    world.caused["disk full"] += 1
    return f"the disk of {machine.name} has {machine.disk.room_bytes} bytes left"


async def disk_has_room(world: World, rng: Random) -> str | None:
    """Somebody makes room."""
    full = [machine for machine in world.machines if machine.disk.room_bytes is not None]
    if not full:
        return None
    machine = rng.choice(full)
    machine.disk.room_bytes = None
    return f"the disk of {machine.name} has room again"


OPERATIONS = (
    Operation("kill", kill, 5),
    Operation("power cut", power_cut, 6),
    Operation("die reading", die_reading, 4),
    Operation("restart", restart, 2, 1),
    Operation("disk fills", disk_fills, 2),
    Operation("disk has room", disk_has_room, 3),
)
