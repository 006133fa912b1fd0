"""What a restored hub may not do, who may end its waiting, and what its new epoch says first."""

from uuid import UUID

import msgspec
import pytest

from shared.domain.identity.commands import DeclareUnitLost, EndRecovery, OpenHubEpoch, RecoverUnit
from shared.domain.identity.decide_recovery import (
    decide_declare_unit_lost,
    decide_end_recovery,
    decide_open_hub_epoch,
    decide_recover_unit,
)
from shared.domain.identity.errors import AnotherPersonNeeded, HubRecovering, NotWaitedFor, UnknownUnit
from shared.domain.identity.facts import (
    EpochRecovered,
    HubEpochOpened,
    RecoveryEnded,
    UnitDeclaredLost,
    UnitRecovered,
    UnitRevoked,
)
from shared.domain.identity.rows import OrganizationRow, VenueRow
from shared.domain.identity.state import House, UnitCard, VenueCard, assert_not_recovering, recovering_hold
from shared.domain.slices import ALL
from shared.journal.chain import Stamp, empty_tip, seal
from shared.journal.entry import Owner
from shared.pipeline.changes import Adopt, Delete, Put, fold
from shared.pipeline.command import Given
from shared.sync.standing import State
from tests.slices.raffle.counter import given_at

ADA, JONAS, UNIT_ID = UUID(int=1), UUID(int=2), UUID(int=7)
FIRST = Owner(UUID(int=0xA), UUID(int=0xB), 1)
SECOND = Owner(UUID(int=0xA), UUID(int=0xB), 2)
UNIT = UnitCard(UNIT_ID, UUID(int=5), "rsu", "R07", "RSU 07", b"s" * 32, b"e" * 32)
LOST = DeclareUnitLost(command_id=UUID(int=9), actor=ADA, unit_id=UNIT_ID, generation=2, said_by=())
OPEN = OpenHubEpoch(
    command_id=UUID(int=8), previous_epoch=1, previous_seq=4, previous_hash=b"h", generation=2, reason="restored"
)
WAITING = (recovering_hold(["R07", "R12"]),)


def office(owner: Owner = SECOND) -> Given:
    """Head office decides."""
    return msgspec.structs.replace(given_at(), owner=owner)


def recovering() -> None:
    """What a guarded order meets."""
    assert_not_recovering(WAITING)


def said_twice() -> None:
    """One person declares a unit lost twice."""
    decide_declare_unit_lost(msgspec.structs.replace(LOST, said_by=(ADA,)), House(True, unit=UNIT), office())


def not_waited_for() -> None:
    """What the service answers about a unit that has shown itself."""
    raise NotWaitedFor


def opened(owner: Owner = SECOND, previous: int = 1, seq_before: int = 0) -> list[object]:
    """The changes of the fact that opens an epoch."""
    [fact] = decide_open_hub_epoch(msgspec.structs.replace(OPEN, previous_epoch=previous), None, office(owner))
    moment = given_at().moment
    facts = [(UUID(int=20 + place), fact) for place in range(seq_before + 1)]
    sealed, _ = seal(owner, empty_tip(owner), Stamp(UUID(int=3), None, moment), facts)
    return list(ALL.project(sealed[-1].entry))


def test_a_recovering_hub_says_whom_it_waits_for_and_a_normal_one_says_nothing() -> None:
    assert_not_recovering(())
    assert_not_recovering(("clock",))
    with pytest.raises(HubRecovering, match="2 units: R07, R12"):
        recovering()


def test_the_first_fact_of_an_epoch_names_the_end_of_the_one_before() -> None:
    [fact] = decide_open_hub_epoch(OPEN, None, office())
    assert isinstance(fact, HubEpochOpened)
    assert (fact.previous_epoch, fact.previous_seq, fact.generation, fact.reason) == (1, 4, 2, "restored")
    with pytest.raises(AssertionError, match="a new epoch follows"):
        decide_open_hub_epoch(OPEN, None, office(FIRST))


def test_a_new_epoch_adopts_every_kind_of_row_that_a_hub_owns_and_none_of_a_units() -> None:
    [change] = opened()
    assert isinstance(change, Adopt)
    assert (change.source, change.owner) == (FIRST, SECOND)
    names = {kind.TABLE.full_name for kind in change.kinds}
    assert names >= {"identity_unit", "raffle_lease", "raffle_package", "vault_badge", "persons_erased"}
    assert not names & {"raffle_sale", "raffle_range", "raffle_lease_taken", "raffle_void", "raffle_buyer"}


def test_only_the_beginning_of_an_epoch_adopts_and_only_from_an_earlier_one() -> None:
    with pytest.raises(AssertionError, match="only a new epoch adopts"):
        opened(seq_before=1)
    with pytest.raises(AssertionError):
        opened(previous=2)


def test_a_batch_adopts_before_it_does_anything_else() -> None:
    venue = Delete(VenueRow, SECOND, (UUID(int=4),))
    adopt = Adopt(FIRST, SECOND, (VenueRow,))
    assert fold([adopt, venue]).adopts == [adopt]
    with pytest.raises(AssertionError, match="before it does anything else"):
        fold([venue, adopt])
    organization = OrganizationRow(owner=SECOND, name="R", licence="", currency="USD", site="")
    with pytest.raises(AssertionError, match="before it does anything else"):
        fold([Put(organization), adopt])


def test_a_unit_is_declared_lost_by_two_different_people() -> None:
    house = House(True, unit=UNIT)
    [fact] = decide_declare_unit_lost(LOST, house, office())
    assert fact == UnitDeclaredLost(unit_id=UNIT_ID, generation=2, declared_by=ADA)
    again = msgspec.structs.replace(LOST, said_by=(ADA,))
    with pytest.raises(AnotherPersonNeeded, match="RSU 07"):
        decide_declare_unit_lost(again, house, office())
    assert decide_declare_unit_lost(msgspec.structs.replace(again, actor=JONAS), house, office())
    with pytest.raises(UnknownUnit):
        decide_declare_unit_lost(LOST, House(True), office())


def test_the_end_of_a_recovery_says_who_showed_and_who_was_given_up() -> None:
    order = EndRecovery(command_id=UUID(int=6), generation=2, shown=(UNIT_ID,), lost=())
    [fact] = decide_end_recovery(order, None, office())
    assert fact == RecoveryEnded(organization_id=SECOND.org_id, generation=2, shown=(UNIT_ID,), lost=())


def shown_again(epoch: int, state: State) -> RecoverUnit:
    """The unit introduces itself by this epoch."""
    return RecoverUnit(
        command_id=UUID(int=11), unit_id=UNIT_ID, venue_id=UNIT.venue_id, kind="rsu", code="R07", name="RSU 07",
        sign_key=b"t" * 32, seal_key=b"f" * 32, unit_epoch=epoch, state=state, from_ms=0, until_ms=1,
    )  # fmt: skip


def house_of(state: State, epoch: int) -> House:
    """The unit as the hub knows it."""
    known = msgspec.structs.replace(UNIT, state=state, unit_epoch=epoch)
    return House(True, venues=(VenueCard(UNIT.venue_id, "Stand", "", "UTC", 0),), units=(known,))


def test_a_unit_that_was_revoked_stays_revoked_when_it_shows_a_later_epoch() -> None:
    recovered, revoked = decide_recover_unit(shown_again(2, "enabled"), house_of("revoked", 1), office())
    assert isinstance(recovered, UnitRecovered)
    assert not recovered.enabled
    assert isinstance(revoked, UnitRevoked)
    assert (revoked.unit_id, revoked.unit_epoch) == (UNIT_ID, 2)


@pytest.mark.parametrize("known", ["enabled", "disabled", "forked", "behind"])
def test_an_earlier_epoch_that_was_revoked_revokes_the_unit_under_todays(known: State) -> None:
    recovered, revoked = decide_recover_unit(shown_again(1, "revoked"), house_of(known, 2), office())
    assert isinstance(recovered, EpochRecovered)
    assert (recovered.unit_epoch, recovered.state) == (1, "revoked")
    assert isinstance(revoked, UnitRevoked)
    assert (revoked.unit_id, revoked.unit_epoch) == (UNIT_ID, 2)


@pytest.mark.parametrize("known", ["enabled", "revoked"])
@pytest.mark.parametrize("said", ["enabled", "superseded", "forked", "behind", "revoked"])
def test_a_unit_is_revoked_once_and_by_no_other_end_of_an_earlier_epoch(known: State, said: State) -> None:
    facts = decide_recover_unit(shown_again(1, said), house_of(known, 2), office())
    assert sum(isinstance(one, UnitRevoked) for one in facts) == (known == "enabled" and said == "revoked")
