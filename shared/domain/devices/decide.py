"""Which devices a unit has, and who does what; pure. (What goes wrong with them: `decide_incident`.)"""

from typing import Any
from uuid import UUID

import msgspec

from shared.domain.devices.commands import AddDevice, ChangeDevice, KeepDevices, RemoveDevice, ServeDevice
from shared.domain.devices.decide_incident import ended
from shared.domain.devices.errors import (
    DeviceExists,
    DeviceNameNeeded,
    DeviceTextUnreadable,
    FallbackWrong,
    NotWorkingHere,
    RoleHeld,
    SameLine,
    TooManyDevices,
    UnknownDevice,
    UnknownKind,
    UnknownRole,
)
from shared.domain.devices.facts import DeviceAdded, DeviceChanged, DeviceRemoved
from shared.domain.devices.state import (
    DEVICES_MAX,
    KINDS,
    LINE_LETTERS_MAX,
    NAME_LETTERS_MAX,
    ROLES,
    SHARED_LINES,
    SLIPS,
    DeviceCard,
    Equipment,
    KeepState,
    left_unserved,
    roles_text,
)
from shared.journal.entry import Fact
from shared.pipeline.command import Given

SetUp = AddDevice | ChangeDevice


def decide_add_device(order: AddDevice, state: Equipment, given: Given) -> list[Fact]:
    """Take a device into use; roles that it takes over leave their printers in the same step."""
    _may_order(order.actor, state)
    if len(state.used) >= DEVICES_MAX:
        raise TooManyDevices(maximum=DEVICES_MAX)
    if order.kind not in KINDS:
        raise UnknownKind(kinds=f"{', '.join(KINDS[:-1])} or {KINDS[-1]}")
    same = next((one for one in state.devices if one.device_id == order.device_id), None)
    if same is not None:
        raise DeviceExists(name=same.name)
    new = _card(order, order.device_id or given.new_id(), order.kind)
    losing = _fits(order, new, state.used)
    return [*_losing_roles(new, losing), DeviceAdded(**_fields(new))]


def decide_change_device(order: ChangeDevice, state: Equipment, _given: Given) -> list[Fact]:
    """Make it another; what stays as it is, is no fact. Another machine in its place is in service."""
    _may_order(order.actor, state)
    known = _known(order.device_id, state)
    new = _card(order, known.device_id, known.kind)
    if (new.line, new.profile) == (known.line, known.profile):
        new = msgspec.structs.replace(new, out_since_ms=known.out_since_ms, out_by=known.out_by)
    losing = _fits(order, new, tuple(one for one in state.used if one.device_id != known.device_id))
    return [*_losing_roles(new, losing), *([] if new == known else [DeviceChanged(**_fields(new))])]


def decide_serve_device(order: ServeDevice, state: Equipment, given: Given) -> list[Fact]:
    """Into service, or out of it with who and since when; what is so already is no fact."""
    _may_order(order.actor, state)
    known = _known(order.device_id, state)
    if order.on is (known.out_since_ms is None):
        return []
    since_ms, by = (None, None) if order.on else (given.moment.wall_ms, order.actor)
    return [DeviceChanged(**_fields(msgspec.structs.replace(known, out_since_ms=since_ms, out_by=by)))]


def decide_remove_device(order: RemoveDevice, state: Equipment, _given: Given) -> list[Fact]:
    """Take it out of use, also the last printer of tickets: the fact says which slips have no printer then."""
    _may_order(order.actor, state)
    known = _known(order.device_id, state)
    alone = [
        DeviceChanged(**_fields(msgspec.structs.replace(one, fallback_id=None)))
        for one in state.used
        if one.fallback_id == known.device_id and one.device_id != known.device_id
    ]
    gone = DeviceRemoved(**_fields(known), unserved=left_unserved(state.used, known.device_id))
    return [*ended(state.troubles), *alone, gone]


def decide_keep_devices(_order: KeepDevices, state: KeepState, _given: Given) -> list[Fact]:
    """What outlives an epoch is carried over by facts of the next, once."""
    return [] if state.has_any else [DeviceAdded(**_fields(one)) for one in state.former]


def _may_order(actor: UUID | None, state: Equipment) -> None:
    """Anybody who works here may swap a printer in the middle of service; the unit itself may, too."""
    if actor is not None and (state.person is None or not state.person.active):
        raise NotWorkingHere


def _known(device_id: UUID, state: Equipment) -> DeviceCard:
    known = state.find(device_id)
    if known is None:
        raise UnknownDevice
    return known


def _card(order: SetUp, device_id: UUID, kind: str) -> DeviceCard:
    name = order.name.strip()
    if not 0 < len(name) <= NAME_LETTERS_MAX or not name.isprintable():
        raise DeviceNameNeeded(maximum=NAME_LETTERS_MAX)
    if set(order.roles) - set(ROLES) or (order.roles and kind != "printer"):
        raise UnknownRole(roles=", ".join(ROLES))
    return DeviceCard(
        device_id,
        kind,
        name,
        readable("The model", order.profile, least=1),
        readable("The connection", order.line, least=1, most=LINE_LETTERS_MAX),
        roles_text(order.roles),
        order.fallback_id,
        readable("The firmware", order.firmware),
    )


def readable(what: str, text: str, *, least: int = 0, most: int = NAME_LETTERS_MAX) -> str:
    """The text without blanks around it; DeviceTextUnreadable when nobody could read it again."""
    text = text.strip()
    if not least <= len(text) <= most or not text.isprintable():
        raise DeviceTextUnreadable(what=what, maximum=most)
    return text


def _fits(order: SetUp, new: DeviceCard, others: tuple[DeviceCard, ...]) -> list[DeviceCard]:
    """Whether it can stand beside the others; those that lose roles to it."""
    for one in others:
        if one.line == new.line and new.line.partition(":")[0] not in SHARED_LINES:
            raise SameLine(name=one.name, line=new.line)
    _fallback_stands_in(new, others)
    losing = [one for one in others if set(one.roles) & set(new.roles)]
    if losing and not order.take_over:
        role = next(role for role in new.roles if role in losing[0].roles)
        raise RoleHeld(name=losing[0].name, role=SLIPS[role])
    return losing


def _fallback_stands_in(new: DeviceCard, others: tuple[DeviceCard, ...]) -> None:
    if new.fallback_id is None:
        return
    if new.fallback_id == new.device_id:
        raise FallbackWrong(problem="A device cannot stand in for itself.")
    other = next((one for one in others if one.device_id == new.fallback_id), None)
    if other is None:
        raise FallbackWrong(problem="The chosen fallback is not in use here.")
    if (new.kind, other.kind) != ("printer", "printer"):
        raise FallbackWrong(problem="Only a printer stands in, for another printer.")


def _losing_roles(new: DeviceCard, losing: list[DeviceCard]) -> list[Fact]:
    taken = set(new.roles)
    left = [msgspec.structs.replace(one, roles_text=roles_text(set(one.roles) - taken)) for one in losing]
    return [DeviceChanged(**_fields(one)) for one in left]


def _fields(card: DeviceCard) -> dict[str, Any]:
    return {
        "device_id": card.device_id,
        "kind": card.kind,
        "name": card.name,
        "profile": card.profile,
        "line": card.line,
        "roles": card.roles,
        "fallback_id": card.fallback_id,
        "firmware": card.firmware,
        "out_since_ms": card.out_since_ms,
        "out_by": card.out_by,
    }
