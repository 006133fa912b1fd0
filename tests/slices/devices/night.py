"""The devices of a handheld on an evening in SQLite: a printer and a drawer, and one thing that happens to them."""

import contextlib
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
from shared.kernel.errors import Refusal
from shared.pipeline.command import Command
from tests.support.evening import Evening, Node

PRINTER, SPARE, DRAWER = UUID(int=0x71), UUID(int=0x72), UUID(int=0x73)


def equip(night: Evening, unit: Node, much: int, sale_id: UUID | None = None) -> None:
    """Set the devices up where there are none yet, then do the `much`-th thing; a refused one does not happen."""
    new, seller = unit.dice.id, night.seller_id
    for device_id, kind, line, roles in (
        (PRINTER, "printer", "tcp:10.0.0.7:9100", ("ticket", "receipt")),
        (DRAWER, "drawer", "none", ()),
        (SPARE, "printer", "virtual", ()),
    ):
        order = AddDevice(
            command_id=new(), device_id=device_id, kind=kind, name=kind, profile="virtual-80", line=line, roles=roles
        )
        _try(unit, order)
    job = UUID(int=0x80 + much)
    happens: tuple[Command, ...] = (
        NoteDeviceTrouble(command_id=new(), device_id=PRINTER, trouble="paper_out", job_id=job),
        NoteDeviceTrouble(command_id=new(), device_id=PRINTER, trouble="interrupted", job_id=job),
        NoteDeviceWell(command_id=new(), device_id=PRINTER),
        NoteSlipReprinted(command_id=new(), actor=seller, job_id=job, entity_id=job, role="ticket"),
        OpenDrawer(command_id=new(), actor=seller, device_id=DRAWER, sale_id=sale_id, reason="a look"),
        NoteSlipVoided(command_id=new(), actor=seller, job_id=job, entity_id=job, role="ticket", device_id=PRINTER),
        ChangeDevice(
            command_id=new(), device_id=SPARE, name="Spare", profile="virtual-58", line="virtual", roles=("report",)
        ),
        ServeDevice(command_id=new(), actor=seller, device_id=PRINTER, on=False),
        NoteSlipConfirmed(command_id=new(), actor=seller, job_id=job, entity_id=job, role="ticket", device_id=PRINTER),
        RemoveDevice(command_id=new(), device_id=SPARE),
    )
    _try(unit, happens[much % len(happens)])


def _try(unit: Node, order: Command) -> None:
    with contextlib.suppress(Refusal):
        unit.do(order)
