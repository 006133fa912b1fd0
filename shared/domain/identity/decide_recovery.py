"""What a restored hub decides until it has seen what its units hold (design §5.6); pure."""

from shared.domain.identity.commands import DeclareUnitLost, EndRecovery, OpenHubEpoch
from shared.domain.identity.errors import AnotherPersonNeeded, UnknownUnit
from shared.domain.identity.facts import HubEpochOpened, RecoveryEnded, UnitDeclaredLost
from shared.domain.identity.state import House
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
