"""Lines that are cut, weather that gets worse, requests that arrive when nobody waits for them any more."""

import contextlib
from random import Random

from hub.sync.receive import receive
from shared.kernel.errors import EvidenceError, Fault, Refusal
from shared.sync.protocol import Session
from tests.simulation.bundles import bundles_of
from tests.simulation.line import Muddle
from tests.simulation.world import Operation, World

MUDDLED_MAX = 12


async def cut_line(world: World, rng: Random) -> str | None:
    """A machine walks into the concrete stand."""
    machine = world.any_machine(rng)
    machine.line.up = not machine.line.up
    world.caused["partition"] += not machine.line.up
    return f"{machine.name} has {'a line again' if machine.line.up else 'no line'}"


async def weather(world: World, rng: Random) -> str | None:
    """The network gets better or worse."""
    world.weather.worse = rng.choice([0.0, 0.0, 0.05, 0.2, 0.5])
    return f"of a hundred exchanges {world.weather.worse * 100:.0f} go wrong"


async def late_arrives(world: World, rng: Random) -> str | None:
    """What was under way for long arrives."""
    machine = world.any_machine(rng)
    count = await machine.line.arrive()
    return f"{count} late requests of {machine.name} arrive" if count else None


async def answers_mixed_up(world: World, rng: Random) -> str | None:
    """A proxy before the hub ends TLS and gives one machine answers that are old, or another's."""
    machine, muddle = world.any_machine(rng), Muddle(Random(rng.random()), rng.randrange(1, MUDDLED_MAX))
    machine.line.muddle = muddle
    machine.links[0].greet_again()
    for _ in range(rng.randrange(1, 4)):
        world.pass_time(rng.randrange(30) * 1_000)
        await machine.contact()
    machine.line.muddle = None
    if not muddle.times:
        return None
    world.caused["wrong answer"] += muddle.times
    return f"{machine.name} gets {muddle.times} answers that are not its own"


async def long_talk(world: World, rng: Random) -> str | None:
    """One machine has a few words with the hub and is cut off in the middle."""
    machine = world.any_machine(rng)
    await machine.contact(rng.randrange(1, 6))
    return f"{machine.name} speaks with the hub"


async def later_first(world: World, rng: Random) -> str | None:
    """Bundles of one machine arrive in the wrong order, as by a road that nobody built."""
    machine = world.any_machine(rng)
    bundles = await bundles_of(machine, entries_each=rng.randrange(1, 4))
    if len(bundles) < 2 or world.hub.app is None:
        return None
    owner = machine.owner
    session = Session(owner.org_id, owner.node_id, owner.epoch, 2**60)
    rng.shuffle(bundles)
    taken = 0
    for data in bundles:
        with contextlib.suppress(Refusal, Fault, EvidenceError):
            await receive(world.hub.hub, session, data)
            taken += 1
    return f"{len(bundles)} bundles of {machine.name} arrive in another order; {taken} are taken"


OPERATIONS = (
    Operation("later first", later_first, 3),
    Operation("cut line", cut_line, 8, 2),
    Operation("weather", weather, 5),
    Operation("late arrives", late_arrives, 6),
    Operation("answers mixed up", answers_mixed_up, 4),
    Operation("long talk", long_talk, 8, 4),
)
