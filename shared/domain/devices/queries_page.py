"""What pages and the API read about devices: a unit's own history, and at the hub those of all units.

A hub shows a unit's devices of the last epoch that had any, of the history that it knew first; every incident of every
epoch can be found by its time (GLI-31 5.6.2).
"""

from uuid import UUID

import msgspec
from sqlalchemy import BindParameter, and_, bindparam, func, or_, select

from shared.domain.devices.queries import DEVICE_ID, device, opening, slip, trouble
from shared.domain.raffle.queries import ORG, mine, sale
from shared.pipeline.queries import Query

DEVICES_READ = 10_000
HAPPENINGS_MAX = 1_000


class TroubleLine(msgspec.Struct, frozen=True):
    """A trouble, open while `ended_ms` is empty; instants in ms UTC."""

    node_id: UUID
    epoch: int
    device_id: UUID
    trouble: str
    since_ms: int
    ended_ms: int | None
    job_id: UUID | None


class SlipLine(msgspec.Struct, frozen=True):
    """A slip that was `reprinted` (`times`), `voided` or `confirmed`; by rule where `person_id` is empty."""

    node_id: UUID
    epoch: int
    seq: int
    what: str
    role: str
    job_id: UUID
    entity_id: UUID
    device_id: UUID | None
    person_id: UUID | None
    reason: str
    times: int
    at_ms: int


class OpeningLine(msgspec.Struct, frozen=True):
    """An opening of a cash drawer."""

    node_id: UUID
    epoch: int
    seq: int
    device_id: UUID
    sale_id: UUID | None
    opened_by: UUID
    reason: str
    at_ms: int


class ShownOpening(OpeningLine, frozen=True):
    """An opening with its sale: how many tickets, for how much; empty without one, and once it was purged."""

    ticket_count: int | None
    amount_minor: int | None
    currency: str | None


class PlacedDevice(msgspec.Struct, frozen=True):
    """A device in use, and whose it is; `roles_text` has commas between."""

    node_id: UUID
    epoch: int
    device_id: UUID
    kind: str
    name: str
    profile: str
    line: str
    roles_text: str
    fallback_id: UUID | None
    firmware: str
    out_since_ms: int | None = None
    out_by: UUID | None = None


class OpeningCount(msgspec.Struct, frozen=True):
    """How often a drawer opened since a moment, and how often of these without a cash sale."""

    node_id: UUID
    device_id: UUID
    count: int
    without_sale: int


class TroubleCount(msgspec.Struct, frozen=True):
    """How often a device was in a trouble since a moment, and when that began and ended last."""

    node_id: UUID
    device_id: UUID
    trouble: str
    count: int
    since_ms: int
    ended_ms: int | None


t, s, o, d, x = trouble.c, slip.c, opening.c, device.c, sale.c
_its_sale = and_(
    *(x[name] == o[name] for name in ("org_id", "node_id", "epoch", "branch")),
    x.sale_id == o.sale_id,
)
_trouble = select(t.node_id, t.epoch, t.device_id, t.trouble, t.since_ms, t.ended_ms, t.job_id)
_newest_trouble = (t.since_ms.desc(), t.node_id, t.seq.desc())
HISTORY = Query(
    _trouble.where(*mine(trouble), t.device_id == DEVICE_ID).order_by(*_newest_trouble).limit(bindparam("most")),
    TroubleLine,
)
"""What went wrong with one of this unit's devices, the newest first."""
_last = device.alias("last")
_newest_epoch = (
    select(func.max(_last.c.epoch))
    .where(_last.c.org_id == d.org_id, _last.c.node_id == d.node_id, _last.c.branch == 0)
    .scalar_subquery()
)
_in_use = and_(d.org_id == ORG, d.branch == 0, d.in_use, d.epoch == _newest_epoch)
INVENTORY = Query(
    select(
        d.node_id, d.epoch, d.device_id, d.kind, d.name, d.profile, d.line, d.roles, d.fallback_id, d.firmware,
        d.out_since_ms, d.out_by,
    ).where(_in_use).order_by(d.node_id, d.kind, d.name, d.device_id).limit(bindparam("most")),
    PlacedDevice,
)  # fmt: skip
_same_device = and_(
    t.org_id == d.org_id,
    t.node_id == d.node_id,
    t.epoch == d.epoch,
    t.branch == d.branch,
    t.device_id == d.device_id,
)
TROUBLES_NOW = Query(
    _trouble.join_from(device, trouble, _same_device).where(_in_use, t.ended_ms.is_(None)).order_by(*_newest_trouble),
    TroubleLine,
)
"""Open troubles of the devices of the inventory."""
TROUBLES_COUNTED = Query(
    select(t.node_id, t.device_id, t.trouble, func.count(), func.max(t.since_ms), func.max(t.ended_ms))
    .where(t.org_id == ORG, t.branch == 0, t.since_ms >= bindparam("since_ms"))
    .group_by(t.node_id, t.device_id, t.trouble),
    TroubleCount,
)
_from: BindParameter[int] = bindparam("from_ms")
_to: BindParameter[int] = bindparam("to_ms")
_most: BindParameter[int] = bindparam("most")
TROUBLES_BETWEEN = Query(
    _trouble.where(t.org_id == ORG, t.since_ms >= _from, t.since_ms < _to).order_by(*_newest_trouble).limit(_most),
    TroubleLine,
)
_slip = select(
    s.node_id, s.epoch, s.seq, s.what, s.role, s.job_id, s.entity_id, s.device_id, s.person_id, s.reason, s.times,
    s.at_ms,
)  # fmt: skip
_newest_slip = (s.at_ms.desc(), s.node_id, s.seq.desc())
SLIPS_BETWEEN = Query(
    _slip.where(s.org_id == ORG, s.at_ms >= _from, s.at_ms < _to).order_by(*_newest_slip).limit(_most), SlipLine
)
SLIPS_OF_DEVICE = Query(
    _slip.where(*mine(slip), s.device_id == DEVICE_ID).order_by(*_newest_slip).limit(_most), SlipLine
)
"""What became of slips at one of this unit's printers, the newest first."""
_any_opening = select(o.node_id, o.epoch, o.seq, o.device_id, o.sale_id, o.opened_by, o.reason, o.at_ms)
_opening = _any_opening.where(o.org_id == ORG, o.at_ms >= _from, o.at_ms < _to)
_newest_opening = (o.at_ms.desc(), o.node_id, o.seq.desc())
OPENINGS_OF_DEVICE = Query(
    _any_opening.where(*mine(opening), o.device_id == DEVICE_ID).order_by(*_newest_opening).limit(_most), OpeningLine
)
"""How one of this unit's drawers was opened, the newest first."""
_with_sale = (
    select(
        o.node_id, o.epoch, o.seq, o.device_id, o.sale_id, o.opened_by, o.reason, o.at_ms,
        x.ticket_count, x.amount_minor, x.currency,
    ).select_from(opening.outerjoin(sale, _its_sale))
    .where(o.org_id == ORG, o.at_ms >= _from, o.at_ms < _to)
)  # fmt: skip
OPENINGS_SHOWN = Query(_with_sale.order_by(*_newest_opening).limit(_most), ShownOpening)
"""Openings with the sale they belong to, where that is known still."""
OPENINGS_OF_UNIT = Query(
    _with_sale.where(o.node_id == bindparam("unit_id")).order_by(*_newest_opening).limit(_most), ShownOpening
)
"""The same of one unit, however many there are elsewhere."""
OPENINGS_COUNTED = Query(
    select(o.node_id, o.device_id, func.count(), func.count().filter(or_(o.sale_id.is_(None), o.reason != "")))
    .where(o.org_id == ORG, o.branch == 0, o.at_ms >= bindparam("since_ms"))
    .group_by(o.node_id, o.device_id),
    OpeningCount,
)
OPENINGS_BETWEEN = Query(_opening.order_by(*_newest_opening).limit(_most), OpeningLine)
OPENINGS_WITHOUT_SALE = Query(
    _opening.where(or_(o.sale_id.is_(None), o.reason != "")).order_by(*_newest_opening).limit(_most), OpeningLine
)
"""Those for which somebody had to give a reason."""
