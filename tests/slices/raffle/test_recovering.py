"""Leases and a restored hub: none is granted while it waits, and none that came back is granted to anybody else."""

from uuid import UUID

import msgspec
import pytest

from shared.domain.identity.errors import HubRecovering
from shared.domain.identity.state import recovering_hold
from shared.domain.raffle.commands import RecoverLease
from shared.domain.raffle.decide_office import decide_grant_lease, decide_recover_lease
from shared.domain.raffle.errors import LeaseGrantedTwice
from shared.domain.raffle.facts import LeaseRecovered
from shared.domain.raffle.state import GrantState, RecoverState
from tests.slices.raffle.counter import CARD, EVENT, given_at
from tests.slices.raffle.test_office import GRANT

RECOVER = RecoverLease(
    command_id=UUID(int=21), lease_id=UUID(int=22), request_id=UUID(int=23), event_id=EVENT,
    holder_id=UUID(int=24), holder_epoch=1, first=100, last=199,
)  # fmt: skip


def granted_twice() -> object:
    """The lease of a unit that was given up, after its numbers went to another."""
    return decide_recover_lease(RECOVER, RecoverState(known=False, overlaps=True), given_at())


def test_no_numbers_are_granted_while_the_hub_waits_for_evidence() -> None:
    waiting = msgspec.structs.replace(given_at(), holds=(recovering_hold(["R07"]),))
    with pytest.raises(HubRecovering, match="1 units: R07"):
        decide_grant_lease(GRANT, GrantState(CARD, None, True), waiting)
    assert decide_grant_lease(GRANT, GrantState(CARD, None, True), given_at())


def test_a_lease_comes_back_once_with_its_own_id_and_numbers() -> None:
    [fact] = decide_recover_lease(RECOVER, RecoverState(known=False, overlaps=False), given_at())
    assert isinstance(fact, LeaseRecovered)
    assert (fact.lease_id, fact.first, fact.last) == (RECOVER.lease_id, 100, 199)
    assert decide_recover_lease(RECOVER, RecoverState(known=True, overlaps=True), given_at()) == []


def test_a_lease_whose_numbers_went_to_another_stays_out() -> None:
    with pytest.raises(LeaseGrantedTwice, match="Numbers 100 to 199"):
        granted_twice()
