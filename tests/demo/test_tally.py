"""The comparison after the night: sellers, hub and journals tell the same, or a sentence names what does not."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.demo.script.tally import (
    HubBooks,
    JournalBooks,
    Sale,
    Tally,
    Told,
    compare,
    find_duplicates,
    find_lost,
    joined,
)

LEASED = 100


def sale(number: int, first: int, last: int, *, void: bool = False) -> Sale:
    return Sale(UUID(int=number), ((first, last),), 1_000, void)


def told(*sales: Sale) -> list[Told]:
    return [Told(UUID(int=1_000 + one.sale_id.int), one) for one in sales]


def count(sales: list[Sale], *, void: bool) -> int:
    return sum(last - first + 1 for one in sales if one.void is void for first, last in one.ranges)


def numbers_of(sales: list[Sale]) -> dict[str, int]:
    sold, void = count(sales, void=False), count(sales, void=True)
    return {"sold": sold, "void": void, "unsold": LEASED - sold - void, "quarantined": 0, "disputed": 0}


def hub_of(sales: list[Sale], **changes: Any) -> HubBooks:
    total = sum(one.amount_minor for one in sales if not one.void)
    books = HubBooks(tuple(sales), frozenset(), LEASED, numbers_of(sales), total, 0)
    return msgspec.structs.replace(books, **changes)


def journals_of(sales: list[Sale], **changes: Any) -> JournalBooks:
    numbers = numbers_of(sales) | {"leased": LEASED}
    del numbers["quarantined"]
    total = sum(one.amount_minor for one in sales if not one.void)
    books = JournalBooks(tuple(sales), (), len(sales), sum(one.void for one in sales), numbers, total)
    return msgspec.structs.replace(books, **changes)


SALES = [sale(1, 1, 3), sale(2, 4, 13), sale(3, 14, 53), sale(4, 54, 56, void=True)]


def tallied(answers: list[Told], hub: HubBooks, journals: JournalBooks, *, cases: int = 0) -> Tally:
    return compare(answers, hub, journals, orders=len(SALES), voids=1, cases=cases)


def test_a_night_without_trouble_ties() -> None:
    tally = tallied(told(*SALES), hub_of(SALES), journals_of(SALES))
    assert tally.problems == ()
    assert (tally.orders, tally.voided_orders, tally.lost, tally.duplicate) == (4, 1, 0, 0)
    assert tally.edge_total_minor == tally.hub_total_minor == 3_000
    classes = ("sold", "void", "unsold", "quarantined", "disputed")
    assert sum(getattr(tally, f"numbers_{name}") for name in classes) == tally.numbers_leased == LEASED


def test_an_order_that_was_asked_again_and_then_undone_is_one_order() -> None:
    first = msgspec.structs.replace(SALES[3], void=False)
    answers = told(*SALES[:3], first, first, SALES[3])
    assert tallied(answers, hub_of(SALES), journals_of(SALES)).problems == ()


@pytest.mark.parametrize("place", ["hub", "journals"])
def test_a_sale_that_a_seller_was_told_of_and_nobody_holds_is_lost(place: str) -> None:
    hub = hub_of(SALES[1:] if place == "hub" else SALES)
    journals = journals_of(SALES[1:] if place == "journals" else SALES)
    tally = tallied(told(*SALES), hub, journals)
    assert tally.lost == 1
    assert "lost is 1 where 0 was to be" in tally.problems


def changed_amount(one: Sale) -> Sale:
    return msgspec.structs.replace(one, amount_minor=999)


def changed_numbers(one: Sale) -> Sale:
    return msgspec.structs.replace(one, ranges=((1, 2),))


def changed_void(one: Sale) -> Sale:
    return msgspec.structs.replace(one, void=True)


@pytest.mark.parametrize("change", [changed_amount, changed_numbers, changed_void])
def test_a_sale_that_is_held_otherwise_than_it_was_told_is_lost(change: Callable[[Sale], Sale]) -> None:
    held = [change(SALES[0]), *SALES[1:]]
    assert find_lost({one.sale_id: one for one in SALES}, held) == {SALES[0].sale_id}


def test_numbers_of_two_leases_side_by_side_are_one_span_as_on_paper() -> None:
    assert joined([(4, 6), (1, 3), (9, 9), (7, 7)]) == ((1, 7), (9, 9))
    assert joined([]) == ()


def test_a_sale_that_nobody_was_told_of_is_one_too_many() -> None:
    extra = sale(9, 60, 62)
    tally = tallied(told(*SALES), hub_of([*SALES, extra]), journals_of([*SALES, extra]))
    assert tally.duplicate == 1
    assert any(problem.startswith("duplicate is 1") for problem in tally.problems)


def test_one_order_that_became_two_sales_is_a_duplicate() -> None:
    again = Told(told(SALES[0])[0].command_id, sale(9, 60, 62))
    assert find_duplicates([*told(*SALES), again], SALES) == {UUID(int=9)}


def test_numbers_told_to_two_buyers_are_duplicates_unless_they_are_disputed() -> None:
    twin = sale(9, 10, 20)
    both = [*SALES, twin]
    assert find_duplicates(told(*both), both) == {SALES[1].sale_id, SALES[2].sale_id, twin.sale_id}
    disputed = frozenset(find_duplicates(told(*both), both))
    tally = tallied(told(*both), hub_of(both, disputed=disputed), journals_of(both))
    assert tally.duplicate == 0


def test_a_disputed_sale_that_did_not_arrive_is_named() -> None:
    hub = hub_of(SALES[1:], disputed=frozenset({SALES[0].sale_id}))
    tally = tallied(told(*SALES), hub, journals_of(SALES))
    assert tally.lost == 0
    assert "1 disputed sales are not all there" in tally.problems


def test_two_copies_of_a_card_tie_when_both_histories_are_there_with_their_case() -> None:
    twin = sale(9, 14, 53)
    both = [*SALES, twin]
    numbers = {"sold": 13, "void": 3, "unsold": 0, "quarantined": LEASED - 56, "disputed": 40}
    hub = hub_of(both, disputed=frozenset({SALES[2].sale_id, twin.sale_id}), numbers=numbers, open_cases=1)
    seen = {"leased": LEASED, "sold": 13, "void": 3, "unsold": LEASED - 56, "disputed": 40}
    journals = journals_of(both, numbers=seen)
    tally = compare(told(*both), hub, journals, orders=5, voids=1, cases=1)
    assert tally.problems == ()
    assert (tally.numbers_disputed, tally.edge_total_minor, tally.hub_total_minor) == (40, 4_000, 4_000)


@pytest.mark.parametrize(
    ("hub", "journals", "problem"),
    [
        ({"open_cases": 1}, {}, "open_cases is 1 where 0 was to be"),
        ({"total_minor": 2_999}, {}, "hub_total_minor is 2999 where 3000 was to be"),
        ({"leased": 101}, {}, "numbers_leased is 101 where 100 was to be"),
        ({}, {"total_minor": 3_500}, "edge_total_minor is 3500 where 3000 was to be"),
        ({}, {"orders": 5}, "the verifier counts 5 orders, the hub 4"),
        ({}, {"bad": ("the verifier says of R07: first bad seq 3",)}, "the verifier says of R07: first bad seq 3"),
    ],
)
def test_what_does_not_tie_is_said_in_a_sentence(hub: dict[str, Any], journals: dict[str, Any], problem: str) -> None:
    tally = tallied(told(*SALES), hub_of(SALES, **hub), journals_of(SALES, **journals))
    assert problem in tally.problems


def test_a_number_in_no_class_or_in_another_than_it_was_sold_in_is_noticed() -> None:
    numbers = numbers_of(SALES) | {"sold": 52, "void": 4}
    tally = tallied(told(*SALES), hub_of(SALES, numbers=numbers), journals_of(SALES))
    assert "numbers_sold is 52 where 53 was to be" in tally.problems
    assert "the verifier counts 53 sold, the hub 52" in tally.problems


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.randoms())
def test_sales_in_any_order_of_arrival_tie_and_losing_any_of_them_is_found(counts: list[int], order: Any) -> None:
    sales, at = [], 1
    for number, size in enumerate(counts, 1):
        sales.append(sale(number, at, at + size - 1))
        at += size
    held = order.sample(sales, len(sales))
    assert find_duplicates(told(*sales), held) == set()
    known = {one.sale_id: one for one in sales}
    assert find_lost(known, held) == set()
    assert find_lost(known, held[1:]) == {held[0].sale_id}
