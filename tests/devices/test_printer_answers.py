"""Whatever a printer sends back is told apart, however the line cuts it, and nothing of it is lost unseen."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.answers import (
    BLOCK_BYTES_MAX,
    BLOCK_LETTERS,
    Answer,
    Block,
    FlowControl,
    Noise,
    Pushed,
    Question,
    RealTime,
    StatusReader,
    Told,
    Unasked,
)

questions = st.lists(st.sampled_from(Question), max_size=4)
streams = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(b"\x10\x12\x14\x00\x0f\x37\x11"), max_size=60))


def fixed(mask: int, bits: int) -> st.SearchStrategy[bytes]:
    """Bytes with these fixed bits."""
    return st.sampled_from([bytes((byte,)) for byte in range(256) if byte & mask == bits])


real_time, first, rest = fixed(0x93, 0x12), fixed(0x93, 0x10), fixed(0x90, 0x00)
pushed = st.builds(lambda a, b, c, d: Pushed(a + b + c + d), first, rest, rest, rest)
letters = st.lists(st.sampled_from(BLOCK_LETTERS), max_size=80).map(bytes)
blocks = st.builds(lambda head, text: Block(head + text + b"\0"), st.sampled_from([b"7", b"=", b"_"]), letters)
unasked = st.one_of(pushed, rest.map(Answer), st.sampled_from([FlowControl(b"\x11"), FlowControl(b"\x13")]))


def reader(asked: list[Question], awaited_blocks: int = 0) -> StatusReader:
    """One that has asked all this."""
    made = StatusReader()
    for question in asked:
        made.ask(question)
    for _ in range(awaited_blocks):
        made.await_block()
    return made


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """The same bytes as several reads."""
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(streams.map(bytes), questions, st.integers(0, 3), st.lists(st.integers(0, 300), max_size=20))
def test_any_bytes_in_any_pieces_say_the_same_as_in_one(
    data: bytes, asked: list[Question], awaited: int, cuts: list[int]
) -> None:
    whole, pieces = reader(asked, awaited), reader(asked, awaited)
    told = whole.read(data)
    assert [one for piece in in_pieces(data, cuts) for one in pieces.read(piece)] == told
    assert pieces.held == whole.held


@given(streams.map(bytes), questions, st.integers(0, 3))
def test_every_byte_is_told_once_or_still_held_and_little_is_held(
    data: bytes, asked: list[Question], awaited: int
) -> None:
    line = reader(asked, awaited)
    told = line.read(data)
    assert Counter(b"".join(one.data for one in told) + line.held) == Counter(data)
    assert len(line.held) <= BLOCK_BYTES_MAX


@given(st.lists(st.one_of(unasked, blocks, st.tuples(st.sampled_from(Question), real_time)), max_size=30))
def test_a_printer_that_keeps_to_the_reference_is_understood_word_for_word(
    said: list[Told | tuple[Question, bytes]],
) -> None:
    line, heard, meant = StatusReader(), list[Told](), list[Told]()
    for one in said:
        match one:
            case (question, data):
                line.ask(question)
                meant.append(RealTime(question, data))
            case Block():
                line.await_block()
                meant.append(one)
            case _:
                meant.append(one)
        heard += line.read(meant[-1].data)
    assert heard == meant
    assert line.held == b""


@given(st.binary(max_size=60), pushed)
def test_after_any_garbage_a_pushed_status_is_read_whole_and_proves_no_print(garbage: bytes, status: Pushed) -> None:
    line = StatusReader()
    line.read(garbage)
    told = line.read(status.data)
    assert told[-1] == status
    assert not [one for one in told if isinstance(one, Answer)]


@given(pushed, st.integers(1, 3), st.sampled_from([b"\x11", b"\x13", b"\x13\x11", b"\xff", b"\x5f", b"\x81\x37"]))
def test_what_breaks_into_a_pushed_status_leaves_no_proof_behind(status: Pushed, at: int, inside: bytes) -> None:
    told = reader([], 1).read(status.data[:at] + inside + status.data[at:])
    assert status in told
    assert not [one for one in told if isinstance(one, Answer)]


def test_a_status_answer_inside_a_pushed_status_answers_its_question() -> None:
    line = reader([Question.PAPER])
    assert line.read(b"\x10\x00\x12\x03\x00") == [RealTime(Question.PAPER, b"\x12"), Pushed(b"\x10\x00\x03\x00")]


def test_answers_belong_to_questions_in_the_order_of_asking() -> None:
    line = StatusReader()
    assert line.ask(Question.PAPER) + line.ask(Question.GENERAL) == b"\x10\x04\x04\x10\x04\x01"
    assert line.read(b"\x1e\x00\x12") == [
        RealTime(Question.PAPER, b"\x1e"),
        Answer(b"\x00"),
        RealTime(Question.GENERAL, b"\x12"),
    ]


def test_an_answer_too_many_is_told_as_such() -> None:
    assert StatusReader().read(b"\x12") == [Unasked(b"\x12")]
    assert reader([Question.PAPER]).read(b"\x1e\x12") == [RealTime(Question.PAPER, b"\x1e"), Unasked(b"\x12")]


def test_a_fifth_question_at_once_is_our_own_bug() -> None:
    line = reader([Question.PAPER] * 4)
    with pytest.raises(AssertionError, match="four questions"):
        line.ask(Question.PAPER)


def test_the_firmware_name_is_read_between_statuses_and_flow_control() -> None:
    line = reader([Question.GENERAL], 1)
    assert line.read(b"\x12\x5fTM-\x13T20III\x00\x10\x00\x00\x00") == [
        RealTime(Question.GENERAL, b"\x12"),
        FlowControl(b"\x13"),
        Block(b"_TM-T20III\x00"),
        Pushed(b"\x10\x00\x00\x00"),
    ]


@pytest.mark.parametrize("rubbish", [b"_" + b"A" * 500, b"_TM\x12", b"_TM\xc3\xa9", b"__\x07"])
def test_a_block_that_never_ends_is_given_up_and_the_next_one_is_read(rubbish: bytes) -> None:
    line = reader([], 1)
    told = line.read(rubbish + b"\x10\x00\x00\x00_TM-m30\x00")
    assert told[-1] == Block(b"_TM-m30\x00")
    assert any(isinstance(one, Noise) for one in told)


def test_the_head_of_a_block_that_nobody_asked_for_swallows_nothing() -> None:
    assert StatusReader().read(b"_\x30\x00\x00\x00") == [Noise(b"_"), Pushed(b"\x30\x00\x00\x00")]


def test_one_block_that_was_asked_for_is_one_block() -> None:
    assert reader([], 1).read(b"_TM-m30\0_\0") == [Block(b"_TM-m30\0"), Noise(b"_"), Answer(b"\0")]


def test_an_endless_block_is_held_only_so_far() -> None:
    line = reader([], 1)
    for _ in range(1_000):
        line.read(b"_")
        assert len(line.held) <= BLOCK_BYTES_MAX
