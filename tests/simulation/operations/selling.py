"""Sellers at work: sales, undone sales, a buyer's phone, the answer that nobody saw."""

from random import Random

from shared.kernel.errors import Refusal, StorageFault
from tests.simulation.machine import Machine
from tests.simulation.world import Operation, World

LONG_AFTER_SHARE = 0.2


async def attempt(machine: Machine, rng: Random, world: World, *, phone: str = "") -> str:
    """One sale; what the seller sees."""
    event = rng.choice(world.events)
    try:
        sold = await machine.sell(event, rng.randrange(3), phone=phone)
    except Refusal as refusal:
        return f"is refused ({refusal.code})"
    except StorageFault:
        return "gets no answer from the disk"
    ranges = ", ".join(f"{one.first}-{one.last}" for one in sold.body.ranges)
    world.caused["sale"] += 1
    return f"sells {ranges} as entry {sold.envelope.epoch}/{sold.envelope.seq}"


async def sell(world: World, rng: Random) -> str | None:
    """A seller sells a few times."""
    machine = world.any_machine(rng)
    return f"{machine.name} {'; '.join([await attempt(machine, rng, world) for _ in range(rng.randrange(1, 4))])}"


async def sell_with_phone(world: World, rng: Random) -> str | None:
    """A buyer leaves a phone number."""
    machine = world.any_machine(rng)
    if machine.contacts.why_not:
        return None
    phone = f"+4477009{rng.randrange(10_000):05}"
    return f"{machine.name} notes a phone and {await attempt(machine, rng, world, phone=phone)}"


async def undo(world: World, rng: Random) -> str | None:
    """A sale is taken back at once; now and then somebody asks for it long after."""
    machine = world.any_machine(rng)
    saw = "" if rng.random() < LONG_AFTER_SHARE else f"{await attempt(machine, rng, world)}; "
    try:
        done = await machine.undo()
    except Refusal as refusal:
        return f"{machine.name} {saw}may not undo ({refusal.code})"
    except StorageFault:
        return f"{machine.name} {saw}cannot store an undo"
    world.caused["undo"] += done
    return f"{machine.name} {saw}undoes its last sale" if done else None


async def ask_again(world: World, rng: Random) -> str | None:
    """A seller asks for the answer that nobody saw."""
    machine = world.any_machine(rng)
    return f"{machine.name} asks again" if await machine.ask_again_if_open() else None


OPERATIONS = (
    Operation("sell", sell, 40, 90),
    Operation("sell with phone", sell_with_phone, 4, 4),
    Operation("undo", undo, 6, 4),
    Operation("ask again", ask_again, 3),
)
