"""What a restored hub decides until it has seen what its units hold (design §5.6); pure."""

from shared.domain.identity.commands import DeclareUnitLost, EndRecovery, OpenHubEpoch, RecoverUnit
from shared.domain.identity.errors import AnotherPersonNeeded, NotFounded, UnknownUnit, UnknownVenue
from shared.domain.identity.facts import HubEpochOpened, RecoveryEnded, UnitDeclaredLost, UnitRecovered, UnitRevoked
from shared.domain.identity.state import STOPPED_EPOCHS, House
from shared.journal.entry import Fact
from shared.pipeline.command import Given


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
    """Know a unit again; under a code of its own where another took its code since. Revoked, it stays revoked."""
    if not house.founded:
        raise NotFounded
    if order.venue_id not in {venue.venue_id for venue in house.venues}:
        raise UnknownVenue
    known = next((unit for unit in house.units if unit.unit_id == order.unit_id), None)
    if known is not None and known.unit_epoch >= order.unit_epoch:
        return []
    revoked = known is not None and known.state == "revoked"
    taken = any(unit.code == order.code for unit in house.units if unit.unit_id != order.unit_id)
    facts: list[Fact] = [
        UnitRecovered(
            unit_id=order.unit_id,
            venue_id=order.venue_id,
            kind=order.kind,
            code=f"{order.code}-{order.unit_id.hex[-4:]}" if taken else order.code,
            name=order.name,
            sign_key=order.sign_key,
            seal_key=order.seal_key,
            unit_epoch=order.unit_epoch,
            previous_epoch=known.unit_epoch if known else 0,
            before_stopped=known is not None and known.state in STOPPED_EPOCHS | {"revoked"},
            enabled=order.enabled and not revoked,
            from_ms=order.from_ms,
            until_ms=order.until_ms,
        )
    ]
    if revoked:
        reason = "Revoked before the hub knew of this epoch again."
        facts.append(UnitRevoked(unit_id=order.unit_id, unit_epoch=order.unit_epoch, reason=reason))
    return facts
