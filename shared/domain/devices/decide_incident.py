"""What is recorded when devices are in trouble, slips come out twice or not at all, and drawers open; pure."""

from collections.abc import Iterable
from uuid import UUID

from shared.domain.devices.commands import (
    NoteDeviceTrouble,
    NoteDeviceWell,
    NoteSlipConfirmed,
    NoteSlipReprinted,
    NoteSlipVoided,
    OpenDrawer,
)
from shared.domain.devices.errors import (
    DeviceTextUnreadable,
    DrawerReasonNeeded,
    NotADrawer,
    NotAtTheDrawer,
    NotWorkingHere,
    SlipIsVoid,
    SupervisorNeeded,
    UnknownDevice,
)
from shared.domain.devices.facts import (
    DrawerOpened,
    SlipConfirmed,
    SlipReprinted,
    SlipVoided,
    TroubleBegan,
    TroubleEnded,
)
from shared.domain.devices.state import (
    CUT_SHORT,
    REASON_LETTERS_MAX,
    REASON_LETTERS_MIN,
    ROLES,
    TROUBLES,
    DrawerState,
    Equipment,
    OpenTrouble,
    SlipState,
)
from shared.domain.identity import SELLS, SUPERVISES, Standing
from shared.journal.entry import Fact
from shared.pipeline.command import Given


def decide_note_device_trouble(order: NoteDeviceTrouble, state: Equipment, given: Given) -> list[Fact]:
    """A trouble begins once, however often it is told; another state of the device ends the one before."""
    assert order.trouble in TROUBLES, order.trouble
    if state.find(order.device_id) is None:
        raise UnknownDevice
    cut_short = order.trouble == CUT_SHORT
    beside = [one for one in state.troubles if (one.trouble == CUT_SHORT) == cut_short]
    if any(one.trouble == order.trouble and (not cut_short or one.job_id == order.job_id) for one in beside):
        return []
    began = TroubleBegan(
        device_id=order.device_id, trouble_id=given.new_id(), trouble=order.trouble, job_id=order.job_id
    )
    return [*([] if cut_short else ended(beside)), began]


def decide_note_device_well(_order: NoteDeviceWell, state: Equipment, _given: Given) -> list[Fact]:
    """All its troubles are over; a device that was well, or is out of use, stays as it is."""
    return ended(state.troubles)


def decide_note_slip_reprinted(order: NoteSlipReprinted, state: SlipState, _given: Given) -> list[Fact]:
    """A slip may come out again, with REPRINT on it; a counterfoil only by a supervisor."""
    assert order.role in ROLES, order.role
    _works_here(order.actor, state.person)
    if state.is_void:
        raise SlipIsVoid
    if order.role == "counterfoil" and (state.person is None or state.person.role not in SUPERVISES):
        raise SupervisorNeeded
    reprinted = SlipReprinted(
        job_id=order.job_id,
        entity_id=order.entity_id,
        role=order.role,
        device_id=order.device_id,
        reason=reason_of(order.reason),
        person_id=order.actor,
        times=state.reprinted + 1,
    )
    return [*ended(state.troubles), reprinted]


def decide_note_slip_confirmed(order: NoteSlipConfirmed, state: SlipState, _given: Given) -> list[Fact]:
    """A person saw it; what is void stays so."""
    assert order.role in ROLES, order.role
    _works_here(order.actor, state.person)
    if state.is_void:
        return []
    confirmed = SlipConfirmed(
        job_id=order.job_id,
        entity_id=order.entity_id,
        role=order.role,
        device_id=order.device_id,
        reason=reason_of(order.reason),
        person_id=order.actor,
    )
    return [*ended(state.troubles), confirmed]


def decide_note_slip_voided(order: NoteSlipVoided, state: SlipState, _given: Given) -> list[Fact]:
    """A slip is voided once."""
    assert order.role in ROLES, order.role
    _works_here(order.actor, state.person)
    if state.is_void:
        return []
    voided = SlipVoided(
        job_id=order.job_id,
        entity_id=order.entity_id,
        role=order.role,
        device_id=order.device_id,
        reason=reason_of(order.reason),
        person_id=order.actor,
    )
    return [*ended(state.troubles), voided]


def decide_open_drawer(order: OpenDrawer, state: DrawerState, _given: Given) -> list[Fact]:
    """A cash sale opens the drawer once; every other opening needs a reason."""
    device, person = state.device, state.person
    if device is None or not device.in_use:
        raise UnknownDevice
    if device.kind != "drawer":
        raise NotADrawer(name=device.name)
    if order.actor is None or person is None or not person.active or person.role not in SELLS:
        raise NotAtTheDrawer
    reason = reason_of(order.reason)
    if not state.opens_by_sale and len(reason) < REASON_LETTERS_MIN:
        raise DrawerReasonNeeded(minimum=REASON_LETTERS_MIN)
    return [DrawerOpened(device_id=device.device_id, sale_id=order.sale_id, reason=reason, opened_by=order.actor)]


def ended(troubles: Iterable[OpenTrouble]) -> list[Fact]:
    """The end of each of these."""
    return [
        TroubleEnded(
            device_id=one.device_id,
            trouble_id=one.trouble_id,
            trouble=one.trouble,
            job_id=one.job_id,
            since_ms=one.since_ms,
        )
        for one in troubles
    ]


def reason_of(text: str) -> str:
    """The reason without blanks around it; DeviceTextUnreadable when nobody could read it again."""
    text = text.strip()
    if len(text) > REASON_LETTERS_MAX or not text.isprintable():
        raise DeviceTextUnreadable(what="The reason", maximum=REASON_LETTERS_MAX)
    return text


def _works_here(actor: UUID | None, person: Standing | None) -> None:
    """The unit itself prints again by rule, without an actor."""
    if actor is not None and (person is None or not person.active):
        raise NotWorkingHere
