"""The identity slice: organisation, venues, units, staff."""

from typing import Any

from shared.domain.identity import (
    commands,
    decide,
    decide_clock,
    decide_recovery,
    decide_units,
    facts,
    project,
    queries,
    rows,
    state,
)
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


def unit_added_before_pairing(body: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of UnitAdded: there was no pairing, and a unit could sell at once."""
    return body | {"pairing_id": None, "enabled": True}


SLICE = Slice(
    name="identity",
    facts=(
        facts.OrganizationFounded,
        facts.SlipTextSet,
        facts.VenueOpened,
        facts.StaffHired,
        facts.StaffLeft,
        facts.PairingOpened,
        facts.UnitAdded,
        facts.UnitEnrolledAgain,
        facts.CertificateIssued,
        facts.UnitEnabled,
        facts.UnitDisabled,
        facts.UnitRevoked,
        facts.EpochStopped,
        facts.UnitPaused,
        facts.UnitResumed,
        facts.UnitRecovered,
        facts.EpochRecovered,
        facts.HubEpochOpened,
        facts.UnitDeclaredLost,
        facts.RecoveryEnded,
        facts.ClockJumped,
        facts.ClockConfirmed,
    ),
    rows=(
        rows.OrganizationRow,
        rows.SlipTextRow,
        rows.VenueRow,
        rows.StaffRow,
        rows.UnitRow,
        rows.UnitEpochRow,
        rows.PairingRow,
        rows.ClockEventRow,
    ),
    vault=(rows.BadgeRow,),
    handlers=(
        Handler(commands.FoundOrganization, queries.load_house, decide.decide_found_organization),
        Handler(commands.SetSlipText, queries.load_house, decide.decide_set_slip_text),
        Handler(commands.OpenVenue, queries.load_house, decide.decide_open_venue),
        Handler(commands.HireStaff, queries.load_house, decide.decide_hire_staff),
        Handler(commands.DismissStaff, queries.load_person, decide.decide_dismiss_staff),
        Handler(commands.OpenPairing, queries.load_house, decide_units.decide_open_pairing),
        Handler(commands.EnrolUnit, queries.load_enrolment, decide_units.decide_enrol_unit),
        Handler(commands.RenewCertificate, queries.load_unit, decide_units.decide_renew_certificate),
        Handler(commands.EnableUnit, queries.load_unit, decide_units.decide_enable_unit),
        Handler(commands.DisableUnit, queries.load_unit, decide_units.decide_disable_unit),
        Handler(commands.RevokeUnit, queries.load_unit, decide_units.decide_revoke_unit),
        Handler(commands.StopEpoch, queries.load_unit, decide_units.decide_stop_epoch),
        Handler(commands.PauseUnit, queries.load_unit, decide_units.decide_pause_unit),
        Handler(commands.ResumeUnit, queries.load_unit, decide_units.decide_resume_unit),
        Handler(commands.OpenHubEpoch, queries.load_nothing, decide_recovery.decide_open_hub_epoch),
        Handler(commands.DeclareUnitLost, queries.load_unit, decide_recovery.decide_declare_unit_lost),
        Handler(commands.RecoverUnit, queries.load_house, decide_recovery.decide_recover_unit),
        Handler(commands.EndRecovery, queries.load_nothing, decide_recovery.decide_end_recovery),
        Handler(commands.ReportClockJump, queries.load_nothing, decide_clock.decide_report_clock_jump),
        Handler(commands.TakeHubTime, queries.load_nothing, decide_clock.decide_take_hub_time),
        Handler(commands.ConfirmClock, queries.load_staff, decide_clock.decide_confirm_clock),
    ),
    projections={
        facts.OrganizationFounded: project.project_organization_founded,
        facts.SlipTextSet: project.project_slip_text_set,
        facts.VenueOpened: project.project_venue_opened,
        facts.StaffHired: project.project_staff_hired,
        facts.StaffLeft: project.project_staff_left,
        facts.PairingOpened: project.project_pairing_opened,
        facts.UnitAdded: project.project_unit_added,
        facts.UnitEnrolledAgain: project.project_unit_enrolled_again,
        facts.CertificateIssued: project.project_certificate_issued,
        facts.UnitEnabled: project.project_unit_enabled,
        facts.UnitDisabled: project.project_unit_disabled,
        facts.UnitRevoked: project.project_unit_revoked,
        facts.EpochStopped: project.project_epoch_stopped,
        facts.UnitPaused: project.project_unit_paused,
        facts.UnitResumed: project.project_unit_resumed,
        facts.UnitRecovered: project.project_unit_recovered,
        facts.EpochRecovered: project.project_epoch_recovered,
        facts.HubEpochOpened: project.project_hub_epoch_opened,
        facts.ClockJumped: project.project_clock_jumped,
        facts.ClockConfirmed: project.project_clock_confirmed,
    },
    feeds={
        rows.OrganizationRow: everyone,
        rows.SlipTextRow: everyone,
        rows.VenueRow: everyone,
        rows.StaffRow: where_they_work,
        rows.BadgeRow: where_they_work,
        rows.UnitRow: venue_of,
    },
    edge_facts=(facts.ClockJumped, facts.ClockConfirmed),
    edge_rows=(rows.ClockEventRow,),
    steps={("identity.unit_added", 1): unit_added_before_pairing},
    depends_on=DEPENDS_ON,
)
