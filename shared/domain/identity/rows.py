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


class SlipTextRow(Row, frozen=True, kw_only=True):
    """What slips carry beside the organisation's name; `licence_lines` one a line."""

    TABLE = TableSpec("identity", "slip_text", (), changes=True)
    logo: bytes
    licence_lines: str
    responsible_line: str


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
    """An edge: where it stands, its code on paper, its public keys; and whether it may sell, until when."""

    TABLE = TableSpec("identity", "unit", ("unit_id",), changes=True, unique=(("code",),))
    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes
    unit_epoch: int = 1
    state: str = "enabled"
    paused: bool = False
    certificate_from_ms: int | None = None
    certificate_until_ms: int | None = None


class UnitEpochRow(Row, frozen=True, kw_only=True):
    """One epoch of a unit: `active`, or why it is over; the leases of an epoch that is over are held back."""

    TABLE = TableSpec(
        "identity",
        "unit_epoch",
        ("unit_id", "unit_epoch"),
        changes=True,
        checks={"state": "state IN ('active', 'superseded', 'forked', 'behind', 'revoked')"},
    )
    unit_id: UUID
    unit_epoch: int
    state: str
    reason: str
    since_ms: int


class PairingRow(Row, frozen=True, kw_only=True):
    """Room for a unit: open until it is used or its time is over."""

    TABLE = TableSpec(
        "identity",
        "pairing",
        ("pairing_id",),
        changes=True,
        unique=(("digest",),),
        checks={"state": "state IN ('open', 'used')"},
    )
    pairing_id: UUID
    unit_id: UUID | None
    venue_id: UUID
    kind: str
    code: str
    name: str
    digest: bytes
    enable: bool
    expires_ms: int
    state: str


class BadgeRow(Row, frozen=True, kw_only=True):
    """Name and PIN hash (argon2) of one member of staff: vault, written by an effect, never by a projection."""

    TABLE = TableSpec("vault", "badge", ("staff_id",), changes=True)
    staff_id: UUID
    venue_id: UUID | None
    role: str
    name: str
    pin_hash: str


class ClockEventRow(Row, frozen=True, kw_only=True):
    """Something about an edge's clock, told by the edge itself: it jumped, or somebody said what time it is.

    `cause` of a jump: jumped, reboot, hub; of a confirmation who gave it: supervisor (`staff_id`) or hub.
    """

    TABLE = TableSpec(
        "identity", "clock_event", ("seq",), checks={"what": "what IN ('jumped', 'confirmed')"}, indexes=(("told_ms",),)
    )
    seq: int
    unit_id: UUID
    what: str
    cause: str
    from_ms: int
    to_ms: int
    staff_id: UUID | None
    told_ms: int
