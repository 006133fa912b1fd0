"""How large the next bundle is: never beyond 64 to 1,000, smaller after trouble, larger while the line is quick."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.limits import BUNDLE_ENTRIES_MAX
from shared.sync.pacing import (
    PUSH_ENTRIES_MAX,
    PUSH_ENTRIES_MIN,
    QUICK_MS_MAX,
    SLOW_MS_MIN,
    after_failure,
    after_push,
)
from shared.sync.uplink import Push, Uplink
from tests.sync.test_pause import greeted

SIZES = st.integers(PUSH_ENTRIES_MIN, PUSH_ENTRIES_MAX)
TIMES = st.integers(0, 60_000)


@given(SIZES, st.lists(st.tuples(st.booleans(), st.integers(1, PUSH_ENTRIES_MAX), TIMES), max_size=40))
def test_whatever_happens_a_bundle_is_planned_between_64_and_1000_entries(
    most: int, pushes: list[tuple[bool, int, int]]
) -> None:
    for arrived, sent, took_ms in pushes:
        most = after_push(most, sent=min(sent, most), took_ms=took_ms) if arrived else after_failure()
        assert PUSH_ENTRIES_MIN <= most <= PUSH_ENTRIES_MAX == BUNDLE_ENTRIES_MAX


@given(SIZES, TIMES, TIMES)
def test_a_slower_push_never_makes_the_next_bundle_larger(most: int, one_ms: int, other_ms: int) -> None:
    quick_ms, slow_ms = sorted((one_ms, other_ms))
    assert after_push(most, sent=most, took_ms=slow_ms) <= after_push(most, sent=most, took_ms=quick_ms)


@given(SIZES, st.integers(0, QUICK_MS_MAX))
def test_a_quick_line_is_at_its_largest_after_four_bundles_from_anywhere(most: int, took_ms: int) -> None:
    sizes = [most]
    for _ in range(4):
        sizes.append(after_push(sizes[-1], sent=sizes[-1], took_ms=took_ms))
    assert sizes[-1] == PUSH_ENTRIES_MAX
    assert all(before <= after for before, after in pairwise(sizes))


@given(SIZES, st.integers(SLOW_MS_MIN, 60_000), st.integers(1, PUSH_ENTRIES_MIN))
def test_a_slow_push_makes_the_next_the_smallest_however_small_it_was(most: int, took_ms: int, sent: int) -> None:
    assert after_push(most, sent=sent, took_ms=took_ms) == after_failure() == PUSH_ENTRIES_MIN


@given(st.integers(PUSH_ENTRIES_MIN + 1, PUSH_ENTRIES_MAX - 1))
def test_a_bundle_that_was_not_full_proves_nothing_about_a_larger_one(most: int) -> None:
    assert after_push(most, sent=most - 1, took_ms=1) == most


@given(st.integers(100, 30_000), st.integers(0, 20_000))
def test_a_backlog_gets_through_a_line_that_drops_every_bundle_of_more_than_it_carries(
    backlog: int, carries: int
) -> None:
    """The line breaks above `carries` entries (64 at least): each break costs one bundle, and all of it goes up."""
    limit, most, behind, pushes = max(PUSH_ENTRIES_MIN, carries), PUSH_ENTRIES_MAX, 0, 0
    while behind < backlog:
        sent, pushes = min(most, backlog - behind), pushes + 1
        behind += sent if sent <= limit else 0
        most = after_push(most, sent=sent, took_ms=1) if sent <= limit else after_failure()
    assert pushes <= 2 + 2 * -(-backlog // PUSH_ENTRIES_MIN)


@pytest.mark.parametrize("lost", [True, False])
def test_an_uplink_plans_its_next_push_by_the_last(lost: bool) -> None:
    uplink: Uplink = greeted()
    assert uplink.next_step(tip_seq=5_000, wanted=[], now_ms=0) == Push(0, PUSH_ENTRIES_MAX)
    if lost:
        uplink.on_push_lost()
    else:
        uplink.on_pushed(1_000, sent=1_000, took_ms=SLOW_MS_MIN)
    assert uplink.next_step(tip_seq=5_000, wanted=[], now_ms=0) == Push(uplink.acked_seq, PUSH_ENTRIES_MIN)
    uplink.on_pushed(uplink.acked_seq + 64, sent=64, took_ms=10)
    assert uplink.next_step(tip_seq=5_000, wanted=[], now_ms=0) == Push(uplink.acked_seq, 2 * PUSH_ENTRIES_MIN)
