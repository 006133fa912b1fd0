"""What a restored hub decides until it has seen what its units hold (design §5.6); pure."""

from shared.domain.identity.commands import DeclareUnitLost, EndRecovery, OpenHubEpoch, RecoverUnit
from shared.domain.identity.errors import AnotherPersonNeeded, NotFounded, UnknownUnit, UnknownVenue
from shared.domain.identity.facts import (
    EpochRecovered,
    EpochStopped,
    HubEpochOpened,
    RecoveryEnded,
    UnitDeclaredLost,
    UnitRecovered,
    UnitRevoked,
)
from shared.domain.identity.state import OVER, House, UnitCard
from shared.journal.entry import Fact
from shared.pipeline.command import Given

SAID_BEFORE = "As this hub had said before it was restored."
ENROLLED_SINCE = "It was enrolled anew since, and this hub lost that when it was restored."
REVOKED_BEFORE = "Revoked before the hub knew of this epoch again."


def decide_open_hub_epoch(order: OpenHubEpoch, _state: None, given: Given) -> list[Fact]:
    """The next epoch names the end of the one before, so that both read as one history."""
    assert given.owner.epoch > order.previous_epoch, "a new epoch follows the one before"
    return [
        HubEpochOpened(
            organization_id=given.owner.org_id,
            previous_epoch=order.previous_epoch,
            previous_seq=order.previous_seq,
            previous_hash=order.previous_hash,
            generation=order.generation,
            reason=order.reason,
        )
    ]


def decide_declare_unit_lost(order: DeclareUnitLost, house: House, _given: Given) -> list[Fact]:
    """One person says it once; the second must be another."""
    if house.unit is None:
        raise UnknownUnit
    assert order.actor is not None, "somebody says so"
    if order.actor in order.said_by:
        raise AnotherPersonNeeded(unit=house.unit.name)
    return [UnitDeclaredLost(unit_id=order.unit_id, generation=order.generation, declared_by=order.actor)]


def decide_end_recovery(order: EndRecovery, _state: None, given: Given) -> list[Fact]:
    """Who was waited for, and who for nothing, stands in the journal."""
    return [
        RecoveryEnded(
            organization_id=given.owner.org_id, generation=order.generation, shown=order.shown, lost=order.lost
        )
    ]


def decide_recover_unit(order: RecoverUnit, house: House, _given: Given) -> list[Fact]:
    """Know an epoch of a unit again: as today's, or beside a later one that is known already, as one that is over."""
    if not house.founded:
        raise NotFounded
    if order.venue_id not in {venue.venue_id for venue in house.venues}:
        raise UnknownVenue
    known = next((unit for unit in house.units if unit.unit_id == order.unit_id), None)
    if known is None or known.unit_epoch < order.unit_epoch:
        return _recover_today(order, house, known)
    if known.unit_epoch == order.unit_epoch:
        return []
    over = order.state in OVER
    recovered = EpochRecovered(
        unit_id=order.unit_id,
        unit_epoch=order.unit_epoch,
        sign_key=order.sign_key,
        seal_key=order.seal_key,
        state=order.state if over else "superseded",
        reason=SAID_BEFORE if over else "enrolled anew",
    )
    if order.state != "revoked" or known.state == "revoked":
        return [recovered]
    # Revoked is for good, under every epoch: a unit that sold on would bring up only what is held aside.
    return [recovered, UnitRevoked(unit_id=order.unit_id, unit_epoch=known.unit_epoch, reason=SAID_BEFORE)]


def _recover_today(order: RecoverUnit, house: House, known: UnitCard | None) -> list[Fact]:
    """Under a code of its own where another took its code since. What was over stays over, revoked stays revoked."""
    state = "revoked" if known is not None and known.state == "revoked" else order.state
    taken = any(unit.code == order.code for unit in house.units if unit.unit_id != order.unit_id)
    recovered: Fact = UnitRecovered(
        unit_id=order.unit_id,
        venue_id=order.venue_id,
        kind=order.kind,
        code=f"{order.code}-{order.unit_id.hex[-4:]}" if taken else order.code,
        name=order.name,
        sign_key=order.sign_key,
        seal_key=order.seal_key,
        unit_epoch=order.unit_epoch,
        previous_epoch=known.unit_epoch if known else 0,
        before_stopped=known is not None and known.state in OVER,
        enabled=state == "enabled",
        from_ms=order.from_ms,
        until_ms=order.until_ms,
    )
    if state == "revoked":
        return [recovered, UnitRevoked(unit_id=order.unit_id, unit_epoch=order.unit_epoch, reason=REVOKED_BEFORE)]
    if state not in OVER:
        return [recovered]
    stopped = EpochStopped(
        unit_id=order.unit_id,
        unit_epoch=order.unit_epoch,
        state="behind" if state == "superseded" else state,
        reason=ENROLLED_SINCE if state == "superseded" else SAID_BEFORE,
        is_current=True,
    )
    return [recovered, stopped]
