"""Devices of a unit: set up, changed, taken out of use, in trouble; slips printed again or given up; drawers opened."""

from random import Random
from uuid import UUID

from shared.domain.devices.commands import (
    AddDevice,
    ChangeDevice,
    NoteDeviceTrouble,
    NoteDeviceWell,
    NoteSlipConfirmed,
    NoteSlipReprinted,
    NoteSlipVoided,
    OpenDrawer,
    RemoveDevice,
    ServeDevice,
)
from shared.domain.devices.queries import DEVICES
from shared.domain.devices.state import CUT_SHORT, KINDS, ROLES, TROUBLES, DeviceCard
from shared.kernel.errors import Refusal, StorageFault
from shared.pipeline.command import Command
from tests.simulation.machine import Machine
from tests.simulation.world import Operation, World

SLIPS = "SELECT job_id, entity_id, role FROM spool_job ORDER BY rowid"
NAMES = ("Bar", "Door", "Counter", "Stand", "Back office")
LINES = ("virtual", "tcp:10.0.0.7:9100", "tcp:10.0.0.8:9100", "serial:/dev/ttyS0", "usb:/dev/usb/lp0")
REASONS = ("", "torn", "change for the bar")
BY_SELLER_SHARE = 0.6


async def _order(world: World, machine: Machine, order: Command) -> str:
    """Carried out as on the page, or by the unit itself; the refusal, or nothing."""
    if type(order) not in machine.slices.handlers:
        return " (by an older program: not known)"
    try:
        noted = await machine.carry_out(order)
    except Refusal as refusal:
        return f" (refused: {refusal.code})"
    except StorageFault:
        return " (the disk takes no more)"
    for entry in noted:
        world.caused[entry.envelope.type] += 1
    return ""


def _seller(machine: Machine, rng: Random) -> UUID | None:
    """Who orders: a person, or the unit itself."""
    return machine.template.seller_id if rng.random() < BY_SELLER_SHARE else None


async def devices_of(machine: Machine) -> list[DeviceCard]:
    """What is in use there."""
    return list(await machine.reader.many(DEVICES))


def _roles(kind: str, rng: Random) -> tuple[str, ...]:
    return tuple(role for role in ROLES if rng.random() < 0.5) if kind == "printer" else ()


async def add_device(world: World, rng: Random) -> str | None:
    """A printer, a scanner or a drawer is plugged in."""
    machine, kind = world.any_machine(rng), rng.choice(("printer", *KINDS))
    used = await devices_of(machine)
    order = AddDevice(
        command_id=machine.new_id(), actor=_seller(machine, rng), kind=kind, name=rng.choice(NAMES),
        profile="epson-tm-t88v", line=rng.choice(LINES), roles=_roles(kind, rng), take_over=rng.random() < 0.5,
        fallback_id=rng.choice([None, *(one.device_id for one in used)]),
    )  # fmt: skip
    return f"a {kind} is added to {machine.name}{await _order(world, machine, order)}"


async def change_device(world: World, rng: Random) -> str | None:
    """A device gets another name, line or role, or is swapped for another."""
    machine = world.any_machine(rng)
    used = await devices_of(machine)
    if not used:
        return None
    known = rng.choice(used)
    order = ChangeDevice(
        command_id=machine.new_id(), actor=_seller(machine, rng), device_id=known.device_id, name=rng.choice(NAMES),
        profile=known.profile, line=rng.choice(LINES), roles=_roles(known.kind, rng), take_over=rng.random() < 0.5,
        fallback_id=rng.choice([None, known.fallback_id]),
    )  # fmt: skip
    return f"a {known.kind} of {machine.name} is changed{await _order(world, machine, order)}"


async def remove_device(world: World, rng: Random) -> str | None:
    """A device is taken out of use."""
    machine = world.any_machine(rng)
    used = await devices_of(machine)
    if not used:
        return None
    known = rng.choice(used)
    order = RemoveDevice(command_id=machine.new_id(), actor=_seller(machine, rng), device_id=known.device_id)
    return f"a {known.kind} of {machine.name} is taken out of use{await _order(world, machine, order)}"


async def serve_device(world: World, rng: Random) -> str | None:
    """A device is put out of service for a while, or into it again."""
    machine = world.any_machine(rng)
    used = await devices_of(machine)
    if not used:
        return None
    known, on = rng.choice(used), rng.random() < 0.5
    order = ServeDevice(command_id=machine.new_id(), actor=_seller(machine, rng), device_id=known.device_id, on=on)
    said = await _order(world, machine, order)
    return f"a {known.kind} of {machine.name} is put {'into' if on else 'out of'} service{said}"


async def device_trouble(world: World, rng: Random) -> str | None:
    """Devices run out of paper, fall silent, cut slips short, and are well again; the unit writes it down."""
    machine, said = world.any_machine(rng), list[str]()
    used, slips = await devices_of(machine), await machine.reader.values(SLIPS)
    if not used:
        return None
    for _ in range(rng.randrange(1, 4)):
        known, trouble = rng.choice(used), rng.choice((*TROUBLES, "well"))
        job = rng.choice([None, *(UUID(bytes=row[0]) for row in slips)])
        order: Command = NoteDeviceTrouble(
            command_id=machine.new_id(), device_id=known.device_id, trouble=trouble, job_id=job
        )
        if trouble == "well":
            order = NoteDeviceWell(command_id=machine.new_id(), device_id=known.device_id)
        elif trouble == CUT_SHORT and job is None:
            continue
        said.append(f"{known.kind} {trouble}{await _order(world, machine, order)}")
    return f"{machine.name}: {', '.join(said)}" if said else None


async def slip_answered(world: World, rng: Random) -> str | None:
    """A slip comes out once more, was there all the time, or is given up: a person says so, or the unit itself."""
    machine = world.any_machine(rng)
    slips = await machine.reader.values(SLIPS)
    if not slips:
        return None
    job_id, entity_id, role = slips[int(rng.random() * len(slips))]
    kind = rng.choice((NoteSlipReprinted, NoteSlipReprinted, NoteSlipVoided, NoteSlipConfirmed))
    order = kind(
        command_id=machine.new_id(), actor=_seller(machine, rng), job_id=UUID(bytes=job_id),
        entity_id=UUID(bytes=entity_id), role=role, reason=rng.choice(REASONS),
    )  # fmt: skip
    said = await _order(world, machine, order)
    became = {NoteSlipReprinted: "printed again", NoteSlipVoided: "given up", NoteSlipConfirmed: "seen to be there"}
    return f"a slip of {machine.name} is {became[kind]}{said}"


async def open_drawer(world: World, rng: Random) -> str | None:
    """A cash drawer opens: with a sale, once each, or for a reason."""
    machine = world.any_machine(rng)
    drawers = [one for one in await devices_of(machine) if one.kind == "drawer"]
    if not drawers:
        return None
    sales = [one.sale_id for one in machine.told[-3:]]
    order = OpenDrawer(
        command_id=machine.new_id(), actor=machine.template.seller_id, device_id=rng.choice(drawers).device_id,
        sale_id=rng.choice([None, *sales]), reason=rng.choice(REASONS),
    )  # fmt: skip
    return f"a drawer of {machine.name} is opened{await _order(world, machine, order)}"


OPERATIONS = (
    Operation("add device", add_device, 5, 2),
    Operation("change device", change_device, 3, 1),
    Operation("remove device", remove_device, 1),
    Operation("serve device", serve_device, 2),
    Operation("device in trouble", device_trouble, 5, 2),
    Operation("slip answered", slip_answered, 3, 1),
    Operation("open drawer", open_drawer, 3, 2),
)
