"""Erasing a person: a fact an id, once; nothing else of the journal changes."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.persons.commands import ErasePerson
from shared.domain.persons.decide import decide_erase_person
from shared.domain.persons.errors import UnknownPerson
from shared.domain.persons.facts import PersonErased
from shared.domain.persons.rows import ErasedRow
from shared.domain.persons.state import EraseState
from shared.domain.raffle.decide import decide_sell_tickets
from shared.domain.raffle.facts import BuyerNoted, TicketsSold
from shared.domain.raffle.state import Contact
from shared.domain.slices import ALL
from tests.slices.raffle.counter import given_at, order, selling

ANNA, BELA, CLEO = (UUID(int=number) for number in (0x31, 0x32, 0x33))
NOBODY_YET = EraseState()
ERASE = ErasePerson(command_id=UUID(int=9), person_ids=(ANNA, BELA, ANNA))
ERASE_NOBODY = msgspec.structs.replace(ERASE, person_ids=())


def test_every_id_of_a_person_is_erased_by_a_fact_of_its_own() -> None:
    facts = decide_erase_person(ERASE, NOBODY_YET, given_at())
    assert facts == [PersonErased(person_id=ANNA), PersonErased(person_id=BELA)]


def test_who_is_erased_already_is_passed_over() -> None:
    assert decide_erase_person(ERASE, EraseState(frozenset({ANNA})), given_at()) == [PersonErased(person_id=BELA)]
    assert decide_erase_person(ERASE, EraseState(frozenset({ANNA, BELA})), given_at()) == []


def test_nobody_is_no_order() -> None:
    with pytest.raises(UnknownPerson):
        decide_erase_person(ERASE_NOBODY, NOBODY_YET, given_at())


@given(st.sets(st.uuids(), min_size=1, max_size=20), st.sets(st.uuids(), max_size=20))
def test_after_the_order_exactly_the_wanted_are_erased_besides_those_before(
    wanted: set[UUID], before: set[UUID]
) -> None:
    facts = decide_erase_person(
        ErasePerson(command_id=ANNA, person_ids=tuple(wanted)), EraseState(frozenset(before)), given_at()
    )
    assert before | {fact.person_id for fact in facts if isinstance(fact, PersonErased)} == before | wanted


def test_the_tombstone_goes_to_every_node_and_no_edge_may_state_it() -> None:
    row = ErasedRow(owner=given_at().owner, person_id=ANNA, erased_ms=1)
    assert ALL.feeds[ErasedRow](row) == ("org",)
    assert PersonErased.TYPE in ALL.office_types


def test_a_sale_with_a_contact_notes_the_buyer_behind_the_sale_and_changes_nothing_of_it() -> None:
    plain = decide_sell_tickets(order(), selling(), given_at())
    noted = decide_sell_tickets(order(), selling(contact=Contact(CLEO, b"sealed")), given_at())
    [sold, buyer] = noted
    assert [sold] == plain
    assert isinstance(sold, TicketsSold)
    assert buyer == BuyerNoted(sale_id=sold.sale_id, event_id=sold.event_id, person_id=CLEO, sealed_phone=b"sealed")
    assert BuyerNoted.TYPE not in ALL.office_types
