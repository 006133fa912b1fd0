"""Tables, barcodes and pictures: each fits its paper, or is refused before it is a document."""

from io import BytesIO

import msgspec
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.devices.encoder import encode
from edge.devices.virtual.tokens import Order
from firmware_profiles import PrinterProfile, RasterLimits, load_printer
from shared.kernel.codec import decode
from shared.kernel.codec import encode as pack
from shared.paper.document import Barcode, Cut, Document, Element, Picture, Qr, Table
from shared.paper.letters import cells
from shared.paper.picture import paper_picture
from shared.paper.table_lines import table_lines
from tests.devices.paper import holds, read_paper, rows_of, tokens_of
from tests.devices.pictures import logo
from tests.devices.profile_goldens import DOCUMENTS, NUMBER

NARROW, WIDE = load_printer("virtual-58"), load_printer("virtual-80")
PRICES = Table(
    (("Ticket", "Each", "Sum"), ("10 at once, all numbers in a row", "1.00", "10.00"), ("東京", "", "0.50")),
    ("left", "right", "right"),
    head=True,
)
words = st.text(st.characters(exclude_categories=["C", "Z", "M"]) | st.just(" "), max_size=12)
ascii_texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20)


def lines_of(profile: PrinterProfile, *elements: Element) -> list[str]:
    return read_paper(encode(Document(elements), profile), profile).lines


def inverted(dots: Image.Image) -> Image.Image:
    return dots.point([255, *[0] * 255], "1")


def names_of(profile: PrinterProfile, document: Document) -> list[bytes]:
    return [token.name for token in tokens_of(encode(document, profile)) if isinstance(token, Order)]


def test_a_table_stands_in_columns_and_a_long_cell_goes_on_below() -> None:
    assert lines_of(NARROW, PRICES)[:3] == [
        "Ticket                Each   Sum",
        "10 at once, all       1.00 10.00",
        "numbers in a row",
    ]
    assert lines_of(WIDE, PRICES)[1] == "10 at once, all numbers in a row     1.00  10.00"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(words, min_size=1, max_size=8), min_size=1, max_size=4))
@example([["a b", "W" * 60], [""]])
def test_every_line_of_any_table_is_as_wide_as_its_paper(rows: list[list[str]]) -> None:
    for columns in (32, 48):
        table = Table(tuple(map(tuple, rows)), ("right", "center"))
        for line in (line for lines in table_lines(table, columns) for line in lines):
            assert cells(line) == columns


def test_a_table_of_too_many_columns_is_no_document() -> None:
    with pytest.raises(ValueError, match="at most 8 columns"):
        Table((tuple("123456789"),))
    assert lines_of(NARROW, Table(())) == []


@settings(max_examples=15, deadline=None)
@given(ascii_texts, st.sampled_from([NARROW, WIDE]))
@example("{B{{", WIDE)
@example("160401", WIDE)
@example("0" * 20, WIDE)
@example(" ", NARROW)
def test_any_ascii_text_is_read_back_from_its_barcode(text: str, profile: PrinterProfile) -> None:
    data = encode(Document((Barcode("code128", text),)), profile)
    ((kind, said),) = read_paper(data, profile).codes()
    assert (kind, said) == ("Code128", text)
    assert not any(order in data for order in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


def test_a_number_too_long_for_narrow_paper_stands_turned_and_on_wide_paper_by_the_printer_itself() -> None:
    document = Document((Barcode("code128", NUMBER),))
    assert (b"\x1dk" in names_of(NARROW, document), b"\x1dk" in names_of(WIDE, document)) == (False, True)
    (drawn,) = read_paper(encode(document, NARROW), NARROW).drawn
    box = drawn.getbbox()
    assert box is not None
    assert box[3] - box[1] > 4 * (box[2] - box[0]), "its bars lie one above the other"


@pytest.mark.parametrize(
    ("kind", "text"),
    [("code128", ""), ("code128", "Æ"), ("code128", "x" * 49), ("code128", "a\nb"), ("ean13", "4006381333930"),
     ("ean13", "400638133393"), ("ean8", "9638507x"), ("ean8", "٩٦٣٨٥٠٧٤")],
)  # fmt: skip
def test_what_no_barcode_can_hold_is_no_document(kind: str, text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(pack({"type": "barcode", "kind": kind, "text": text}), Barcode)


def test_a_slip_cannot_hold_a_pulse_for_the_drawer() -> None:
    with pytest.raises(msgspec.ValidationError, match="kick"):
        decode(pack({"type": "document", "elements": [{"type": "kick"}]}), Document)
    for profile in (NARROW, WIDE):
        assert b"\x1bp" not in [name for document in DOCUMENTS.values() for name in names_of(profile, document)]


def test_a_picture_comes_out_dot_for_dot_and_in_the_rows_that_one_order_may_hold() -> None:
    document = Document((Picture(logo()),))
    limited = msgspec.structs.replace(NARROW, raster=RasterLimits(height_dots_max=7))
    orders = [token for token in tokens_of(encode(document, limited)) if isinstance(token, Order)]
    heights = [int.from_bytes(order.parameters[4:6], "little") for order in orders if order.name == b"\x1dv"]
    assert (max(heights), sum(heights)) == (7, 48)
    whole, parted = (read_paper(encode(document, profile), profile).picture() for profile in (NARROW, limited))
    assert whole.tobytes() == parted.tobytes()
    with Image.open(BytesIO(logo())) as picture:
        assert holds(inverted(whole), rows_of(inverted(picture)))


@pytest.mark.parametrize("profile", [NARROW, WIDE], ids=["58", "80"])
def test_the_picture_for_pages_shows_the_same_codes_as_the_paper(profile: PrinterProfile) -> None:
    document = Document((PRICES, Qr(NUMBER), Barcode("code128", NUMBER), Cut()))
    codes = zxingcpp.read_barcodes(paper_picture(document, profile).convert("L"))
    assert sorted((code.format.name, code.text) for code in codes) == [("Code128", NUMBER), ("QRCode", NUMBER)]
