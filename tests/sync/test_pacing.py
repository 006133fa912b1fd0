"""How large the next bundle is: never beyond 64 to 1,000, smaller after trouble, larger while the line is quick."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.site.snapshot import REPORT_MS_MAX as SILENT_MS
from shared.kernel.limits import BUNDLE_ENTRIES_MAX
from shared.sync.pacing import (
    PUSH_ENTRIES_MAX,
    PUSH_ENTRIES_MIN,
    QUICK_MS_MAX,
    REPORT_MS,
    REPORT_MS_MAX,
    REPORT_REST,
    SLOW_MS_MIN,
    after_failure,
    after_push,
    report_after,
)
from shared.sync.uplink import Push, Report, Rest, Uplink
from tests.sync.test_pause import greeted

SIZES = st.integers(PUSH_ENTRIES_MIN, PUSH_ENTRIES_MAX)
TIMES = st.integers(0, 60_000)
ANSWER_MS = 5_000
"""A report that takes longer than this to be answered may look like silence."""


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


@given(SIZES, st.integers(0, QUICK_MS_MAX), st.integers(0, 60_000))
def test_how_long_a_bundle_waited_at_a_busy_hub_makes_no_bundle_smaller(
    most: int, line_ms: int, waited_ms: int
) -> None:
    uplink: Uplink = greeted()
    uplink.push_most = most
    uplink.on_pushed(most, sent=most, took_ms=line_ms + waited_ms, waited_ms=waited_ms)
    assert uplink.push_most == min(2 * most, PUSH_ENTRIES_MAX)


@given(SIZES, TIMES, TIMES)
def test_a_hub_that_says_it_kept_a_bundle_waiting_longer_than_it_took_makes_none_too_small_or_large(
    most: int, took_ms: int, waited_ms: int
) -> None:
    uplink: Uplink = greeted()
    uplink.push_most = most
    uplink.on_pushed(most, sent=most, took_ms=took_ms, waited_ms=took_ms + waited_ms)
    assert PUSH_ENTRIES_MIN <= uplink.push_most <= PUSH_ENTRIES_MAX


@given(TIMES, TIMES)
def test_the_slower_a_report_is_answered_the_later_comes_the_next_and_never_after_a_hub_calls_the_unit_silent(
    one_ms: int, other_ms: int
) -> None:
    quick_ms, slow_ms = sorted((one_ms, other_ms))
    assert REPORT_MS <= report_after(quick_ms) <= report_after(slow_ms) <= REPORT_MS_MAX
    assert REPORT_MS_MAX + ANSWER_MS <= SILENT_MS


@given(st.integers(0, REPORT_MS // REPORT_REST))
def test_a_unit_on_a_usual_line_reports_every_two_seconds(took_ms: int) -> None:
    assert report_after(took_ms) == REPORT_MS


def test_an_uplink_reports_by_how_long_its_last_report_took() -> None:
    uplink: Uplink = greeted()
    uplink.on_pushed(3)
    uplink.on_page(upto=0, end=True, now_ms=0)
    for took_ms, next_ms in ((1_000, 4_000), (50, REPORT_MS), (9_000, REPORT_MS_MAX)):
        uplink.on_reported(feed_end=0, now_ms=0, took_ms=took_ms)
        assert uplink.next_step(tip_seq=3, wanted=[], now_ms=next_ms - 1) == Rest(1)
        assert uplink.next_step(tip_seq=3, wanted=[], now_ms=next_ms) == Report()
