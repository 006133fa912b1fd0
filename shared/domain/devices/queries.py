"""What decisions about devices read, and what a unit is set up by. (What pages read: `queries_page`.)"""

from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select

from shared.domain.devices.commands import (
    AddDevice,
    ChangeDevice,
    KeepDevices,
    NoteDeviceTrouble,
    NoteDeviceWell,
    NoteSlipConfirmed,
    NoteSlipReprinted,
    NoteSlipVoided,
    OpenDrawer,
    RemoveDevice,
    ServeDevice,
)
from shared.domain.devices.rows import DeviceRow, DeviceTroubleRow, DrawerOpeningRow, SlipRow
from shared.domain.devices.state import CUT_SHORT, DeviceCard, DrawerState, Equipment, KeepState, OpenTrouble, SlipState
from shared.domain.identity import Standing
from shared.domain.identity import queries as identity
from shared.domain.raffle import queries as raffle
from shared.domain.raffle.queries import ORG, mine
from shared.pipeline.command import Given
from shared.pipeline.queries import Load, Query
from shared.pipeline.tables import Id, table

device, trouble, slip, opening = map(table, (DeviceRow, DeviceTroubleRow, SlipRow, DrawerOpeningRow))
NODE = bindparam("node_id", type_=Id())
DEVICE_ID = bindparam("device_id", type_=Id())
JOB_ID = bindparam("job_id", type_=Id())


class SlipCount(msgspec.Struct, frozen=True):
    """How often a slip was reprinted, and how often voided."""

    reprinted: int
    voided: int


class Seq(msgspec.Struct, frozen=True):
    """One entry's place."""

    seq: int


d = device.c
_card_columns = (
    *(d.device_id, d.kind, d.name, d.profile, d.line, d.roles, d.fallback_id, d.firmware, d.in_use),
    *(d.out_since_ms, d.out_by),
)
_cards = select(*_card_columns).where(*mine(device)).order_by(d.name, d.device_id)
DEVICES_KNOWN = Query(_cards, DeviceCard)
"""All devices of this unit's epoch, those out of use too."""
DEVICES = Query(_cards.where(d.in_use), DeviceCard)
"""The devices that this unit has: what its desk is made of."""
DEVICE = Query(_cards.where(d.device_id == DEVICE_ID), DeviceCard)
_before = (
    select(func.max(d.epoch))
    .where(d.org_id == ORG, d.node_id == NODE, d.epoch < bindparam("epoch"), d.branch == 0)
    .scalar_subquery()
)
FORMER_DEVICES = Query(
    select(*_card_columns)
    .where(d.org_id == ORG, d.node_id == NODE, d.epoch == _before, d.branch == 0, d.in_use)
    .order_by(d.name, d.device_id),
    DeviceCard,
)
"""The devices in use at the end of the last epoch of this unit that had any."""
FORMER_KNOWN = Query(
    select(*_card_columns).where(d.org_id == ORG, d.node_id == NODE, d.epoch == _before, d.branch == 0), DeviceCard
)
"""All devices of that epoch, removed ones too."""
t = trouble.c
_open = (
    select(t.trouble_id, t.device_id, t.trouble, t.since_ms, t.job_id)
    .where(*mine(trouble), t.ended_ms.is_(None))
    .order_by(t.since_ms, t.trouble_id)
)
TROUBLES_OPEN = Query(_open, OpenTrouble)
TROUBLES_OF_DEVICE = Query(_open.where(t.device_id == DEVICE_ID), OpenTrouble)
TROUBLES_OF_SLIP = Query(_open.where(t.job_id == JOB_ID, t.trouble == CUT_SHORT), OpenTrouble)
s = slip.c
SLIP_COUNT = Query(
    select(
        func.count().filter(s.what == "reprinted"),
        func.count().filter(s.what == "voided"),
    ).where(*mine(slip), s.job_id == JOB_ID),
    SlipCount,
)
OPENED_FOR_SALE = Query(
    select(opening.c.seq).where(*mine(opening), opening.c.sale_id == bindparam("sale_id", type_=Id())).limit(1), Seq
)


def load_equipment(order: AddDevice | ChangeDevice | ServeDevice, _given: Given) -> Load[Equipment]:
    """All devices, and who orders."""
    devices = yield from DEVICES_KNOWN.many()
    return Equipment(tuple(devices), (), (yield from _person(order.actor)))


def load_removal(order: RemoveDevice, _given: Given) -> Load[Equipment]:
    """All devices, the troubles of this one, and who orders."""
    devices = yield from DEVICES_KNOWN.many()
    troubles = yield from TROUBLES_OF_DEVICE.many(device_id=order.device_id)
    return Equipment(tuple(devices), tuple(troubles), (yield from _person(order.actor)))


def load_device(order: NoteDeviceTrouble | NoteDeviceWell, _given: Given) -> Load[Equipment]:
    """The device and its troubles."""
    known = yield from DEVICE.one(device_id=order.device_id)
    troubles = yield from TROUBLES_OF_DEVICE.many(device_id=order.device_id)
    return Equipment((known,) if known else (), tuple(troubles))


def load_keep(_order: KeepDevices, _given: Given) -> Load[KeepState]:
    """Whether there are devices in this epoch, and what the one before had."""
    if (yield from DEVICES_KNOWN.one()) is not None:
        return KeepState(has_any=True)
    return KeepState(False, tuple((yield from FORMER_DEVICES.many())))


def load_slip(order: NoteSlipReprinted | NoteSlipVoided | NoteSlipConfirmed, _given: Given) -> Load[SlipState]:
    """What happened to the slip before, its troubles, and who orders."""
    count = yield from SLIP_COUNT.one(job_id=order.job_id)
    assert count is not None, "a count is always one row"
    troubles = yield from TROUBLES_OF_SLIP.many(job_id=order.job_id)
    return SlipState(count.reprinted, count.voided > 0, tuple(troubles), (yield from _person(order.actor)))


def load_drawer(order: OpenDrawer, _given: Given) -> Load[DrawerState]:
    """The drawer, who orders, and whether the sale opens it."""
    known = yield from DEVICE.one(device_id=order.device_id)
    return DrawerState(known, (yield from _person(order.actor)), (yield from _opens(order.sale_id)))


def _opens(sale_id: UUID | None) -> Load[bool]:
    sale = (yield from raffle.PAST_SALE.one(sale_id=sale_id)) if sale_id else None
    if sale is None or sale.tender != "cash":
        return False
    return (yield from OPENED_FOR_SALE.one(sale_id=sale_id)) is None


def _person(actor: UUID | None) -> Load[Standing | None]:
    return (yield from identity.STANDING.one(staff_id=actor)) if actor else None
