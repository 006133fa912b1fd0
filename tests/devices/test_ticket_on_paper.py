"""The ticket as the buyer holds it: every field, both widths, both marks, and letters from anywhere."""

from pathlib import Path

import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.devices.encoder import encode
from firmware_profiles import load_printer
from shared.kernel.codec import decode
from shared.kernel.codec import encode as pack
from shared.paper.document import Band, Columns, Cut, Document, Mark, Qr, Text, marked_elements, with_mark
from tests.devices.slips import TICKET, WIDTHS, paper_of, printed, ticket

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["ticket", "training", "reprint"])
def test_a_ticket_is_the_same_bytes_as_ever(width: str, kind: str) -> None:
    document = {
        "ticket": ticket(),
        "training": ticket(training=True),
        "reprint": with_mark(ticket(), "REPRINT"),
    }[kind]
    golden = GOLDEN / f"{kind}-{width}.bin"
    assert encode(document, load_printer(width)) == golden.read_bytes()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_ticket_shows_all_that_the_standard_asks_for(width: str) -> None:
    text = printed(ticket(), width).text
    fields = {
        "a organisation": "RIVERMOUTH ROVERS FOUNDATION",
        "b event": "HOME OPENER 50/50",
        "b place": "Harbour Stand, Quayside Park",
        "c draw numbers": "104 231 - 104 240",
        "d date and time": "2026-11-21 20:14",
        "e unit": "RSU 07",
        "f price and tender": "$10.00 cash",
        "g validation number": "7KQ4-M2XT-9BVD-0HZC-3F5W-S",
        "h licence": "RAF-2291847",
        "i journal": "R07-3-001482",
        "i chain": "9F3A C41E",
    }
    assert [name for name, value in fields.items() if value not in text] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_of_a_ticket_fits_its_paper(width: str) -> None:
    slip = printed(ticket(), width)
    assert max(len(line) for line in slip.lines if not line.startswith("[QR")) <= load_printer(width).columns


@pytest.mark.parametrize("width", WIDTHS)
def test_the_code_on_the_paper_can_be_scanned(width: str) -> None:
    (code,) = zxingcpp.read_barcodes(printed(ticket(), width).picture().convert("L"))
    assert code.text == TICKET.qr_payload


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_code_can_be_scanned_too(width: str) -> None:
    payload = "A1" * 75
    (code,) = zxingcpp.read_barcodes(printed(ticket(qr_payload=payload), width).picture().convert("L"))
    assert code.text == payload


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mark", ["REPRINT", "VOID", "TRAINING"])
def test_a_mark_stands_at_the_top_and_at_the_bottom(width: str, mark: Mark) -> None:
    document = with_mark(ticket(), mark)
    lines = [line.strip() for line in printed(document, width).lines]
    assert (lines[0], lines[-1], lines.count(mark)) == (mark, mark, 2)


def test_a_reprint_of_a_training_ticket_says_both() -> None:
    marked = with_mark(with_mark(ticket(training=True), "REPRINT"), "REPRINT")
    assert marked.marks == ("TRAINING", "REPRINT")
    assert marked_elements(marked)[-1] == Cut()


def test_a_training_number_cannot_be_taken_for_a_real_one() -> None:
    assert "T 104 231 - T 104 240" in printed(ticket(training=True), "virtual-80").text
    assert "T 104 231-T 104 240" in printed(ticket(training=True), "virtual-58").text


@pytest.mark.parametrize("width", WIDTHS)
def test_a_sale_over_two_leases_shows_both_ranges_each_on_one_line(width: str) -> None:
    slip = printed(ticket(draw_numbers=((104231, 104240), (9_999_001, 9_999_010), (7, 7))), width)
    numbers = [line.strip().replace(" ", "") for line in slip.lines[6:9]]
    assert numbers == ["104231-104240", "9999001-9999010", "000007"]


def test_the_draw_numbers_stand_white_on_black_over_the_width() -> None:
    picture = printed(Document((Band("104 231 - 104 240"),)), "virtual-58").picture().convert("L")
    rows = [bytes(picture.crop((0, y, picture.width, y + 1)).tobytes()) for y in range(picture.height)]
    black_rows = [row for row in rows if row.count(0) >= 370]
    assert len(black_rows) >= 20
    assert all(row.count(0) > 150 for row in rows if row.count(0))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["Kovač", "東京", "Ω", "Zażółć", "عربي", "🎟"])
def test_a_letter_that_the_printer_lacks_is_drawn_and_never_a_question_mark(width: str, name: str) -> None:
    for element in (Text(name), Text(name, size="large", bold=True), Band(name), Columns("Unit", name)):
        data = encode(Document((element,)), load_printer(width))
        slip = paper_of(data, width)
        assert "?" not in slip.text
        assert name.encode("gb18030") not in data
        assert min(slip.picture().convert("L").tobytes()) == 0, "something black is on the paper"


def test_a_letter_of_the_pinned_page_stays_text() -> None:
    assert "Café € 20 ñ" in printed(Document((Text("Café € 20 ñ"),)), "virtual-58").text


def test_typographic_signs_have_plain_twins_on_paper() -> None:
    assert """1 - 2 "x" 'y' -3...""" in printed(Document((Text("1 – 2 “x” ‘y’ −3…"),)), "virtual-58").text


def test_a_value_too_long_for_its_line_moves_to_the_next() -> None:
    lines = printed(Document((Columns("Unit", "Harbour Stand handheld number 07"),)), "virtual-58").lines
    assert lines == ["Unit", "Harbour Stand handheld number 07"]


def test_a_document_survives_the_spool() -> None:
    document = with_mark(ticket(), "VOID")
    assert decode(pack(document), Document) == document


def test_a_raster_never_holds_an_order_that_overtakes() -> None:
    document = Document(tuple(Text(chr(letter) * 12) for letter in range(0x100, 0x180)))
    data = encode(document, load_printer("virtual-58"))
    assert not any(order in data for order in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


@settings(max_examples=40, deadline=None)
@example("", "\u2029", WIDTHS[0])
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(WIDTHS))
def test_any_text_at_all_makes_whole_orders(left: str, right: str, width: str) -> None:
    elements = (Text(left), Text(right, size="large", align="right"), Columns(left, right), Band(left), Qr("X"), Cut())
    printed(Document(elements, marks=("VOID",)), width)
