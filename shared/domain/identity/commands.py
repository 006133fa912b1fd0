"""Orders about the organisation, its venues, units and people."""

from uuid import UUID

from shared.pipeline.command import Command


class FoundOrganization(Command, frozen=True, kw_only=True):
    """Begin an organisation; its id is the journal's."""

    NAME = "identity.found_organization"
    name: str
    licence: str
    currency: str
    site: str = ""


class OpenVenue(Command, frozen=True, kw_only=True):
    """Open a venue; `zone` is an IANA name, `cutoff_min` minutes after midnight."""

    NAME = "identity.open_venue"
    name: str
    place: str
    zone: str
    cutoff_min: int = 240


class HireStaff(Command, frozen=True, kw_only=True):
    """Give somebody a role; `name` and `pin_hash` go to the vault, never into the journal."""

    NAME = "identity.hire_staff"
    name: str
    role: str
    pin_hash: str
    venue_id: UUID | None = None


class DismissStaff(Command, frozen=True, kw_only=True):
    """End somebody's work here."""

    NAME = "identity.dismiss_staff"
    staff_id: UUID


class AddUnit(Command, frozen=True, kw_only=True):
    """Register an edge with its public keys; `unit_id` is the node's own id."""

    NAME = "identity.add_unit"
    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes
