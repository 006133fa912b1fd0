"""What identity reads."""

from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from shared.domain.identity.commands import AddUnit, DismissStaff, FoundOrganization, HireStaff, OpenVenue
from shared.domain.identity.rows import BadgeRow, OrganizationRow, StaffRow, UnitRow, VenueRow
from shared.domain.identity.state import House, Standing, UnitCard, VenueCard
from shared.pipeline.command import Given
from shared.pipeline.queries import Load, Query
from shared.pipeline.tables import Id, table

organization, venue, staff, unit, badge = map(table, (OrganizationRow, VenueRow, StaffRow, UnitRow, BadgeRow))
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
v = venue.c
_venue = select(v.venue_id, v.name, v.place, v.zone, v.cutoff_min).where(v.org_id == MINE)
VENUES = Query(_venue.order_by(v.name), VenueCard)
VENUE = Query(_venue.where(v.venue_id == bindparam("venue_id", type_=Id())), VenueCard)


class Zone(msgspec.Struct, frozen=True):
    """A venue's IANA zone."""

    zone: str


ZONE = Query(select(v.zone).where(v.org_id == MINE, v.venue_id == bindparam("venue_id", type_=Id())), Zone, steady=True)
u = unit.c
_unit = select(u.unit_id, u.venue_id, u.kind, u.code, u.name, u.sign_key, u.seal_key).where(u.org_id == MINE)
UNITS = Query(_unit.order_by(u.code), UnitCard)
UNIT = Query(_unit.where(u.unit_id == bindparam("unit_id", type_=Id())), UnitCard)
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


def load_house(_order: FoundOrganization | OpenVenue | HireStaff | AddUnit, _given: Given) -> Load[House]:
    """The organisation, its venues and units."""
    found = yield from ORGANIZATION.one()
    venues = yield from VENUES.many()
    units = yield from UNITS.many()
    return House(found is not None, tuple(venues), tuple(units))


def load_person(order: DismissStaff, _given: Given) -> Load[House]:
    """The one person that the order is about."""
    return House(True, person=(yield from STANDING.one(staff_id=order.staff_id)))
