"""What happens to the organisation, its venues, units and people; all decided at the hub."""

from uuid import UUID

from shared.journal.entry import Fact


class OrganizationFounded(Fact, frozen=True, kw_only=True):
    """The organisation exists; its licence and currency stand on every ticket (RAFF-core-01)."""

    TYPE = "identity.organization_founded"
    ENTITY = "organization_id"
    organization_id: UUID
    name: str
    licence: str
    currency: str
    site: str


class VenueOpened(Fact, frozen=True, kw_only=True):
    """A venue with its zone; a business day ends at the cut-off, minutes after midnight (RAFF-core-05)."""

    TYPE = "identity.venue_opened"
    ENTITY = "venue_id"
    venue_id: UUID
    name: str
    place: str
    zone: str
    cutoff_min: int


class StaffHired(Fact, frozen=True, kw_only=True):
    """Somebody works here in a role; name and PIN stand outside the journal (design §3, personal data)."""

    TYPE = "identity.staff_hired"
    ENTITY = "staff_id"
    staff_id: UUID
    venue_id: UUID | None
    role: str


class StaffLeft(Fact, frozen=True, kw_only=True):
    """Somebody no longer works here; their PIN opens nothing from the moment a unit learns it."""

    TYPE = "identity.staff_left"
    ENTITY = "staff_id"
    staff_id: UUID


class UnitAdded(Fact, frozen=True, kw_only=True):
    """An edge belongs to a venue: its kind, its code on paper, and its two public keys (32 bytes each)."""

    TYPE = "identity.unit_added"
    ENTITY = "unit_id"
    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes
