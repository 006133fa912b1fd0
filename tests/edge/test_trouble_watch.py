"""What of a printer's states is news: troubles that last, told once each, and that they are over; no flicker."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.status import PrinterState
from edge.runtime.trouble_watch import LASTS_MS, QUIET_MS, WELL, WELL_STATES, TroubleWatch
from tests.support.clock import HandClock

STEPS = st.lists(st.tuples(st.sampled_from(PrinterState), st.integers(1, 4_000)), max_size=30)


def told(steps: list[tuple[PrinterState, int]]) -> list[str]:
    """The news of a printer that is in each state for so many milliseconds, looked at every half second."""
    clock, watch, news = HandClock(), TroubleWatch(), []
    for state, lasts_ms in steps:
        watch.saw(state, clock.now())
        for step_ms in [500] * (lasts_ms // 500) + [lasts_ms % 500]:
            clock.forward(step_ms)
            found = watch.news(clock.now())
            news += [] if found is None else [found]
    return news


def test_a_trouble_is_told_once_it_lasts_and_so_is_its_end() -> None:
    steps = [(PrinterState.READY, 5_000), (PrinterState.PAPER_OUT, 60_000), (PrinterState.READY, 5_000)]
    assert told(steps) == ["paper_out", WELL]


def test_a_flicker_is_no_news() -> None:
    ready, absent = (PrinterState.READY, 4_000), (PrinterState.ABSENT, 1_500)
    assert told([ready, absent, ready, absent, ready]) == []


def test_a_sensor_that_goes_to_and_fro_for_ten_minutes_tells_two_news_in_half_a_minute() -> None:
    news = told([(PrinterState.PAPER_LOW, 3_000), (PrinterState.READY, 3_000)] * 100)
    assert news[:3] == ["paper_low", WELL, "paper_low"]
    assert len(news) <= 2 * 600_000 // QUIET_MS


@pytest.mark.parametrize("after", [PrinterState.READY, PrinterState.PAPER_OUT])
def test_a_trouble_ends_or_becomes_another_half_a_minute_after_it_was_told_at_the_soonest(after: PrinterState) -> None:
    word = WELL if after is PrinterState.READY else after.value
    assert told([(PrinterState.PAPER_LOW, 3_000), (after, QUIET_MS - 3_000)]) == ["paper_low"]
    assert told([(PrinterState.PAPER_LOW, 3_000), (after, QUIET_MS)]) == ["paper_low", word]
    assert told([(PrinterState.PAPER_LOW, 60_000), (after, LASTS_MS)]) == ["paper_low", word], "later, nothing waits"


def test_a_new_trouble_is_told_at_once_however_lately_the_last_one_ended() -> None:
    steps = [(PrinterState.PAPER_OUT, 60_000), (PrinterState.READY, LASTS_MS), (PrinterState.ABSENT, LASTS_MS)]
    assert told(steps) == ["paper_out", WELL, "absent"]


def test_a_printer_that_is_called_again_and_again_is_one_trouble() -> None:
    away = [(PrinterState.ABSENT, 3_000), (PrinterState.CONNECTING, 3_000)]
    assert told(away * 5) == ["absent"]


def test_what_the_journal_holds_open_is_not_told_again_after_a_restart() -> None:
    clock, watch = HandClock(), TroubleWatch("absent")
    watch.saw(PrinterState.ABSENT, clock.now())
    clock.forward(LASTS_MS)
    assert watch.news(clock.now()) is None
    watch.saw(PrinterState.READY, clock.now())
    clock.forward(LASTS_MS)
    assert watch.news(clock.now()) == WELL


@given(STEPS)
def test_no_two_news_in_a_row_are_the_same_and_each_was_seen(steps: list[tuple[PrinterState, int]]) -> None:
    news = [WELL, *told(steps)]
    assert all(one != other for one, other in pairwise(news))
    seen = {WELL if state in WELL_STATES else state.value for state, _ in steps} | {WELL}
    assert set(news) <= seen
