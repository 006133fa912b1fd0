"""Weeks: backups that were verified, events that are over, units that forget what they may, certificates that end."""

from random import Random
from uuid import uuid4

from hub.runtime.backup import SET_WATERMARK
from shared.domain.raffle.commands import CloseEvent
from shared.kernel.clock import DAY_MS, MINUTE_MS
from shared.kernel.errors import Refusal, StorageFault
from tests.simulation.checks import forgot_what_is_proven
from tests.simulation.operations.office import open_event
from tests.simulation.operations.selling import sell
from tests.simulation.world import Operation, World

HEADS = "select node_id, epoch, branch, seq, hash from journal.head where node_id <> %s and seq > 0"
WEEKS_DAYS = (31, 45, 100)
ORDERLY_SHARE = 0.7


async def verified_backup(world: World, rng: Random) -> str | None:
    """The hub is backed up and the backup proven: what came before it is no way back any more."""
    if (await world.hub_state()).recovering:
        return None
    heads, held = await world.truth.rows(HEADS, world.hub.hub.node_id), await world.truth.stored()
    await world.hub.snapshot()
    world.hub.forget_snapshots_but_the_last()
    org, now_ms = world.template.org_id, world.hub.clock.wall_ms
    async with world.hub.hub.bus.tenant(org) as connection:
        for node_id, epoch, branch, seq, digest in heads:
            await connection.execute(SET_WATERMARK, (org, node_id, epoch, branch, seq, digest, now_ms))
    world.proven |= set(held)
    world.caused["verified backup"] += 1
    return "the hub is backed up, and the backup proven"


async def _orderly_end(world: World, rng: Random) -> None:
    """Everybody has uploaded, a backup holds it, units have heard so; what is sold since then no backup holds yet."""
    for machine in world.machines:
        await machine.contact()
    await verified_backup(world, rng)
    await sell(world, rng)
    for machine in world.machines:
        await machine.contact()


async def weeks_pass(world: World, rng: Random) -> str | None:
    """Every event ends, weeks go by, units hear of the hub again and forget what they may; a new event begins."""
    if world.caused["weeks passed"] or len(world.events) > EVENTS_BEFORE:
        return None
    # A hub that was put back may refuse to close the second event after the first is closed.
    world.explained.add(("late_sale", None))
    if rng.random() < ORDERLY_SHARE:
        await _orderly_end(world, rng)
    try:
        for event in world.events:
            await world.hub.running.do(CloseEvent(command_id=uuid4(), event_id=event))
    except Refusal:
        return None
    days = rng.choice(WEEKS_DAYS)
    world.pass_time(days * DAY_MS)
    gone = 0
    for _ in range(2):
        world.pass_time(MINUTE_MS)
        for machine in world.machines:
            await machine.contact()
            try:
                went = await machine.purge()
            except StorageFault:
                continue
            gone += went
            await forgot_what_is_proven(world, machine)
    world.caused["weeks passed"] += 1
    world.caused["entries purged"] += gone
    opened = await open_event(world, rng)
    return f"{days} days pass, units forget {gone} entries; {opened}"


EVENTS_BEFORE = 2
OPERATIONS = (
    Operation("verified backup", verified_backup, 2),
    Operation("weeks pass", weeks_pass, 2),
)
