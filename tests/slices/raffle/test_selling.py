"""At the counter: what a sale hands out, what it costs, and when it may happen."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity.state import ROLES, Standing
from shared.domain.raffle.decide import decide_sell_tickets, take_numbers
from shared.domain.raffle.errors import (
    CashShort,
    CashTooMuch,
    FewNumbers,
    NoNumbers,
    NotSelling,
    RaffleClosed,
    RaffleNotOpen,
    ReferenceNeeded,
    TimesOutOfRange,
    TooManyTickets,
)
from shared.domain.raffle.facts import Package, SoldRange, TicketsSold
from shared.domain.raffle.state import SellState
from shared.kernel.clock import HOUR_MS
from shared.kernel.validation import draw_number_in
from tests.slices.raffle.counter import ANN, CLOSE_MS, TEN, given_at, lease, order, running, selling
from tests.support.clock import OPENING_MS


def _sold(state: SellState, wall_ms: int = OPENING_MS, **other: Any) -> TicketsSold:
    [fact] = decide_sell_tickets(order(**other), state, given_at(wall_ms))
    assert isinstance(fact, TicketsSold)
    return fact


def _numbers(fact: TicketsSold) -> list[int]:
    return [number for sold in fact.ranges for number in range(sold.first, sold.last + 1)]


def test_a_sale_hands_out_the_next_numbers_at_the_exact_price() -> None:
    fact = _sold(selling(lease(100_001, 100_100, sold_to=100_020)), received_minor=2_000)
    assert _numbers(fact) == list(range(100_021, 100_031))
    assert (fact.ticket_count, fact.amount_minor, fact.received_minor, fact.currency) == (10, 1_000, 2_000, "USD")
    assert (fact.seller_id, fact.tender, fact.reference) == (ANN, "cash", "")


def test_a_package_sold_three_times_costs_three_times_as_much() -> None:
    fact = _sold(selling(), times=3, received_minor=3_000)
    assert (fact.ticket_count, fact.amount_minor, len(_numbers(fact))) == (30, 3_000, 30)


def test_a_sale_over_two_leases_uses_up_the_first_and_goes_on_in_the_second() -> None:
    fact = _sold(selling(lease(100_001, 100_100, sold_to=100_096), lease(100_501, 100_600)))
    assert fact.ranges == (
        SoldRange(UUID(int=100_001), 100_001, 100_100, 100_097, 100_100),
        SoldRange(UUID(int=100_501), 100_501, 100_600, 100_501, 100_506),
    )


def test_the_validation_number_names_the_first_draw_number() -> None:
    assert draw_number_in(_sold(selling(lease(100_001, 100_100, sold_to=100_050))).validation_number) == 100_051


def test_the_last_number_of_an_event_can_be_sold() -> None:
    assert _numbers(_sold(selling(lease(100_001, 100_010))))[-1] == 100_010


def test_too_few_numbers_are_refused_with_how_many_are_left() -> None:
    with pytest.raises(FewNumbers, match="Only 9 numbers left"):
        _sold(selling(lease(100_001, 100_004), lease(100_101, 100_105)))
    with pytest.raises(NoNumbers):
        _sold(selling(lease(100_001, 100_010, sold_to=100_010)))


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=5), st.integers(1, 100))
def test_numbers_come_in_order_and_never_twice(sizes: list[tuple[int, int]], count: int) -> None:
    leases = tuple(
        lease(place * 1_000, place * 1_000 + size - 1, place * 1_000 + sold - 1 if 0 < sold <= size else None)
        for place, (size, sold) in enumerate(sizes, start=1)
    )
    free = [number for one in leases for number in range(one.next_number, one.last + 1)]
    if len(free) < count:
        with pytest.raises(FewNumbers if free else NoNumbers):
            take_numbers(leases, count)
        return
    taken = take_numbers(leases, count)
    assert [number for sold in taken for number in range(sold.first, sold.last + 1)] == free[:count]
    assert all(sold.lease_first <= sold.first <= sold.last <= sold.lease_last for sold in taken)


@pytest.mark.parametrize(
    ("wall_ms", "refused"),
    [(OPENING_MS - 1, RaffleNotOpen), (OPENING_MS, None), (CLOSE_MS - 1, None), (CLOSE_MS, RaffleClosed)],
)
def test_sales_begin_with_the_window_and_end_with_it(wall_ms: int, refused: type[Exception] | None) -> None:
    if refused is None:
        assert _sold(selling(), wall_ms).ticket_count == 10
        return
    with pytest.raises(refused):
        _sold(selling(), wall_ms)


def test_the_refusal_names_the_hour_in_the_zone_of_the_venue() -> None:
    summer_ms = 1_784_000_000_000
    event = running(sales_open_ms=summer_ms + HOUR_MS, sales_close_ms=summer_ms + 2 * HOUR_MS)
    with pytest.raises(RaffleNotOpen, match="Sales open at 05:33"):
        _sold(selling(event=event), summer_ms)
    with pytest.raises(RaffleClosed, match="Sales closed at 06:33"):
        _sold(selling(event=event), summer_ms + 3 * HOUR_MS)


def test_the_refusal_names_the_day_when_it_is_another_one() -> None:
    with pytest.raises(RaffleNotOpen, match="Sales open at 2026-11-18 11:06"):
        _sold(selling(), OPENING_MS - 48 * HOUR_MS)
    with pytest.raises(RaffleClosed, match="Sales closed at 2026-11-18 15:06"):
        _sold(selling(), CLOSE_MS + 48 * HOUR_MS)


@pytest.mark.parametrize("state", ["suspended", "closed", "cancelled"])
def test_an_event_that_is_not_active_sells_nothing(state: str) -> None:
    with pytest.raises(RaffleClosed):
        _sold(selling(event=running(state=state)))


@pytest.mark.parametrize("role", ROLES)
def test_who_may_sell_is_a_matter_of_role(role: str) -> None:
    state = selling(seller=Standing(ANN, role, True))
    if role in {"dealer", "auditor"}:
        with pytest.raises(NotSelling):
            _sold(state)
    else:
        assert _sold(state).seller_id == ANN


@pytest.mark.parametrize("seller", [None, Standing(ANN, "seller", False), Standing(ANN, "owner", False)])
def test_who_no_longer_works_here_sells_nothing(seller: Standing | None) -> None:
    with pytest.raises(NotSelling):
        _sold(selling(seller=seller))


@pytest.mark.parametrize("received", [999, 0, -1, -(10**18)])
def test_cash_below_the_price_is_refused(received: int) -> None:
    with pytest.raises(CashShort, match="more"):
        _sold(selling(), received_minor=received)


def test_cash_that_is_a_slip_of_the_finger_is_refused() -> None:
    assert _sold(selling(), received_minor=200_000).received_minor == 200_000
    with pytest.raises(CashTooMuch):
        _sold(selling(), received_minor=200_001)


def test_a_free_package_costs_nothing() -> None:
    free = msgspec.structs.replace(TEN, price_minor=0)
    assert _sold(selling(package=free), received_minor=0).amount_minor == 0


@pytest.mark.parametrize("reference", ["", "abc", "   abc   ", "x" * 41, "AUTH\n4711", "AUTH\x004711"])
def test_a_card_payment_without_a_readable_reference_is_refused(reference: str) -> None:
    with pytest.raises(ReferenceNeeded):
        _sold(selling(), tender="card", reference=reference)


def test_a_card_payment_is_for_the_exact_price_whatever_the_form_says() -> None:
    fact = _sold(selling(), tender="card", reference=" AUTH 4711 ", received_minor=5)
    assert (fact.received_minor, fact.amount_minor, fact.reference) == (1_000, 1_000, "AUTH 4711")


def test_a_cash_sale_keeps_no_reference() -> None:
    assert _sold(selling(), reference="left over").reference == ""


@pytest.mark.parametrize("times", [0, -1, 21, 10**9])
def test_a_package_is_sold_one_to_twenty_times(times: int) -> None:
    with pytest.raises(TimesOutOfRange):
        _sold(selling(), times=times)


def test_one_sale_holds_a_thousand_tickets_and_no_more() -> None:
    hundred = Package(TEN.package_id, 100, 100)
    state = selling(lease(1, 2_000), package=hundred)
    assert _sold(state, times=10).ticket_count == 1_000
    with pytest.raises(TooManyTickets):
        _sold(state, times=11, received_minor=1_100)
