"""Facts of identity to rows; pure."""

from collections.abc import Iterator

from shared.domain.identity.facts import OrganizationFounded, StaffHired, StaffLeft, UnitAdded, VenueOpened
from shared.domain.identity.rows import OrganizationRow, StaffRow, UnitRow, VenueRow
from shared.journal.entry import Entry
from shared.pipeline.changes import Change, Patch, Put


def project_organization_founded(fact: Entry[OrganizationFounded]) -> Iterator[Change]:
    """The organisation's row."""
    body = fact.body
    yield Put(
        OrganizationRow(owner=fact.owner, name=body.name, licence=body.licence, currency=body.currency, site=body.site)
    )


def project_venue_opened(fact: Entry[VenueOpened]) -> Iterator[Change]:
    """The venue's row."""
    body = fact.body
    yield Put(
        VenueRow(
            owner=fact.owner,
            venue_id=body.venue_id,
            name=body.name,
            place=body.place,
            zone=body.zone,
            cutoff_min=body.cutoff_min,
        )
    )


def project_staff_hired(fact: Entry[StaffHired]) -> Iterator[Change]:
    """The person's role."""
    body = fact.body
    yield Put(StaffRow(owner=fact.owner, staff_id=body.staff_id, venue_id=body.venue_id, role=body.role, active=True))


def project_staff_left(fact: Entry[StaffLeft]) -> Iterator[Change]:
    """The role stays in the books, but is not active."""
    yield Patch(StaffRow, fact.owner, (fact.body.staff_id,), {"active": False})


def project_unit_added(fact: Entry[UnitAdded]) -> Iterator[Change]:
    """The unit's row."""
    body = fact.body
    yield Put(
        UnitRow(
            owner=fact.owner,
            unit_id=body.unit_id,
            venue_id=body.venue_id,
            kind=body.kind,
            code=body.code,
            name=body.name,
            sign_key=body.sign_key,
            seal_key=body.seal_key,
        )
    )
