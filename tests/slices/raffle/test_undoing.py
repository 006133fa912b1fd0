"""A slip is undone within seconds by who made it, and never twice."""

from uuid import UUID

import msgspec
import pytest

from shared.domain.raffle.decide import decide_take_lease, decide_undo_sale
from shared.domain.raffle.errors import AlreadyVoid, LeaseTakenTwice, UndoNotYours, UndoTooLate, UnknownSale
from shared.domain.raffle.facts import SaleVoided
from shared.domain.raffle.state import UndoState
from tests.pipeline.unit import take
from tests.slices.raffle.counter import PAST, UNDO, UNIT, given_at
from tests.support.clock import OPENING_MS
from tests.support.evening import evening, unit_of

LATEST = UndoState(PAST, PAST, False)
EVENT_TOTAL = "SELECT sale_count, ticket_count, amount_minor FROM raffle_event_total WHERE event_id = ?"


def test_an_undone_sale_is_named_as_paper_names_it_and_paid_back() -> None:
    [fact] = decide_undo_sale(UNDO, LATEST, given_at(OPENING_MS + 5_000))
    assert isinstance(fact, SaleVoided)
    assert (fact.sale_node, fact.sale_epoch, fact.sale_seq) == (UNIT.node_id, 1, 7)
    assert (fact.sale_chain, fact.reason) == ("81CC A261", "undo")
    assert (fact.refund_minor, fact.refund, fact.voided_by) == (1_000, "cash", PAST.seller_id)


@pytest.mark.parametrize(("after_ms", "late"), [(0, False), (29_999, False), (30_000, False), (30_001, True)])
def test_a_sale_can_be_undone_for_thirty_seconds(after_ms: int, late: bool) -> None:
    if late:
        with pytest.raises(UndoTooLate, match="30 s"):
            decide_undo_sale(UNDO, LATEST, given_at(OPENING_MS + after_ms))
    else:
        assert decide_undo_sale(UNDO, LATEST, given_at(OPENING_MS + after_ms))


def test_a_sale_of_another_unit_is_not_known_here() -> None:
    with pytest.raises(UnknownSale):
        decide_undo_sale(UNDO, UndoState(None, None, False), given_at())


def test_nobody_undoes_the_sale_of_somebody_else() -> None:
    with pytest.raises(UndoNotYours):
        decide_undo_sale(msgspec.structs.replace(UNDO, actor=UUID(int=0x99)), LATEST, given_at())


def test_only_the_last_sale_can_be_undone() -> None:
    later = msgspec.structs.replace(PAST, sale_id=UUID(int=0x22), seq=8)
    with pytest.raises(UndoNotYours):
        decide_undo_sale(UNDO, UndoState(PAST, later, False), given_at())


def test_a_sale_is_not_undone_twice() -> None:
    with pytest.raises(AlreadyVoid):
        decide_undo_sale(UNDO, UndoState(PAST, PAST, True), given_at())


def test_a_lease_is_taken_once() -> None:
    with pytest.raises(LeaseTakenTwice):
        decide_take_lease(take(1), True, given_at())


def test_an_undo_leaves_the_totals_and_never_gives_its_numbers_out_again() -> None:
    with evening() as night, unit_of(night, 1) as unit:
        night.take(unit, 100_001, 100_100)
        first = night.sell(unit, 10)
        night.undo(unit, first.body.sale_id)
        second = night.sell(unit, 10)
        assert second.body.ranges[0].first == 100_011
        assert unit.db.execute(EVENT_TOTAL, (night.event_id.bytes,)).fetchall() == [(1, 10, 1_000)]
        with pytest.raises(AlreadyVoid):
            night.undo(unit, first.body.sale_id)


def test_after_an_undo_the_sale_before_it_stays() -> None:
    with evening() as night, unit_of(night, 1) as unit:
        night.take(unit, 100_001, 100_100)
        first, second = night.sell(unit), night.sell(unit)
        night.undo(unit, second.body.sale_id)
        with pytest.raises(UndoNotYours):
            night.undo(unit, first.body.sale_id)
