"""Each refusal of devices, once, as it really happens."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from shared.domain.devices import decide, decide_incident, errors
from shared.domain.devices.commands import NoteDeviceTrouble, RemoveDevice
from shared.domain.devices.state import DEVICES_MAX, Equipment, SlipState
from shared.kernel.errors import Refusal
from tests.slices.devices import bar
from tests.slices.devices.bar import GIVEN, HERE, PRINTER, SPARE, add, change, replace

NOBODY = replace(HERE, person=bar.GONE)
MANY = Equipment(
    tuple(replace(PRINTER, device_id=UUID(int=100 + place), line="none") for place in range(DEVICES_MAX)),
    person=bar.SELLER,
)
NOT_HERE = NoteDeviceTrouble(command_id=UUID(int=5), device_id=UUID(int=6), trouble="absent")
WRONG_DRAWER = replace(bar.AT_THE_DRAWER, device=PRINTER)
DEALER = replace(bar.AT_THE_DRAWER, person=replace(bar.SELLER, role="dealer"))
REMOVE_UNKNOWN = RemoveDevice(command_id=UUID(int=5), device_id=UUID(int=6))


def _add(**other: Any) -> Callable[[], object]:
    return lambda: decide.decide_add_device(add(**other), HERE, GIVEN)


def _reprint(role: str, state: SlipState) -> Callable[[], object]:
    return lambda: decide_incident.decide_note_slip_reprinted(bar.reprint(role), state, GIVEN)


REFUSED: list[tuple[type[Refusal], Callable[[], object]]] = [
    (errors.UnknownDevice, lambda: decide_incident.decide_note_device_trouble(NOT_HERE, HERE, GIVEN)),
    (errors.UnknownDevice, lambda: decide.decide_remove_device(REMOVE_UNKNOWN, HERE, GIVEN)),
    (errors.DeviceExists, _add(device_id=bar.BAR)),
    (errors.SameLine, _add(line=PRINTER.line)),
    (errors.UnknownKind, _add(kind="toaster")),
    (errors.UnknownRole, _add(roles=("love letter",))),
    (errors.UnknownRole, _add(kind="scanner", roles=("ticket",))),
    *((errors.RoleHeld, _add(roles=(role,))) for role in ("ticket", "receipt", "report")),
    (errors.FallbackWrong, lambda: decide.decide_change_device(change(SPARE, fallback_id=bar.BACK), HERE, GIVEN)),
    (errors.FallbackWrong, _add(fallback_id=UUID(int=6))),
    (errors.FallbackWrong, _add(fallback_id=bar.DRAWER)),
    (errors.DeviceNameNeeded, _add(name=" ")),
    *((errors.DeviceTextUnreadable, _add(**{field: "\x07"})) for field in ("profile", "line", "firmware")),
    (errors.TooManyDevices, lambda: decide.decide_add_device(add(), MANY, GIVEN)),
    (errors.NotWorkingHere, lambda: decide.decide_add_device(add(), NOBODY, GIVEN)),
    (errors.SupervisorNeeded, _reprint("counterfoil", bar.slip())),
    (errors.SlipIsVoid, _reprint("ticket", bar.slip(is_void=True))),
    (errors.NotADrawer, lambda: decide_incident.decide_open_drawer(bar.OPEN, WRONG_DRAWER, GIVEN)),
    (errors.NotAtTheDrawer, lambda: decide_incident.decide_open_drawer(bar.OPEN, DEALER, GIVEN)),
    (errors.DrawerReasonNeeded, lambda: decide_incident.decide_open_drawer(bar.OPEN, bar.AT_THE_DRAWER, GIVEN)),
]
