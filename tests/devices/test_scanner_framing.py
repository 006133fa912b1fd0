"""Scans come off the line one by one, whatever noise, halves and floods are between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.framing import Framed, Framer, Reason, Refused, Scan, Symbology
from firmware_profiles import load_scanner
from firmware_profiles.scanner_schema import Framing

PLAIN = Framing()
LINE_FEED = Framing(suffixes=("\n",))
STX_ETX = Framing(prefix="\x02", suffixes=("\x03",), aim=True)
PRINTED = Framing(prefix="~S", suffixes=("\t", "\t\r\n"), silence_ms=40)
NO_SUFFIX = Framing(suffixes=(), silence_ms=30)
SHORT = Framing(frame_letters_max=5)
BOTH = Framing(suffixes=("\r\n",), frame_letters_max=5)
EITHER = Framing(suffixes=("\n", "\r\n"))
CR_AND_LF = load_scanner("honeywell").framing
CR = Framing(suffixes=("\r",))
TAB = Framing(suffixes=("\t",))
TAB_PREFIX = Framing(prefix="\t", suffixes=("\r",))
LINE_START = Framing(prefix="\n", suffixes=("\r",))
FRAMINGS = [PLAIN, LINE_FEED, STX_ETX, PRINTED, NO_SUFFIX, SHORT]
TICKET = "7K3M9QWXC2V8N4PRTB6HD"

framings = st.sampled_from(FRAMINGS)
pieces = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"\r\n", b"\r", b"\n", b"\t", b"\x02", b"\x03", b"\x02]C0", b"~S", b"\0", b"\xc3", b"A" * 40]),
)
streams = st.lists(pieces, max_size=20).map(b"".join)
printed = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="~S\t"), min_size=1)


def read(framing: Framing, *data: bytes | str, now_ms: int = 0) -> list[Framed]:
    """What one framer makes of these reads, all at one moment."""
    framer = Framer(framing)
    return [one for piece in data for one in framer.read(piece.encode() if isinstance(piece, str) else piece, now_ms)]


def framed(framing: Framing, text: str) -> bytes:
    """The text as a well-set scanner sends it."""
    aim = "]C0" if framing.aim else ""
    return (framing.prefix + aim + text + "".join(framing.suffixes[:1])).encode()


@given(framings, streams, st.lists(st.integers(0, 600), max_size=20))
def test_scans_are_the_same_however_the_line_cuts_them(framing: Framing, data: bytes, cuts: list[int]) -> None:
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    parts = [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert read(framing, *parts) == read(framing, data)


@given(framings, st.lists(st.tuples(streams, st.integers(0, 150)), max_size=10))
def test_no_bytes_and_no_pause_upset_a_framer_and_little_is_held(
    framing: Framing, said: list[tuple[bytes, int]]
) -> None:
    framer, now_ms = Framer(framing), 0
    for data, pause_ms in said:
        now_ms += pause_ms
        for one in framer.read(data, now_ms):
            assert not isinstance(one, Scan) or 0 < len(one.text) <= framing.frame_letters_max
        assert framer.held_bytes <= 4 * (framing.frame_letters_max + 16)
    framer.tick(now_ms + framing.silence_ms)
    assert (framer.held_bytes, framer.silent_at_ms) == (0, None)


@given(framings, streams, printed.map(lambda text: text[:5]))
def test_after_any_garbage_and_a_pause_the_next_scan_is_read(framing: Framing, garbage: bytes, text: str) -> None:
    framer = Framer(framing)
    framer.read(garbage, 0)
    told = framer.read(framed(framing, text), 1_000) + framer.tick(2_000)
    symbology = Symbology.CODE_128 if framing.aim else None
    assert told[-1] == Scan(text, symbology, by_silence=not framing.suffixes)


@given(st.sampled_from([PLAIN, LINE_FEED, STX_ETX, SHORT]), streams, printed.map(lambda text: text[:5]))
def test_after_any_garbage_and_a_suffix_the_next_scan_is_read(framing: Framing, garbage: bytes, text: str) -> None:
    told = read(framing, garbage, framing.suffixes[-1], framed(framing, text))
    assert told[-1] == Scan(text, Symbology.CODE_128 if framing.aim else None)


@given(st.binary(max_size=200).filter(lambda data: b"\x03" not in data), printed.map(lambda text: text[:50]))
def test_garbage_right_before_a_start_sign_is_left_behind(garbage: bytes, text: str) -> None:
    told = read(STX_ETX, garbage + framed(STX_ETX, text))
    assert told[-1] == Scan(text, Symbology.CODE_128)
    assert len(told) == (2 if garbage else 1)


@given(st.sampled_from([one for one in FRAMINGS if one.suffixes]), st.lists(printed.map(lambda text: text[:5])))
def test_each_of_many_scans_in_one_read_is_told_once_in_order(framing: Framing, texts: list[str]) -> None:
    told = read(framing, b"".join(framed(framing, text) for text in texts))
    assert [one.text for one in told if isinstance(one, Scan)] == texts
    assert len(told) == len(texts)


@pytest.mark.parametrize(
    ("framing", "line", "told"),
    [
        (PLAIN, "A\r\nB\rC\nD\r\n\r\n\nE", ["A", "B", "C", "D"]),
        (PRINTED, "~SA\t~SB\t\r\n~SC\t\r~SD\t\n\tx~SE\t", ["A", "B", "C", "D", Reason.EMPTY, Reason.NO_PREFIX, "E"]),
        (PLAIN, "A\0B\rC\r", [Reason.CONTROL, "C"]),
        (PLAIN, "\0\rC\r", [Reason.CONTROL, "C"]),
        (PLAIN, "A\x7f\rA\x85\rC\r", [Reason.CONTROL, Reason.CONTROL, "C"]),
        (PLAIN, b"\xc3(\r\xe2\x82\rC\r", [Reason.NOT_TEXT, Reason.NOT_TEXT, "C"]),
        (PLAIN, "5€ Ærø कुछ\r", ["5€ Ærø कुछ"]),
        (PLAIN, "0104012345678901\x1d21ABC\r", ["0104012345678901\x1d21ABC"]),
        (PLAIN, "]C0ABC\r", ["]C0ABC"]),
        (STX_ETX, "]C0A\x03\x02]C0B\x03", [Reason.NO_PREFIX, "B"]),
        (STX_ETX, "\x02]C0A\x02]C0AB\x03", [Reason.NO_PREFIX, "AB"]),
        (STX_ETX, "\x02A\x03\x02]\x03\x02\x03\x02]C0\x03", [Reason.NO_AIM, Reason.NO_AIM, Reason.NO_AIM, Reason.EMPTY]),
        (PRINTED, "~S~SX\t", ["~SX"]),
        (PRINTED, "X~SX\t", [Reason.NO_PREFIX, "X"]),
        (EITHER, "A\r\nB\n", ["A", "B"]),
        (BOTH, "ABCDE\r\nA\nB\r\n", ["ABCDE", "A\nB"]),
        (BOTH, "X" * 50 + "\r\nA\r\n", [Reason.TOO_LONG, "A"]),
        (SHORT, "ÆØÅÆØ\rABCDEF\rX\r", ["ÆØÅÆØ", Reason.TOO_LONG, "X"]),
    ],
)
def test_good_frames_are_scans_and_bad_ones_have_a_reason(
    framing: Framing, line: bytes | str, told: list[str | Reason]
) -> None:
    seen = read(framing, line)
    assert [one.text if isinstance(one, Scan) else one.reason for one in seen] == told


def test_a_frame_of_ten_thousand_letters_is_cut_told_once_and_the_next_is_read() -> None:
    framer = Framer(PLAIN)
    told = [one for _ in range(100) for one in framer.read(b"X" * 100, 0)]
    assert [one.reason for one in told if isinstance(one, Refused)] == [Reason.TOO_LONG]
    assert framer.held_bytes <= 4_100
    assert framer.read(b"X" * 100 + b"\r" + TICKET.encode() + b"\r", 0) == [Scan(TICKET)]


@pytest.mark.parametrize("framing", [PLAIN, LINE_FEED])
def test_a_flood_that_falls_silent_does_not_take_the_next_scan_with_it(framing: Framing) -> None:
    framer = Framer(framing)
    framer.read(b"X" * 10_000, 0)
    assert framer.silent_at_ms == 100
    assert framer.tick(100) == []
    assert framer.read(b"A\r\n", 101)[0] == Scan("A" if framing is PLAIN else "A\r")


def test_a_flood_of_broken_letters_is_held_only_so_far() -> None:
    framer = Framer(PLAIN)
    told = framer.read(b"\x80" * 40_000, 0)
    assert [one.reason for one in told if isinstance(one, Refused)] == [Reason.TOO_LONG]
    assert framer.held_bytes < 10


def test_the_longest_frame_that_is_allowed_is_a_scan_with_prefix_and_identifier() -> None:
    text = "Æ" * STX_ETX.frame_letters_max
    assert read(STX_ETX, framed(STX_ETX, text)) == [Scan(text, Symbology.CODE_128)]
    assert read(STX_ETX, framed(STX_ETX, text + "Æ"))[0] == Refused(Reason.TOO_LONG, 8_197)


def test_a_scanner_that_never_sends_its_suffix_is_read_after_a_silence() -> None:
    framer = Framer(PLAIN)
    assert framer.read(TICKET[:10].encode(), 0) == []
    assert framer.read(TICKET[10:].encode(), 60) == []
    assert framer.silent_at_ms == 160
    assert framer.read(b"", 100) == []
    assert framer.tick(159) == []
    assert framer.tick(160) == [Scan(TICKET, by_silence=True)]
    assert framer.tick(10_000) == []


def test_a_half_frame_before_a_pause_is_marked_and_is_no_part_of_the_next_scan() -> None:
    framer = Framer(PLAIN)
    framer.read(b"7K3M", 0)
    assert framer.read(b"7K3M9QWX\r", 500) == [Scan("7K3M", by_silence=True), Scan("7K3M9QWX")]


def test_a_line_end_in_two_reads_is_one_line_end() -> None:
    framer = Framer(PLAIN)
    assert framer.read(b"A\r", 0) == [Scan("A")], "a scan is told at once"
    assert framer.read(b"\n", 5) == []
    assert framer.silent_at_ms is None
    assert framer.read(b"B\r", 50) == [Scan("B")]
    assert framer.silent_at_ms == 150, "its line end may still come"
    assert framer.tick(1_000) == []
    assert framer.silent_at_ms is None


@pytest.mark.parametrize("late", ["\n", "\r", "\n\n", "\r\n"])
@pytest.mark.parametrize("framing", [CR_AND_LF, CR, PLAIN, EITHER, BOTH, PRINTED, TAB_PREFIX])
def test_a_line_end_that_comes_late_is_no_part_of_the_next_scan(framing: Framing, late: str) -> None:
    framer, told = Framer(framing), list[Framed]()
    for now_ms, data in enumerate([framed(framing, "A"), late.encode() + framed(framing, "B")]):
        told += framer.tick(now_ms * 1_000) + framer.read(data, now_ms * 1_000)
    assert [one.text for one in told if isinstance(one, Scan)] == ["A", "B"]
    assert all(one.reason is Reason.EMPTY for one in told if isinstance(one, Refused))


@pytest.mark.parametrize("framing", [CR_AND_LF, CR, BOTH, PRINTED])
def test_line_ends_and_then_silence_are_an_empty_frame_and_no_scan(framing: Framing) -> None:
    framer = Framer(framing)
    framer.read(framed(framing, "A"), 0)
    framer.tick(1_000)
    assert framer.read(b"\n", 1_001) == []
    assert framer.tick(2_000) == [Refused(Reason.EMPTY, 1)]


def test_line_ends_belong_to_the_code_where_no_suffix_holds_them() -> None:
    assert read(TAB, "\nA\t") == [Scan("\nA")]
    assert read(BOTH, "A\nB\r\n") == [Scan("A\nB")]
    assert read(LINE_START, "\nA\r") == [Scan("A")], "a prefix is looked for where it stands"


@pytest.mark.parametrize(
    ("identifier", "symbology"),
    [
        ("]C0", Symbology.CODE_128),
        ("]C1", Symbology.CODE_128),
        ("]E0", Symbology.EAN_UPC),
        ("]E4", Symbology.EAN_UPC),
        ("]Q1", Symbology.QR),
        ("]Q3", Symbology.QR),
        ("]L0", Symbology.PDF417),
        ("]d2", Symbology.DATA_MATRIX),
        ("]A0", None),
        ("]z0", None),
    ],
)
def test_a_symbology_identifier_names_the_kind_of_code_and_is_no_part_of_it(
    identifier: str, symbology: Symbology | None
) -> None:
    assert read(Framing(aim=True), identifier + TICKET + "\r") == [Scan(TICKET, symbology)]


def test_a_profile_with_an_empty_suffix_is_our_own_bug() -> None:
    with pytest.raises(AssertionError, match="empty suffix"):
        Framer(Framing(suffixes=("\r", "")))
