"""The devices of the bar at Harbour Stand: values, changed one at a time by a test."""

from typing import Any
from uuid import UUID

import msgspec

from shared.domain.devices.commands import (
    AddDevice,
    ChangeDevice,
    NoteSlipConfirmed,
    NoteSlipReprinted,
    NoteSlipVoided,
    OpenDrawer,
    ServeDevice,
)
from shared.domain.devices.state import DeviceCard, DrawerState, Equipment, OpenTrouble, SlipState
from shared.domain.identity import Standing
from shared.journal.entry import Fact
from tests.slices.raffle.counter import given_at

MARA, INES = UUID(int=0x31), UUID(int=0x32)
SELLER, SUPERVISOR = Standing(MARA, "seller", True), Standing(INES, "supervisor", True)
GONE = Standing(MARA, "supervisor", False)
BAR, BACK, DRAWER = UUID(int=0x41), UUID(int=0x42), UUID(int=0x43)
JOB, SALE = UUID(int=0x51), UUID(int=0x52)
GIVEN = given_at()
PRINTER = DeviceCard(
    BAR, "printer", "Bar printer", "epson-tm-t88v", "tcp:10.0.0.7:9100", "ticket,receipt", None, "2.01"
)
SPARE = DeviceCard(BACK, "printer", "Back room", "virtual-58", "virtual", "report", BAR, "")
CASH = DeviceCard(DRAWER, "drawer", "Cash drawer", "printer-driven", "none", "", None, "")
HERE = Equipment((PRINTER, SPARE, CASH), (), SELLER)
ADD = AddDevice(
    command_id=UUID(int=1), actor=MARA, kind="printer", name="Gate", profile="virtual-80", line="tcp:10.0.0.8:9100"
)
PAPER_OUT = OpenTrouble(UUID(int=0x61), BAR, "paper_out", 1_000, JOB)
CUT_SHORT = OpenTrouble(UUID(int=0x62), BAR, "interrupted", 1_000, JOB)
OPEN = OpenDrawer(command_id=UUID(int=2), actor=MARA, device_id=DRAWER)
AT_THE_DRAWER = DrawerState(CASH, SELLER)
_SLIP: dict[str, Any] = {"command_id": UUID(int=3), "job_id": JOB, "entity_id": SALE, "device_id": BAR}
replace = msgspec.structs.replace


def add(**other: Any) -> AddDevice:
    """A printer at the gate, unless `other` says otherwise."""
    return replace(ADD, **other)


def change(card: DeviceCard, **other: Any) -> ChangeDevice:
    """The device as it is, but for `other`."""
    fields = msgspec.structs.asdict(card) | {"roles": card.roles} | other
    names = {"device_id", "name", "profile", "line", "roles", "fallback_id", "firmware", "take_over"}
    known = {name: value for name, value in fields.items() if name in names}
    return ChangeDevice(command_id=UUID(int=4), actor=MARA, **known)


def reprint(role: str = "ticket", actor: UUID | None = MARA, reason: str = "torn") -> NoteSlipReprinted:
    """Print the slip again."""
    return NoteSlipReprinted(**_SLIP, actor=actor, role=role, reason=reason)


def void(role: str = "ticket", actor: UUID | None = MARA) -> NoteSlipVoided:
    """The slip counts no more."""
    return NoteSlipVoided(**_SLIP, actor=actor, role=role, reason="buyer gone")


def confirm(role: str = "ticket", actor: UUID | None = MARA) -> NoteSlipConfirmed:
    """Somebody saw that it came out."""
    return NoteSlipConfirmed(**_SLIP, actor=actor, role=role, reason="seen whole")


def serve(on: bool, device_id: UUID = BAR) -> ServeDevice:
    """Into service, or out of it."""
    return ServeDevice(command_id=UUID(int=5), actor=MARA, device_id=device_id, on=on)


def slip(person: Standing | None = SELLER, **other: Any) -> SlipState:
    """A slip of which nothing is known but who asks about it."""
    return replace(SlipState(person=person), **other)


def after(devices: tuple[DeviceCard, ...], facts: list[Fact]) -> tuple[DeviceCard, ...]:
    """The devices once these facts have happened, by the same words as their rows."""
    known = {one.device_id: one for one in devices}
    for fact in facts:
        if fact.TYPE in {"devices.device_added", "devices.device_changed", "devices.device_removed"}:
            said = msgspec.structs.asdict(fact)
            said.pop("unserved", None)
            said["roles_text"] = ",".join(said.pop("roles"))
            card = DeviceCard(**said, in_use=fact.TYPE != "devices.device_removed")
            known[card.device_id] = card
    return tuple(known.values())
