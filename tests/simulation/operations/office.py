"""Head office: units stopped, paused and revoked, programs of the field that write nonsense."""

from random import Random
from uuid import uuid4

import msgspec

from hub.sync.emit import emit_rows
from shared.domain.identity.commands import DisableUnit, EnableUnit, PauseUnit, ResumeUnit, RevokeUnit
from shared.domain.identity.rows import StaffRow
from shared.domain.raffle.commands import ActivateEvent, CloseEvent, PlanEvent
from shared.kernel.clock import DAY_MS, HOUR_MS
from shared.kernel.errors import Refusal
from shared.pipeline.changes import Put
from shared.pipeline.command import Command
from shared.pipeline.postgres_applier import apply
from shared.pipeline.postgres_bus import lock_head, read_row
from tests.simulation.template import LEASE_NUMBERS
from tests.simulation.world import Operation, World
from tests.support.evening import PLANS

EVENTS_MAX = 4


async def _order(world: World, order: Command, sentence: str) -> str:
    try:
        await world.hub.running.do(order)
    except Refusal as refusal:
        return f"{sentence}: refused ({refusal.code})"
    return sentence


async def disable(world: World, rng: Random) -> str | None:
    """A unit may not sell for now."""
    machine = world.any_machine(rng)
    order = DisableUnit(command_id=uuid4(), unit_id=machine.keys.node_id, reason="to be counted")
    return await _order(world, order, f"{machine.code} is disabled")


async def enable(world: World, rng: Random) -> str | None:
    """It may sell again."""
    machine = world.any_machine(rng)
    order = EnableUnit(command_id=uuid4(), unit_id=machine.keys.node_id)
    return await _order(world, order, f"{machine.code} is enabled")


async def pause(world: World, rng: Random) -> str | None:
    """A unit's uploads are paused, and resumed soon."""
    machine = world.any_machine(rng)
    unit = machine.keys.node_id
    paused = await _order(world, PauseUnit(command_id=uuid4(), unit_id=unit), f"{machine.code} is paused")
    await machine.contact(rng.randrange(1, 8))
    return f"{paused}; {await _order(world, ResumeUnit(command_id=uuid4(), unit_id=unit), 'resumed')}"


async def revoke(world: World, rng: Random) -> str | None:
    """A unit is stopped for good."""
    machine = world.any_machine(rng)
    order = RevokeUnit(command_id=uuid4(), unit_id=machine.keys.node_id, reason="left at the counter")
    world.explained.add(("held", machine.keys.node_id))
    said = await _order(world, order, f"{machine.code} is revoked")
    if await world.is_revoked(machine.keys.node_id):
        world.caused["revoked"] += machine.keys.node_id not in world.revoked
        world.revoked.setdefault(machine.keys.node_id, await world.stored_of(machine.keys.node_id))
    return said


async def open_event(world: World, rng: Random) -> str | None:
    """One more raffle begins at the venue."""
    if len(world.events) >= EVENTS_MAX:
        return None
    now = world.clock.wall_ms
    order = PlanEvent(
        command_id=uuid4(), venue_id=world.template.venue_id, name=f"Raffle {len(world.events)}",
        code=f"X-{len(world.events)}", sales_open_ms=now - HOUR_MS, sales_close_ms=now + 6 * HOUR_MS,
        draw_ms=now + 7 * HOUR_MS, claim_by_ms=now + 30 * DAY_MS, packages=PLANS, lease_count=LEASE_NUMBERS,
    )  # fmt: skip
    try:
        event = await world.hub.running.do(order)
        await world.hub.running.do(ActivateEvent(command_id=uuid4(), event_id=event))
    except Refusal as refusal:
        return f"no event is opened ({refusal.code})"
    world.events.append(event)
    world.caused["event opened"] += 1
    return f"event {order.code} is opened"


async def close_event(world: World, rng: Random) -> str | None:
    """The sale of a raffle ends everywhere; what is sold without having heard of it is a case."""
    if len(world.events) < 2:
        return None
    world.explained.add(("late_sale", None))
    order = CloseEvent(command_id=uuid4(), event_id=rng.choice(world.events[1:]))
    return await _order(world, order, "an event is closed")


async def close_the_day(world: World, rng: Random) -> str | None:
    """Every raffle is closed, and everybody hears of it."""
    for event in world.events:
        await world.hub.running.do(CloseEvent(command_id=uuid4(), event_id=event))
    for machine in world.machines:
        await machine.contact()
    return "every event is closed"


async def poison(world: World, rng: Random) -> str | None:
    """A fault of a unit's program writes what no hub can show."""
    machine = world.any_machine(rng)
    if machine.disk.room_bytes is not None:
        return None
    await machine.spoil()
    world.explained.add(("quarantine", machine.keys.node_id))
    world.caused["poison"] += 1
    return f"the program of {machine.name} writes nonsense as entry {machine.writer.tip.seq}"


async def move_person(world: World, rng: Random) -> str | None:
    """Somebody works elsewhere from now on: the row leaves units that knew it, or comes to them."""
    hub, org, person = world.hub.hub, world.template.org_id, world.template.supervisors[1]
    async with hub.bus.tenant(org) as connection:
        owner = await hub.owner_in(connection, org)
        await lock_head(connection, owner)
        row = await read_row(connection, StaffRow, owner, (person,))
        assert isinstance(row, StaffRow)
        moved = msgspec.structs.replace(row, role="seller" if row.role == "manager" else "manager")
        await apply(connection, [Put(moved)])
        await emit_rows(connection, owner, [moved])
    world.caused["person moved"] += 1
    return f"a {row.role} is {moved.role} now"


OPERATIONS = (
    Operation("disable", disable, 1),
    Operation("enable", enable, 3),
    Operation("pause", pause, 2),
    Operation("revoke", revoke, 1),
    Operation("open event", open_event, 2, 1),
    Operation("close event", close_event, 1),
    Operation("close the day", close_the_day, 0),
    Operation("poison", poison, 1),
    Operation("move person", move_person, 3),
)
