"""What identity reads."""

from uuid import UUID

import msgspec
from sqlalchemy import LargeBinary, bindparam, select

from shared.domain.identity.commands import (
    ConfirmClock,
    DeclareUnitLost,
    DisableUnit,
    DismissStaff,
    EnableUnit,
    EndRecovery,
    EnrolUnit,
    FoundOrganization,
    HireStaff,
    OpenHubEpoch,
    OpenPairing,
    OpenVenue,
    PauseUnit,
    RecoverUnit,
    RenewCertificate,
    ReportClockJump,
    ResumeUnit,
    RevokeUnit,
    SetSlipText,
    StopEpoch,
    TakeHubTime,
)
from shared.domain.identity.rows import (
    BadgeRow,
    ClockEventRow,
    OrganizationRow,
    PairingRow,
    SlipTextRow,
    StaffRow,
    UnitEpochRow,
    UnitRow,
    VenueRow,
)
from shared.domain.identity.state import House, PairingCard, SlipTextCard, Standing, UnitCard, VenueCard
from shared.pipeline.command import Given
from shared.pipeline.queries import Load, Query
from shared.pipeline.tables import Id, table

organization, venue, staff, unit, badge = map(table, (OrganizationRow, VenueRow, StaffRow, UnitRow, BadgeRow))
pairing, unit_epoch, slip_text = map(table, (PairingRow, UnitEpochRow, SlipTextRow))
MINE = bindparam("org_id", type_=Id())


class OrganizationCard(msgspec.Struct, frozen=True):
    """The organisation as tickets and pages name it."""

    name: str
    licence: str
    currency: str
    site: str


class Badge(msgspec.Struct, frozen=True):
    """Who may log in: name, role and PIN hash."""

    staff_id: UUID
    venue_id: UUID | None
    role: str
    name: str
    pin_hash: str
    active: bool


o = organization.c
ORGANIZATION = Query(select(o.name, o.licence, o.currency, o.site).where(o.org_id == MINE), OrganizationCard)
t = slip_text.c
SLIP_TEXT = Query(select(t.logo, t.licence_lines, t.responsible_line).where(t.org_id == MINE), SlipTextCard)
v = venue.c
_venue = select(v.venue_id, v.name, v.place, v.zone, v.cutoff_min).where(v.org_id == MINE)
VENUES = Query(_venue.order_by(v.name), VenueCard)
VENUE = Query(_venue.where(v.venue_id == bindparam("venue_id", type_=Id())), VenueCard)


class Zone(msgspec.Struct, frozen=True):
    """A venue's IANA zone."""

    zone: str


ZONE = Query(select(v.zone).where(v.org_id == MINE, v.venue_id == bindparam("venue_id", type_=Id())), Zone, steady=True)
u = unit.c
_unit = select(
    u.unit_id, u.venue_id, u.kind, u.code, u.name, u.sign_key, u.seal_key, u.unit_epoch, u.state, u.paused,
    u.certificate_from_ms, u.certificate_until_ms,
).where(u.org_id == MINE)  # fmt: skip
UNITS = Query(_unit.order_by(u.code), UnitCard)
UNIT = Query(_unit.where(u.unit_id == bindparam("unit_id", type_=Id())), UnitCard)
g = pairing.c
_pairing = select(
    g.pairing_id, g.unit_id, g.venue_id, g.kind, g.code, g.name, g.enable, g.expires_ms, g.state
).where(g.org_id == MINE)  # fmt: skip
PAIRINGS = Query(_pairing.where(g.state == "open", g.expires_ms > bindparam("now_ms")).order_by(g.code), PairingCard)
PAIRING = Query(_pairing.where(g.digest == bindparam("digest", type_=LargeBinary())), PairingCard)
PAIRING_BY_ID = Query(_pairing.where(g.pairing_id == bindparam("pairing_id", type_=Id())), PairingCard)
s = staff.c
_standing = select(s.staff_id, s.role, s.active).where(s.org_id == MINE)
STANDING = Query(_standing.where(s.staff_id == bindparam("staff_id", type_=Id())), Standing, steady=True)
b = badge.c
_badge = (
    select(b.staff_id, b.venue_id, b.role, b.name, b.pin_hash, s.active)
    .join_from(badge, staff, (s.org_id == b.org_id) & (s.staff_id == b.staff_id))
    .where(b.org_id == MINE)
    .order_by(b.name)
)
BADGES = Query(_badge, Badge)
BADGE = Query(_badge.where(b.staff_id == bindparam("staff_id", type_=Id())), Badge)


class ClockEvent(msgspec.Struct, frozen=True):
    """A line about a unit's clock: what, why, which times (ms UTC), who, and when the unit told it."""

    unit_id: UUID
    what: str
    cause: str
    from_ms: int
    to_ms: int
    staff_id: UUID | None
    told_ms: int


CLOCK_EVENTS_MAX = 10
e = table(ClockEventRow).c
_clock_event = select(e.unit_id, e.what, e.cause, e.from_ms, e.to_ms, e.staff_id, e.told_ms).where(e.org_id == MINE)
CLOCK_EVENTS = Query(_clock_event.order_by(e.told_ms.desc(), e.seq.desc()).limit(CLOCK_EVENTS_MAX), ClockEvent)


HouseOrder = FoundOrganization | SetSlipText | OpenVenue | HireStaff | OpenPairing | RecoverUnit


def load_house(_order: HouseOrder, _given: Given) -> Load[House]:
    """The organisation, its venues and units."""
    found = yield from ORGANIZATION.one()
    venues = yield from VENUES.many()
    units = yield from UNITS.many()
    return House(found is not None, tuple(venues), tuple(units))


def load_person(order: DismissStaff, _given: Given) -> Load[House]:
    """The one person that the order is about."""
    return House(True, person=(yield from STANDING.one(staff_id=order.staff_id)))


def load_enrolment(order: EnrolUnit, given: Given) -> Load[House]:
    """The pairing of this secret and those beside it, the unit if it is known, and the codes that are taken."""
    room = yield from PAIRING.one(digest=order.digest)
    known = yield from UNIT.one(unit_id=order.unit_id)
    units = yield from UNITS.many()
    rooms = yield from PAIRINGS.many(now_ms=given.moment.wall_ms)
    return House(True, units=tuple(units), unit=known, pairing=room, rooms=tuple(rooms))


UnitOrder = (
    EnableUnit | DisableUnit | RevokeUnit | StopEpoch | PauseUnit | ResumeUnit | RenewCertificate | DeclareUnitLost
)


def load_unit(order: UnitOrder, _given: Given) -> Load[House]:
    """The one unit that the order is about."""
    return House(True, unit=(yield from UNIT.one(unit_id=order.unit_id)))


def load_staff(order: ConfirmClock, _given: Given) -> Load[House]:
    """The person who gives the order."""
    return House(True, person=(yield from STANDING.one(staff_id=order.actor)))


def load_nothing(_order: ReportClockJump | TakeHubTime | OpenHubEpoch | EndRecovery, _given: Given) -> Load[None]:
    """Nothing stands in the way of what a clock said, or of what the hub found out about itself."""
    yield from ()
