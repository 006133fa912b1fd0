"""Facts of identity to rows; pure."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from shared.domain.identity.facts import (
    CertificateIssued,
    ClockConfirmed,
    ClockJumped,
    EpochRecovered,
    EpochStopped,
    HubEpochOpened,
    OrganizationFounded,
    PairingOpened,
    SlipTextSet,
    StaffHired,
    StaffLeft,
    UnitAdded,
    UnitDisabled,
    UnitEnabled,
    UnitEnrolledAgain,
    UnitPaused,
    UnitRecovered,
    UnitResumed,
    UnitRevoked,
    VenueOpened,
)
from shared.domain.identity.rows import (
    ClockEventRow,
    OrganizationRow,
    PairingRow,
    SlipTextRow,
    StaffRow,
    UnitEpochRow,
    UnitRow,
    VenueRow,
)
from shared.journal.entry import Entry, Owner
from shared.pipeline.changes import Adopt, Change, Patch, Put


def project_organization_founded(fact: Entry[OrganizationFounded]) -> Iterator[Change]:
    """The organisation's row."""
    body = fact.body
    yield Put(
        OrganizationRow(owner=fact.owner, name=body.name, licence=body.licence, currency=body.currency, site=body.site)
    )


def project_slip_text_set(fact: Entry[SlipTextSet]) -> Iterator[Change]:
    """What slips carry from now on."""
    body = fact.body
    lines = "\n".join(body.licence_lines)
    yield Put(
        SlipTextRow(owner=fact.owner, logo=body.logo, licence_lines=lines, responsible_line=body.responsible_line)
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


def project_pairing_opened(fact: Entry[PairingOpened]) -> Iterator[Change]:
    """Room for a unit."""
    body = fact.body
    yield Put(
        PairingRow(
            owner=fact.owner,
            pairing_id=body.pairing_id,
            unit_id=body.unit_id,
            venue_id=body.venue_id,
            kind=body.kind,
            code=body.code,
            name=body.name,
            digest=body.digest,
            enable=body.enable,
            expires_ms=body.expires_ms,
            state="open",
        )
    )


def project_unit_added(fact: Entry[UnitAdded]) -> Iterator[Change]:
    """The unit, its first epoch, and the pairing used up."""
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
            unit_epoch=1,
            state="enabled" if body.enabled else "disabled",
        )
    )
    yield _epoch(fact, body.unit_id, 1, "active", "")
    if body.pairing_id is not None:
        yield Patch(PairingRow, fact.owner, (body.pairing_id,), {"state": "used"})


def project_unit_enrolled_again(fact: Entry[UnitEnrolledAgain]) -> Iterator[Change]:
    """New keys; the epoch before is over, unless a fork ended it already, and so is every code made for it."""
    body = fact.body
    fields = {
        "sign_key": body.sign_key,
        "seal_key": body.seal_key,
        "unit_epoch": body.unit_epoch,
        "state": "enabled" if body.enabled else "disabled",
        "certificate_from_ms": None,
        "certificate_until_ms": None,
    }
    yield Patch(UnitRow, fact.owner, (body.unit_id,), fields)
    if not body.before_stopped:
        yield _epoch(fact, body.unit_id, body.previous_epoch, "superseded", "enrolled anew")
    yield _epoch(fact, body.unit_id, body.unit_epoch, "active", "")
    for pairing_id in (body.pairing_id, *body.also_over):
        yield Patch(PairingRow, fact.owner, (pairing_id,), {"state": "used"})


def project_unit_recovered(fact: Entry[UnitRecovered]) -> Iterator[Change]:
    """The unit as its certificate names it; the epoch before is over, unless it had ended already."""
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
            unit_epoch=body.unit_epoch,
            state="enabled" if body.enabled else "disabled",
            certificate_from_ms=body.from_ms,
            certificate_until_ms=body.until_ms,
        )
    )
    if body.previous_epoch and not body.before_stopped:
        yield _epoch(fact, body.unit_id, body.previous_epoch, "superseded", "enrolled anew")
    yield _epoch(fact, body.unit_id, body.unit_epoch, "active", "")


def project_epoch_recovered(fact: Entry[EpochRecovered]) -> Iterator[Change]:
    """An epoch that is over stands beside today's again."""
    yield _epoch(fact, fact.body.unit_id, fact.body.unit_epoch, fact.body.state, fact.body.reason)


def project_certificate_issued(fact: Entry[CertificateIssued]) -> Iterator[Change]:
    """Until when the unit may sell."""
    body = fact.body
    fields = {"certificate_from_ms": body.from_ms, "certificate_until_ms": body.until_ms}
    yield Patch(UnitRow, fact.owner, (body.unit_id,), fields)


def project_unit_enabled(fact: Entry[UnitEnabled]) -> Iterator[Change]:
    """It may sell."""
    yield Patch(UnitRow, fact.owner, (fact.body.unit_id,), {"state": "enabled"})


def project_unit_disabled(fact: Entry[UnitDisabled]) -> Iterator[Change]:
    """It may not sell for now."""
    yield Patch(UnitRow, fact.owner, (fact.body.unit_id,), {"state": "disabled"})


def project_unit_revoked(fact: Entry[UnitRevoked]) -> Iterator[Change]:
    """It may not sell any more; the epoch it had is over."""
    body = fact.body
    yield Patch(UnitRow, fact.owner, (body.unit_id,), {"state": "revoked"})
    yield _epoch(fact, body.unit_id, body.unit_epoch, "revoked", body.reason)


def project_epoch_stopped(fact: Entry[EpochStopped]) -> Iterator[Change]:
    """The epoch is over; where it is today's, the unit waits to be enrolled anew."""
    body = fact.body
    yield _epoch(fact, body.unit_id, body.unit_epoch, body.state, body.reason)
    if body.is_current:
        yield Patch(UnitRow, fact.owner, (body.unit_id,), {"state": body.state})


def project_unit_paused(fact: Entry[UnitPaused]) -> Iterator[Change]:
    """The hub takes nothing from it."""
    yield Patch(UnitRow, fact.owner, (fact.body.unit_id,), {"paused": True})


def project_unit_resumed(fact: Entry[UnitResumed]) -> Iterator[Change]:
    """The hub takes its uploads."""
    yield Patch(UnitRow, fact.owner, (fact.body.unit_id,), {"paused": False})


def _epoch(fact: Entry[Any], unit_id: UUID, unit_epoch: int, state: str, reason: str) -> Put:
    return Put(
        UnitEpochRow(
            owner=fact.owner,
            unit_id=unit_id,
            unit_epoch=unit_epoch,
            state=state,
            reason=reason,
            since_ms=fact.wall_ms,
        )
    )


def project_clock_jumped(fact: Entry[ClockJumped]) -> Iterator[Change]:
    """What the edge's clocks said."""
    body = fact.body
    yield Put(
        ClockEventRow(
            owner=fact.owner,
            seq=fact.seq,
            unit_id=body.unit_id,
            what="jumped",
            cause=body.cause,
            from_ms=body.from_ms,
            to_ms=body.to_ms,
            staff_id=None,
            told_ms=fact.wall_ms,
        )
    )


def project_clock_confirmed(fact: Entry[ClockConfirmed]) -> Iterator[Change]:
    """Who said what time it is."""
    body = fact.body
    yield Put(
        ClockEventRow(
            owner=fact.owner,
            seq=fact.seq,
            unit_id=body.unit_id,
            what="confirmed",
            cause="supervisor" if body.staff_id else "hub",
            from_ms=fact.wall_ms,
            to_ms=body.wall_ms,
            staff_id=body.staff_id,
            told_ms=fact.wall_ms,
        )
    )


def project_hub_epoch_opened(fact: Entry[HubEpochOpened]) -> Iterator[Change]:
    """All that the epoch before owned is this one's."""
    owner = fact.owner
    yield Adopt(Owner(owner.org_id, owner.node_id, fact.body.previous_epoch), owner)
