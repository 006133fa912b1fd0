"""Draw numbers over a whole evening: granted in order, sold once, inside their leases, whatever sellers do."""

from contextlib import ExitStack
from itertools import pairwise
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.domain.raffle.errors import FewNumbers, NoNumbers, UndoTooLate
from shared.domain.raffle.facts import SoldRange
from tests.support.evening import NUMBERS_FROM, PLANS, evening, unit_of

UNITS = 3
PRICES = {plan.ticket_count: plan.price_minor for plan in PLANS}
units = st.integers(0, UNITS - 1)
TOTAL = "SELECT sale_count, ticket_count, amount_minor FROM raffle_event_total"


class SellingEvening(RuleBasedStateMachine):
    """Three handhelds sell one event; a model in plain Python counts along."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.night = self.stack.enter_context(evening())
        self.units = [self.stack.enter_context(unit_of(self.night, place)) for place in range(UNITS)]
        self.granted: list[tuple[int, int]] = []
        self.sold: list[list[SoldRange]] = [[] for _ in self.units]
        self.left = [0] * UNITS
        self.standing: list[dict[UUID, tuple[int, int]]] = [{} for _ in self.units]
        self.last: list[tuple[UUID, int] | None] = [None] * UNITS

    def teardown(self) -> None:
        self.stack.close()

    @rule(unit=units)
    def grant_and_take(self, unit: int) -> None:
        lease = self.night.grant(self.units[unit])
        self.night.take(self.units[unit], lease.first, lease.last, lease.lease_id)
        self.granted.append((lease.first, lease.last))
        self.left[unit] += lease.last - lease.first + 1

    @rule(unit=units)
    def grant_and_lose_the_answer(self, unit: int) -> None:
        lease = self.night.grant(self.units[unit])
        self.granted.append((lease.first, lease.last))

    @rule(unit=units, tickets=st.sampled_from(sorted(PRICES)), times=st.integers(1, 3))
    def sell(self, unit: int, tickets: int, times: int) -> None:
        count = tickets * times
        try:
            sale = self.night.sell(self.units[unit], tickets, times).body
        except (NoNumbers, FewNumbers):
            assert self.left[unit] < count
            return
        assert self.left[unit] >= count
        assert sum(sold.last - sold.first + 1 for sold in sale.ranges) == count
        self.left[unit] -= count
        self.sold[unit] += sale.ranges
        self.standing[unit][sale.sale_id] = (count, PRICES[tickets] * times)
        self.last[unit] = (sale.sale_id, self.night.clock.wall_ms)

    @rule(unit=units)
    def undo(self, unit: int) -> None:
        last = self.last[unit]
        if last is None or last[0] not in self.standing[unit]:
            return
        try:
            self.night.undo(self.units[unit], last[0])
        except UndoTooLate:
            assert self.night.clock.wall_ms - last[1] > 30_000
            return
        del self.standing[unit][last[0]]

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int) -> None:
        self.night.clock.forward(seconds * 1_000)

    @invariant()
    def grants_follow_each_other_without_a_hole(self) -> None:
        assert all(before[1] + 1 == after[0] for before, after in pairwise(self.granted))
        assert not self.granted or self.granted[0][0] == NUMBERS_FROM

    @invariant()
    def no_number_is_sold_twice_or_outside_its_lease(self) -> None:
        ranges = sorted((sold.first, sold.last) for unit in self.sold for sold in unit)
        assert all(before[1] < after[0] for before, after in pairwise(ranges))
        for sold in (one for unit in self.sold for one in unit):
            assert (sold.lease_first, sold.lease_last) in self.granted
            assert sold.lease_first <= sold.first <= sold.last <= sold.lease_last

    @invariant()
    def each_unit_sells_its_numbers_in_order(self) -> None:
        for unit in self.sold:
            assert unit == sorted(unit, key=lambda sold: sold.first)

    @invariant()
    def totals_are_the_sum_of_the_sales_that_stand(self) -> None:
        for unit, standing in zip(self.units, self.standing, strict=True):
            counts, amounts = [one[0] for one in standing.values()], [one[1] for one in standing.values()]
            expected = [(len(standing), sum(counts), sum(amounts))] if standing else []
            assert unit.db.execute(TOTAL).fetchall() == expected


def test_numbers_are_granted_in_order_and_sold_once_whatever_sellers_do() -> None:
    run_state_machine_as_test(SellingEvening, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))
