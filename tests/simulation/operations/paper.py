"""The printer of a unit: slips come out whole, in part or not at all, and the power goes in the midst of it."""

from random import Random

from edge.devices.spool import Job
from shared.kernel.errors import Refusal, StorageFault
from tests.simulation.disk import Disk
from tests.simulation.machine import Machine
from tests.simulation.printing import Paper
from tests.simulation.world import Operation, World

FATES = ("printed", "printed", "printed", "cable out", "proof lost", "killed", "power cut")
WHOLE = ("printed", "proof lost")
UNDONE_SHARE = 0.1
SLIPS_MAX = 4


async def printer_works(world: World, rng: Random) -> str | None:
    """It goes through some of what waits."""
    machine, said = world.any_machine(rng), list[str]()
    try:
        for _ in range(rng.randrange(1, SLIPS_MAX + 1)):
            job = await machine.printer.queue.next_job()
            if job is None:
                break
            said.append(await _print(world, machine, job, rng))
    except StorageFault:
        said.append("the disk takes no more")
    return f"the printer of {machine.name}: {', '.join(said)}" if said else None


async def _print(world: World, machine: Machine, job: Job, rng: Random) -> str:
    fate, undone, some = rng.choice(FATES), rng.random() < UNDONE_SHARE, rng.random() < 0.5
    if not await machine.printer.queue.begin(job.job_id):
        return "not begun"
    if undone:
        await _undo(machine)
    if fate in WHOLE or some:
        machine.printer.paper.append(Paper(job.job_id, marked=job.begun, whole=fate in WHOLE))
    world.caused[f"slip {fate}"] += 1
    match fate:
        case "printed":
            await machine.printer.queue.issued(job.job_id)
        case "killed":
            await machine.die(Disk.killed)
            await machine.switch_on()
        case "power cut":
            await machine.die(lambda disk: disk.power_cut(rng))
            await machine.switch_on()
        case _:
            await machine.printer.queue.interrupted(job.job_id)
    return fate


async def _undo(machine: Machine) -> None:
    """The buyer changes their mind while it prints."""
    try:
        await machine.undo()
    except (Refusal, StorageFault):
        return


OPERATIONS = (Operation("printer works", printer_works, 8, 3),)
