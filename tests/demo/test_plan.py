"""The planned night: the same seed is the same night, every order is somebody's, and no unit runs out while cut off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.demo.cast import PACKAGES
from shared.demo.script.plan import ORDERS, ORDERS_MIN, RSUS, UNDER_WAY, Plan, all_orders, plan_night

nights = st.builds(
    plan_night,
    orders=st.integers(ORDERS_MIN, 400),
    rsus=st.integers(2, 30),
    seed=st.integers(0, 10_000),
    fork=st.booleans(),
)


def test_the_same_seed_is_the_same_night_and_another_is_another() -> None:
    first, again, other = (plan_night(orders=200, rsus=4, seed=seed, fork=True) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_night_as_the_house_plays_it() -> None:
    plan = plan_night(orders=ORDERS, rsus=RSUS, seed=1, fork=False)
    assert [unit.kind for unit in plan.units].count("rsu") == 20
    assert [unit.kind for unit in plan.units].count("venue") == 1
    orders = all_orders(plan)
    assert (len(orders), sum(order.undone for order in orders)) == (2_000, 20)
    assert len(plan.during) / len(orders) == pytest.approx(0.5, abs=0.01)
    assert {order.ticket_count for order in orders} == {3, 10, 40}


@given(plan=nights)
@settings(max_examples=40, deadline=None)
def test_every_order_is_asked_for_once_at_a_unit_that_is_there(plan: Plan) -> None:
    orders = all_orders(plan)
    assert len({order.command_id for order in orders} | {order.undo_id for order in orders}) == 2 * len(orders)
    keys = [unit.key for unit in plan.units]
    assert len(set(keys)) == len({unit.code for unit in plan.units}) == len(keys)
    assert {order.unit for order in orders} <= set(keys)


@given(plan=nights)
@settings(max_examples=40, deadline=None)
def test_the_power_goes_at_one_handheld_while_the_line_is_cut_and_at_another_afterwards(plan: Plan) -> None:
    for victim, part in zip(plan.victims, (plan.during, plan.after), strict=True):
        cut_short = [order for order in part if order.cut_short]
        assert [order.unit for order in cut_short] == [victim] * UNDER_WAY
        assert not any(order.undone for order in cut_short)
    assert len(set(plan.victims)) == 2
    assert "counter" not in plan.victims


@given(plan=nights)
@settings(max_examples=40, deadline=None)
def test_no_unit_runs_out_of_numbers_before_the_line_is_back(plan: Plan) -> None:
    for unit in plan.units:
        need = sum(order.ticket_count for order in (*plan.before, *plan.during) if order.unit == unit.key)
        assert need + PACKAGES[-1][0] <= plan.lease_count
    assert plan.lease_count // 4 >= UNDER_WAY * PACKAGES[-1][0], "asked for before the orders under way cannot be met"


def test_both_sides_of_a_copied_unit_sell_different_packages_to_different_buyers() -> None:
    plan = plan_night(orders=200, rsus=4, seed=3, fork=True)
    for copied in (plan.restored, plan.cloned):
        assert copied is not None
        sides = zip(copied.first, copied.second, strict=True)
        assert all(first.package != second.package for first, second in sides)
        assert not {order.command_id for order in copied.first} & {order.command_id for order in copied.second}
    assert len(plan.units) == 1 + 4 + 2
