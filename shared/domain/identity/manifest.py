"""The identity slice: organisation, venues, units, staff."""

from shared.domain.identity import commands, decide, facts, project, queries, rows, state
from shared.pipeline.manifest import Handler, Slice

DEPENDS_ON: tuple[str, ...] = ()


def everyone(_row: object) -> tuple[str, ...]:
    """A row for every node of the organisation."""
    return ("org",)


def venue_of(row: rows.UnitRow) -> tuple[str, ...]:
    """A unit is known at its venue."""
    return (f"venue:{row.venue_id}",)


def where_they_work(row: rows.StaffRow | rows.BadgeRow) -> tuple[str, ...]:
    """Sellers and supervisors reach every unit of their venue; the others its venue edge only."""
    place = f"venue:{row.venue_id}" if row.venue_id else "org"
    return (place,) if row.role in state.ON_HANDHELDS else (f"{place}:venue",)


SLICE = Slice(
    name="identity",
    facts=(
        facts.OrganizationFounded,
        facts.VenueOpened,
        facts.StaffHired,
        facts.StaffLeft,
        facts.UnitAdded,
    ),
    rows=(rows.OrganizationRow, rows.VenueRow, rows.StaffRow, rows.UnitRow),
    vault=(rows.BadgeRow,),
    handlers=(
        Handler(commands.FoundOrganization, queries.load_house, decide.decide_found_organization),
        Handler(commands.OpenVenue, queries.load_house, decide.decide_open_venue),
        Handler(commands.HireStaff, queries.load_house, decide.decide_hire_staff),
        Handler(commands.DismissStaff, queries.load_person, decide.decide_dismiss_staff),
        Handler(commands.AddUnit, queries.load_house, decide.decide_add_unit),
    ),
    projections={
        facts.OrganizationFounded: project.project_organization_founded,
        facts.VenueOpened: project.project_venue_opened,
        facts.StaffHired: project.project_staff_hired,
        facts.StaffLeft: project.project_staff_left,
        facts.UnitAdded: project.project_unit_added,
    },
    feeds={
        rows.OrganizationRow: everyone,
        rows.VenueRow: everyone,
        rows.StaffRow: where_they_work,
        rows.BadgeRow: where_they_work,
        rows.UnitRow: venue_of,
    },
    depends_on=DEPENDS_ON,
)
