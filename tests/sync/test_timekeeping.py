"""Whatever is done to a unit's clocks, its time is sound: rules by example, then by random nights."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Moment
from shared.sync.timekeeping import (
    EARLIEST_MS,
    JUMP_MS_MIN,
    LATEST_MS,
    Doubt,
    Timekeeping,
    begin,
    confirm,
    hear_hub,
    own_time,
    read,
    remembered,
)
from tests.support.clock import OPENING_MS, HandClock

YEAR_MS = 365 * DAY_MS
ABSURD = (0, -1, -(10**19), 10**19, 253_402_300_799_000, EARLIEST_MS - DAY_MS, LATEST_MS + 1)


class Edge:
    """An edge's time between a clock and its memory, as a test moves them."""

    def __init__(self, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.last: Moment | None = None
        self.state = begin(None, None, self.clock.now())

    @property
    def doubt(self) -> Doubt | None:
        self.state = read(self.state, self.clock.now())
        return self.state.doubt

    def time(self) -> int:
        raw = self.clock.now()
        self.state = read(self.state, raw)
        return own_time(self.state, raw)

    def write(self) -> int:
        """A fact happens: its wall, monotonic reading and boot stand in the journal."""
        told_ms = self.time()
        self.last = msgspec.structs.replace(self.clock.now(), wall_ms=told_ms)
        return told_ms

    def reboot(self, wall_ms: int, *, remembers: bool = True) -> None:
        before = remembered(self.state, self.clock.now()) if remembers else None
        self.clock.reboot(wall_ms)
        self.state = begin(before, self.last, self.clock.now())

    def restart(self) -> None:
        """The program alone starts again."""
        self.state = begin(remembered(self.state, self.clock.now()), self.last, self.clock.now())

    def hub(self, hub_ms: int) -> None:
        self.state = hear_hub(read(self.state, self.clock.now()), hub_ms, self.clock.now())

    def supervisor(self, wall_ms: int) -> None:
        self.state = confirm(self.state, wall_ms, self.clock.now())


def test_a_clock_that_runs_well_is_the_time() -> None:
    edge = Edge()
    edge.clock.forward(HOUR_MS)
    assert edge.time() == OPENING_MS + HOUR_MS
    assert edge.doubt is None


@pytest.mark.parametrize("step_ms", [JUMP_MS_MIN, 30 * SECOND_MS])
def test_drift_forward_is_followed_and_drift_back_is_waited_out(step_ms: int) -> None:
    edge = Edge()
    edge.clock.set_wall(OPENING_MS + step_ms)
    assert edge.time() == OPENING_MS + step_ms
    edge.clock.set_wall(OPENING_MS)
    assert edge.time() == OPENING_MS + step_ms
    edge.clock.forward(SECOND_MS)
    assert edge.time() == OPENING_MS + step_ms + SECOND_MS
    assert edge.doubt is None


def test_many_small_steps_are_one_jump() -> None:
    edge = Edge()
    for _ in range(3):
        edge.clock.set_wall(edge.clock.wall_ms + 2 * MINUTE_MS)
        edge.time()
    assert edge.doubt is not None
    assert edge.time() == OPENING_MS + 4 * MINUTE_MS


@pytest.mark.parametrize("jump_ms", [YEAR_MS, -YEAR_MS, JUMP_MS_MIN + 1, -JUMP_MS_MIN - 1])
def test_a_jump_is_doubted_and_time_goes_on_steadily(jump_ms: int) -> None:
    edge = Edge()
    edge.clock.set_wall(OPENING_MS + jump_ms)
    assert edge.doubt == Doubt(OPENING_MS, OPENING_MS + jump_ms, "jumped")
    edge.clock.forward(HOUR_MS)
    assert edge.time() == OPENING_MS + HOUR_MS
    edge.clock.set_wall(OPENING_MS + HOUR_MS)
    assert edge.doubt is not None, "a clock that came back by itself is still one that somebody moved"


@pytest.mark.parametrize("jump_ms", [YEAR_MS, -YEAR_MS])
def test_a_supervisor_ends_the_doubt_and_the_wrong_wall_clock_is_known(jump_ms: int) -> None:
    edge = Edge()
    edge.clock.set_wall(OPENING_MS + jump_ms)
    edge.supervisor(edge.time())
    edge.clock.forward(HOUR_MS)
    assert edge.doubt is None
    assert edge.time() == OPENING_MS + HOUR_MS
    edge.clock.set_wall(OPENING_MS + HOUR_MS)
    assert edge.doubt is None, "the wall clock was put right"
    assert edge.time() == OPENING_MS + HOUR_MS


def test_a_supervisor_may_move_the_time_on_but_never_back() -> None:
    edge = Edge()
    edge.clock.set_wall(OPENING_MS + DAY_MS)
    edge.supervisor(OPENING_MS - HOUR_MS)
    assert edge.time() == OPENING_MS
    edge.clock.set_wall(OPENING_MS + 3 * DAY_MS)
    assert edge.doubt is not None
    edge.supervisor(OPENING_MS + 3 * DAY_MS)
    assert edge.time() == OPENING_MS + 3 * DAY_MS
    assert edge.doubt is None


def test_the_hubs_time_brings_a_clock_back_that_was_a_year_ahead() -> None:
    edge = Edge(HandClock(OPENING_MS + YEAR_MS))
    assert edge.doubt is None, "nothing tells a fresh unit better"
    edge.hub(OPENING_MS)
    edge.clock.forward(MINUTE_MS)
    assert edge.time() == OPENING_MS + MINUTE_MS
    assert edge.doubt is None


def test_the_hub_confirms_either_side_of_a_jump() -> None:
    slept = Edge()
    slept.clock.set_wall(OPENING_MS + DAY_MS)
    assert slept.doubt is not None
    slept.hub(OPENING_MS + DAY_MS + 1)
    assert slept.time() == OPENING_MS + DAY_MS + 1
    moved = Edge()
    moved.clock.set_wall(OPENING_MS + DAY_MS)
    assert moved.doubt is not None
    moved.hub(OPENING_MS + 1)
    assert moved.time() == OPENING_MS + 1
    assert slept.doubt is None
    assert moved.doubt is None


def test_a_little_difference_to_the_hub_never_moves_time_back_but_forward() -> None:
    edge = Edge()
    edge.hub(OPENING_MS - MINUTE_MS)
    assert edge.time() == OPENING_MS
    edge.clock.forward(SECOND_MS)
    edge.hub(OPENING_MS + MINUTE_MS)
    assert edge.time() == OPENING_MS + MINUTE_MS, "a close is obeyed at the earliest possible time"


def test_a_page_that_was_kept_back_confirms_nothing() -> None:
    edge = Edge()
    edge.hub(OPENING_MS)
    edge.clock.forward(4 * HOUR_MS)
    edge.clock.set_wall(OPENING_MS + MINUTE_MS)
    assert edge.doubt is not None
    for hub_ms in (OPENING_MS, OPENING_MS - HOUR_MS, OPENING_MS + HOUR_MS):
        edge.hub(hub_ms)
        assert edge.doubt is not None, "the hub is four hours further by now"
    assert edge.time() == OPENING_MS + 4 * HOUR_MS
    edge.hub(OPENING_MS + 4 * HOUR_MS)
    assert edge.doubt is None


def test_a_reading_of_another_boot_confirms_nothing() -> None:
    edge = Edge()
    before = edge.clock.now()
    edge.reboot(OPENING_MS + HOUR_MS)
    assert hear_hub(edge.state, OPENING_MS + DAY_MS, before) is edge.state


def test_after_a_reboot_offline_time_is_never_earlier_than_the_last_entry() -> None:
    edge = Edge()
    edge.clock.forward(HOUR_MS)
    written_ms = edge.write()
    edge.reboot(written_ms - JUMP_MS_MIN, remembers=False)
    assert edge.time() == written_ms
    assert edge.doubt is None
    edge.reboot(written_ms - JUMP_MS_MIN - 1, remembers=False)
    assert edge.time() == written_ms
    assert edge.doubt == Doubt(written_ms, written_ms - JUMP_MS_MIN - 1, "reboot")


def test_a_night_switched_off_is_no_jump() -> None:
    edge = Edge()
    edge.write()
    edge.reboot(OPENING_MS + 3 * DAY_MS)
    assert edge.time() == OPENING_MS + 3 * DAY_MS
    assert edge.doubt is None


def test_a_reboot_washes_no_jump_away() -> None:
    doubted = Edge()
    doubted.clock.set_wall(OPENING_MS + YEAR_MS)
    assert doubted.doubt is not None
    doubted.reboot(OPENING_MS + YEAR_MS + MINUTE_MS)
    assert doubted.doubt is not None
    assert doubted.time() == OPENING_MS
    known_wrong = Edge()
    known_wrong.clock.set_wall(OPENING_MS + YEAR_MS)
    known_wrong.hub(OPENING_MS + 1)
    known_wrong.reboot(OPENING_MS + YEAR_MS + MINUTE_MS)
    assert known_wrong.doubt is not None


def test_a_program_that_starts_again_in_the_same_boot_goes_on_steadily() -> None:
    edge = Edge()
    edge.write()
    edge.clock.forward(MINUTE_MS)
    edge.clock.set_wall(OPENING_MS + YEAR_MS)
    edge.restart()
    assert edge.doubt == Doubt(OPENING_MS + MINUTE_MS, OPENING_MS + YEAR_MS, "jumped")
    assert edge.time() == OPENING_MS + MINUTE_MS


@pytest.mark.parametrize("wall_ms", ABSURD)
def test_an_absurd_wall_clock_is_doubted_at_any_moment(wall_ms: int) -> None:
    fresh = Edge(HandClock(wall_ms))
    assert fresh.doubt is not None
    assert fresh.time() == EARLIEST_MS
    running = Edge()
    running.clock.set_wall(wall_ms)
    assert running.doubt is not None
    running.supervisor(wall_ms)
    assert EARLIEST_MS <= running.time() <= LATEST_MS + JUMP_MS_MIN
    running.hub(wall_ms)
    assert EARLIEST_MS <= running.time() <= LATEST_MS + JUMP_MS_MIN
    assert abs(running.state.shift_ms) < 2**62, "a database holds it"


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 8 * HOUR_MS)),
    st.tuples(st.just("set"), st.one_of(st.integers(-YEAR_MS, YEAR_MS), st.integers(-9 * MINUTE_MS, 9 * MINUTE_MS))),
    st.tuples(st.just("absurd"), st.sampled_from(ABSURD)),
    st.tuples(st.just("reboot"), st.integers(-YEAR_MS, YEAR_MS)),
    st.tuples(st.just("forget"), st.integers(-HOUR_MS, HOUR_MS)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("write"), st.just(0)),
    st.tuples(st.just("replay"), st.integers(-YEAR_MS, 0)),
    st.tuples(st.just("supervisor"), st.integers(-YEAR_MS, YEAR_MS)),
)


def _do(edge: Edge, what: str, ms: int) -> None:
    wall_ms = edge.clock.wall_ms
    if what == "pass":
        edge.clock.forward(ms)
    elif what in ("set", "absurd"):
        edge.clock.set_wall(ms if what == "absurd" else wall_ms + ms)
    elif what in ("reboot", "forget"):
        edge.reboot(wall_ms + ms, remembers=what == "reboot")
    elif what == "restart":
        edge.restart()
    elif what == "write":
        edge.write()
    elif what == "replay":
        edge.hub(edge.state.hub_ms + ms)
    elif what == "supervisor" and edge.doubt is not None:
        edge.supervisor(edge.time() + ms)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_without_the_hub_time_only_goes_forward(steps: list[tuple[str, int]]) -> None:
    """No boot, clock or person moves it back, nor below the last entry, as long as the unit remembers."""
    edge, before_ms = Edge(), 0
    for what, ms in steps:
        if what == "forget":
            continue
        _do(edge, what, ms)
        now_ms = edge.time()
        assert now_ms >= before_ms
        assert EARLIEST_MS <= now_ms <= LATEST_MS + 25 * (8 * HOUR_MS)
        before_ms = now_ms


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_with_its_journal_alone_a_unit_is_never_earlier_than_its_last_entry(steps: list[tuple[str, int]]) -> None:
    edge = Edge()
    for what, ms in steps:
        _do(edge, what, ms)
        assert edge.last is None or edge.time() >= edge.last.wall_ms


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=25), st.integers(0, 2 * DAY_MS))
def test_a_closed_sale_stays_closed_whatever_the_wall_does(steps: list[tuple[str, int]], close_in_ms: int) -> None:
    edge, closes_ms, closed = Edge(), OPENING_MS + close_in_ms, False
    for what, ms in steps:
        if what == "forget":
            continue
        _do(edge, what, ms)
        sells = edge.doubt is None and edge.time() < closes_ms
        assert not (closed and sells)
        closed = closed or edge.time() >= closes_ms


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=20), st.integers(0, YEAR_MS))
def test_the_hubs_word_always_ends_the_doubt_with_its_own_time(steps: list[tuple[str, int]], since_ms: int) -> None:
    edge = Edge()
    for what, ms in steps:
        _do(edge, what, ms)
    truth_ms = OPENING_MS + since_ms
    edge.hub(truth_ms)
    assert edge.doubt is None
    assert truth_ms <= edge.time() <= truth_ms + JUMP_MS_MIN


@settings(max_examples=200, deadline=None)
@given(st.lists(STEPS, max_size=20))
def test_a_unit_that_hears_the_hub_is_right_within_five_minutes(steps: list[tuple[str, int]]) -> None:
    """True time goes on beside the walk; after each step the hub speaks."""
    edge, truth_ms = Edge(), OPENING_MS
    for what, ms in steps:
        _do(edge, what, ms)
        truth_ms += SECOND_MS + (ms if what == "pass" else 0)
        edge.hub(truth_ms)
        assert truth_ms <= edge.time() <= truth_ms + JUMP_MS_MIN


def test_the_state_can_be_stored_whole() -> None:
    edge = Edge()
    edge.clock.set_wall(0)
    assert edge.doubt is not None
    stored = msgspec.msgpack.encode(remembered(edge.state, edge.clock.now()))
    assert msgspec.msgpack.decode(stored, type=Timekeeping).boot_id == UUID(int=7)
