"""The role catalogue, one for both sides, and what identity decides on."""

from uuid import UUID

import msgspec

ROLES = ("owner", "admin", "manager", "supervisor", "seller", "dealer", "auditor")
UNIT_KINDS = ("venue", "rsu")
SELLS = frozenset({"owner", "admin", "manager", "supervisor", "seller"})
ON_HANDHELDS = frozenset({"supervisor", "seller"})
RUNS_EVENTS = frozenset({"owner", "admin", "manager"})
HIRES = frozenset({"owner", "admin", "manager"})
PIN_DIGITS = 6
KEY_BYTES = 32
DAY_MINUTES = 24 * 60


class Standing(msgspec.Struct, frozen=True):
    """One person's standing: role and whether they still work here."""

    staff_id: UUID
    role: str
    active: bool


class UnitCard(msgspec.Struct, frozen=True):
    """A unit as others see it."""

    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes


class VenueCard(msgspec.Struct, frozen=True):
    """A venue as others see it."""

    venue_id: UUID
    name: str
    place: str
    zone: str
    cutoff_min: int


class House(msgspec.Struct, frozen=True):
    """What identity's decisions look at: the organisation's existence, its venues, units and one person."""

    founded: bool
    venues: tuple[VenueCard, ...] = ()
    units: tuple[UnitCard, ...] = ()
    person: Standing | None = None
