"""Rows of identity: all owned by the hub, read-only on edges; names and PINs stand in the vault schema."""

from uuid import UUID

from shared.pipeline.changes import Row, TableSpec


class OrganizationRow(Row, frozen=True, kw_only=True):
    """The organisation as tickets name it."""

    TABLE = TableSpec("identity", "organization", (), changes=True)
    name: str
    licence: str
    currency: str
    site: str


class VenueRow(Row, frozen=True, kw_only=True):
    """A venue and its clock."""

    TABLE = TableSpec("identity", "venue", ("venue_id",), changes=True)
    venue_id: UUID
    name: str
    place: str
    zone: str
    cutoff_min: int


class StaffRow(Row, frozen=True, kw_only=True):
    """Who may do what, where; no venue means every venue."""

    TABLE = TableSpec("identity", "staff", ("staff_id",), changes=True)
    staff_id: UUID
    venue_id: UUID | None
    role: str
    active: bool


class UnitRow(Row, frozen=True, kw_only=True):
    """An edge: where it stands, its code on paper, its public keys."""

    TABLE = TableSpec("identity", "unit", ("unit_id",), changes=True, unique=(("code",),))
    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes


class BadgeRow(Row, frozen=True, kw_only=True):
    """Name and PIN hash (argon2) of one member of staff: vault, written by an effect, never by a projection."""

    TABLE = TableSpec("vault", "badge", ("staff_id",), changes=True)
    staff_id: UUID
    venue_id: UUID | None
    role: str
    name: str
    pin_hash: str
