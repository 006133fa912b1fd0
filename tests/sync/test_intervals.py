"""What the hub can say about when something happened: true on honest nights, narrow with marks, loud when bent."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from shared.sync.intervals import (
    DRIFT_PPM_MAX,
    MARK_DELAY_MS_MAX,
    PPM,
    EntryEvidence,
    Interval,
    Mark,
    interval_of,
)
from tests.support.clock import OPENING_MS

BOOT, OTHER = UUID(int=1), UUID(int=2)


def entry(*, at_ms: int, heard_ms: int = 0, received_ms: int = OPENING_MS + DAY_MS, boot: UUID = BOOT) -> EntryEvidence:
    """An entry `at_ms` after the boot at the opening."""
    return EntryEvidence(heard_ms, boot, at_ms * 1_000_000, received_ms)


def mark(*, at_ms: int, late_ms: int = 0, boot: UUID = BOOT) -> Mark:
    """A reading `at_ms` after the boot, heard `late_ms` later."""
    return Mark(boot, at_ms * 1_000_000, OPENING_MS + at_ms + late_ms)


def test_without_a_mark_it_lies_between_the_last_hub_time_and_the_reception() -> None:
    alone = entry(at_ms=HOUR_MS, heard_ms=OPENING_MS, received_ms=OPENING_MS + DAY_MS)
    assert interval_of(alone, []) == Interval(OPENING_MS, OPENING_MS + DAY_MS)
    assert interval_of(alone, [mark(at_ms=0, boot=OTHER)]) == Interval(OPENING_MS, OPENING_MS + DAY_MS)


def test_a_mark_before_or_after_narrows_it_to_a_minute() -> None:
    for at_ms in (0, 2 * HOUR_MS):
        found = interval_of(entry(at_ms=HOUR_MS), [mark(at_ms=at_ms)])
        slack_ms = HOUR_MS * DRIFT_PPM_MAX // PPM + 1
        assert found.hi_ms == OPENING_MS + HOUR_MS + slack_ms
        assert found.lo_ms == OPENING_MS + HOUR_MS - MARK_DELAY_MS_MAX - slack_ms


def test_the_tighter_of_two_marks_counts() -> None:
    quick, slow = mark(at_ms=HOUR_MS), mark(at_ms=HOUR_MS, late_ms=30 * SECOND_MS)
    assert interval_of(entry(at_ms=HOUR_MS), [slow, quick]).hi_ms == OPENING_MS + HOUR_MS + 1


def test_a_sale_after_the_close_is_told_from_one_before_it_whatever_its_wall_clock_said() -> None:
    closes_ms = OPENING_MS + HOUR_MS
    marks = [mark(at_ms=0), mark(at_ms=3 * HOUR_MS)]
    early = interval_of(entry(at_ms=HOUR_MS - 2 * MINUTE_MS), marks)
    late = interval_of(entry(at_ms=HOUR_MS + 2 * MINUTE_MS), marks)
    unsure = interval_of(entry(at_ms=HOUR_MS), marks)
    assert early.surely_before(closes_ms)
    assert not early.surely_after(closes_ms)
    assert late.surely_after(closes_ms)
    assert not unsure.surely_before(closes_ms)
    assert not unsure.surely_after(closes_ms)


def test_evidence_that_fits_no_history_is_seen() -> None:
    bent = interval_of(entry(at_ms=0, heard_ms=OPENING_MS + HOUR_MS), [mark(at_ms=0)])
    assert not bent.sound
    assert not bent.surely_before(OPENING_MS + DAY_MS)
    assert not bent.surely_after(OPENING_MS - DAY_MS)


@given(
    happened_ms=st.integers(0, 30 * DAY_MS),
    drift_ppm=st.integers(-DRIFT_PPM_MAX, DRIFT_PPM_MAX),
    heard_ago_ms=st.integers(0, 30 * DAY_MS),
    upload_ms=st.integers(0, 90 * DAY_MS),
    readings=st.lists(st.tuples(st.integers(0, 60 * DAY_MS), st.integers(0, MARK_DELAY_MS_MAX)), max_size=6),
)
def test_the_truth_always_lies_in_the_interval(
    happened_ms: int,
    drift_ppm: int,
    heard_ago_ms: int,
    upload_ms: int,
    readings: list[tuple[int, int]],
) -> None:
    """Any honest edge with a quartz within its bounds, any delays."""

    def counted_ns(true_ms: int) -> int:
        return true_ms * (PPM + drift_ppm)

    truth_ms = OPENING_MS + happened_ms
    evidence = EntryEvidence(truth_ms - heard_ago_ms, BOOT, counted_ns(happened_ms), truth_ms + upload_ms)
    marks = [Mark(BOOT, counted_ns(at_ms), OPENING_MS + at_ms + late_ms) for at_ms, late_ms in readings]
    found = interval_of(evidence, marks)
    assert found.sound
    assert found.lo_ms <= truth_ms <= found.hi_ms
