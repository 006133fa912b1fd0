"""Every bit that a printer may set means what the ESC/POS command reference says, and leads to one state.

The tables are typed off Epson's ESC/POS command reference (`DLE EOT n`, `GS a n`), bit by bit, and not made from the
tables of the code.
"""

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.answers import Answer, FlowControl, Noise, Pushed, Question, RealTime, StatusReader
from edge.devices.status import Connection, DeviceFacts, Paper, PrinterState, Reading, state_of
from edge.devices.virtual.troubles import Troubles

NOTHING = Reading()
ASKED = [
    # n = 1, printer status: 0 off, 1 on, 4 on, 7 off are fixed
    (1, 2, "drawer_pin_high", "drawer kick-out connector pin 3 is HIGH"),
    (1, 3, "offline", "offline"),
    (1, 5, "waits_for_recovery", "waiting for online recovery"),
    (1, 6, "feed_pressed", "the paper feed button is pressed"),
    # n = 2, offline cause
    (2, 2, "cover_open", "the cover is open"),
    (2, 3, "feeding", "paper is being fed by the paper feed button"),
    (2, 5, "paper_stop", "printing stops due to a paper end"),
    (2, 6, "error_stop", "an error has occurred"),
    # n = 3, error cause
    (3, 2, "mechanical_error", "a recoverable (mechanical) error has occurred"),
    (3, 3, "cutter_error", "an autocutter error has occurred"),
    (3, 5, "unrecoverable_error", "an unrecoverable error has occurred"),
    (3, 6, "passing_error", "an automatically recoverable error has occurred"),
    # n = 4, roll paper sensors: two bits each, set together; one alone is taken as set
    (4, 2, "paper_near_end", "near the end"),
    (4, 3, "paper_near_end", "near the end"),
    (4, 5, "paper_end", "no paper"),
    (4, 6, "paper_end", "no paper"),
]
PUSHED = [
    (1, 2, {"drawer_pin_high"}),
    (1, 3, {"offline"}),
    (1, 5, {"cover_open"}),
    (1, 6, {"feeding"}),
    (2, 0, {"waits_for_recovery"}),
    (2, 1, {"feed_pressed"}),
    (2, 2, {"mechanical_error", "error_stop"}),
    (2, 3, {"cutter_error", "error_stop"}),
    (2, 5, {"unrecoverable_error", "error_stop"}),
    (2, 6, {"passing_error", "error_stop"}),
    (3, 0, {"paper_near_end"}),
    (3, 1, {"paper_near_end"}),
    (3, 2, {"paper_end", "paper_stop"}),
    (3, 3, {"paper_end", "paper_stop"}),
    *[(3, bit, set()) for bit in (5, 6)],  # reserved
    *[(4, bit, set()) for bit in (0, 1, 2, 3, 5, 6)],  # reserved
]
readings = st.builds(Reading, **dict.fromkeys(Reading.__struct_fields__, st.booleans()))
troubles = st.builds(
    Troubles,
    **dict.fromkeys(
        ("paper_out", "paper_low", "cover_open", "cutter_jammed", "hot", "broken", "feeding", "drawer_pin_high"),
        st.booleans(),
    ),
)


def up(**facts: Any) -> DeviceFacts:
    """A printer that is connected, and what else is so."""
    return DeviceFacts(connection=Connection.UP, **facts)


def set_in(reading: Reading) -> set[str]:
    """Names of what the reading says is so."""
    return {name for name in Reading.__struct_fields__ if getattr(reading, name)}


@pytest.mark.parametrize(("question", "bit", "field", "_words"), ASKED)
def test_each_bit_of_a_status_answer_says_one_thing(question: int, bit: int, field: str, _words: str) -> None:
    answer = RealTime(Question(question), bytes((0x12 | 1 << bit,)))
    assert set_in(NOTHING.told(answer)) == {field}
    everything = msgspec.structs.replace(NOTHING, **dict.fromkeys(Reading.__struct_fields__, True))
    assert field not in set_in(everything.told(RealTime(Question(question), b"\x12")))


def test_the_bits_that_are_reserved_or_fixed_say_nothing() -> None:
    told = {(question, bit) for question, bit, *_ in ASKED}
    for question, bit in itertools.product(Question, range(8)):
        if (question, bit) not in told:
            assert NOTHING.told(RealTime(question, bytes((0x12 | 1 << bit,)))) == NOTHING


@pytest.mark.parametrize("byte", range(256))
def test_only_a_byte_with_the_fixed_bits_of_a_status_is_one(byte: int) -> None:
    line = StatusReader()
    line.ask(Question.GENERAL)
    is_status = [bool(byte >> bit & 1) for bit in (0, 1, 4, 7)] == [False, True, True, False]
    assert any(isinstance(told, RealTime) for told in line.read(bytes((byte,)))) is is_status


@pytest.mark.parametrize(("place", "bit", "fields"), PUSHED)
def test_each_bit_of_a_pushed_status_says_its_thing(place: int, bit: int, fields: set[str]) -> None:
    frame = bytearray((0x10, 0, 0, 0))
    frame[place - 1] |= 1 << bit
    (told,) = StatusReader().read(bytes(frame))
    assert isinstance(told, Pushed)
    assert set_in(NOTHING.told(told)) == fields


@given(troubles)
def test_asked_or_pushed_the_virtual_printer_says_the_same(now: Troubles) -> None:
    line, asked, pushed = StatusReader(), NOTHING, NOTHING
    for question in Question:
        line.ask(question)
        for told in line.read(now.real_time(question)):
            asked = asked.told(told)
    for told in line.read(now.pushed()):
        pushed = pushed.told(told)
    assert asked == pushed
    assert asked.prints is not now.offline
    assert (asked.cover_open, asked.cutter_error, asked.unrecoverable_error) == (
        now.cover_open,
        now.cutter_jammed,
        now.broken,
    )
    assert (asked.paper is Paper.OUT, asked.drawer_pin_high) == (now.paper_out, now.drawer_pin_high)


@given(readings, readings)
def test_a_pushed_status_is_the_whole_truth_whatever_was_said_before(before: Reading, other: Reading) -> None:
    frame = Pushed(b"\x10\x00\x03\x00")
    assert before.told(frame) == other.told(frame)
    for no_status in (Answer(b"\x00"), FlowControl(b"\x11"), Noise(b"\xff")):
        assert before.told(no_status) == before


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (Reading(), PrinterState.READY),
        (Reading(paper_near_end=True), PrinterState.PAPER_LOW),
        (Reading(paper_near_end=True, paper_end=True, offline=True), PrinterState.PAPER_OUT),
        (Reading(paper_stop=True, offline=True), PrinterState.PAPER_OUT),
        (Reading(cover_open=True, paper_end=True, offline=True), PrinterState.COVER_OPEN),
        (Reading(cover_open=True, passing_error=True, error_stop=True, offline=True), PrinterState.COVER_OPEN),
        (Reading(cutter_error=True, error_stop=True, offline=True), PrinterState.ERROR),
        (Reading(error_stop=True), PrinterState.ERROR),
        (Reading(unrecoverable_error=True), PrinterState.ERROR),
        (Reading(passing_error=True, offline=True), PrinterState.ERROR),
        (Reading(passing_error=True), PrinterState.ERROR),
        (Reading(offline=True), PrinterState.ERROR),
        (Reading(offline=True, waits_for_recovery=True), PrinterState.ERROR),
        (Reading(offline=True, feeding=True), PrinterState.BUSY),
        (Reading(offline=True, feed_pressed=True), PrinterState.BUSY),
        (Reading(drawer_pin_high=True), PrinterState.READY),
    ],
)
def test_what_a_connected_printer_says_is_one_state(said: Reading, state: PrinterState) -> None:
    assert state_of(up(reading=said)) is state


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (DeviceFacts(), PrinterState.CONNECTING),
        (up(), PrinterState.CONNECTING),
        (DeviceFacts(connection=Connection.AWAY), PrinterState.ABSENT),
        (DeviceFacts(connection=Connection.AWAY, reading=Reading(), printing=True), PrinterState.ABSENT),
        (up(reading=Reading(), failed=True), PrinterState.ERROR),
        (up(reading=Reading(), enabled=False), PrinterState.DISABLED),
        (DeviceFacts(connection=Connection.AWAY, enabled=False, failed=True), PrinterState.DISABLED),
        (up(reading=Reading(), enabled=False, printing=True), PrinterState.BUSY),
        (up(reading=Reading(paper_near_end=True), printing=True), PrinterState.BUSY),
        (
            up(reading=Reading(cover_open=True), printing=True),
            PrinterState.COVER_OPEN,
        ),
    ],
)
def test_line_and_service_decide_before_what_the_printer_says(facts: DeviceFacts, state: PrinterState) -> None:
    assert state_of(facts) is state


@given(readings)
def test_only_a_printer_that_prints_is_ready(said: Reading) -> None:
    state = state_of(up(reading=said))
    assert (state in (PrinterState.READY, PrinterState.PAPER_LOW)) is said.prints
    assert not (said.prints and said.offline)
    assert not (said.prints and said.goes_on_alone)
    assert not (said.goes_on_alone and said.paper is Paper.OUT)


@pytest.mark.parametrize(
    ("said", "alone"),
    [
        (Reading(offline=True, passing_error=True, error_stop=True), True),
        (Reading(offline=True, feeding=True), True),
        (Reading(offline=True, passing_error=True, cover_open=True), False),
        (Reading(offline=True, passing_error=True, cutter_error=True), False),
        (Reading(offline=True, error_stop=True, feeding=True), False),
        (Reading(offline=True), False),
        (Reading(feed_pressed=True), False),
        (Reading(), False),
    ],
)
def test_a_hot_head_and_a_held_button_pass_without_a_hand(said: Reading, alone: bool) -> None:
    assert said.goes_on_alone is alone
