"""The virtual printer reads what two encoders of other people send, so its paper is no echo of our own mistakes.

How the streams were made, and by what, stands in `golden/third_party/README.md`.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from edge.devices.virtual.tokens import Order, Token, next_token
from firmware_profiles import load_printer
from tests.devices.paper import ReadSlip, holds, ink, read_paper, tokens_of

STREAMS = Path(__file__).parent / "golden" / "third_party"
EXPECTED: dict[str, Any] = json.loads((STREAMS / "expected.json").read_text(encoding="utf-8"))
WORDS, CODES, PICTURE = EXPECTED["words"], EXPECTED["codes"], EXPECTED["picture"]
PRINTER = load_printer("virtual-80")
READ_BACK = {"upca": "EAN13", "upce": "UPCE", "codabar": "Codabar", "itf": "ITF", "code39": "Code39"}
ALL = sorted(path.stem for path in STREAMS.glob("*.bin"))


def paper(name: str) -> ReadSlip:
    """What a stream prints."""
    return read_paper((STREAMS / f"{name}.bin").read_bytes(), PRINTER)


def test_every_stream_is_there() -> None:
    made_by = {
        "encoder": ("bars", "column", "qr", "raster", "text"),
        "receiptline": ("codes", "generic", "japanese", "text"),
    }
    assert [f"{maker}-{what}" for maker, streams in made_by.items() for what in streams] == ALL


@pytest.mark.parametrize("name", ALL)
def test_a_stream_that_comes_byte_by_byte_is_the_same_orders(name: str) -> None:
    data, buffer, orders = (STREAMS / f"{name}.bin").read_bytes(), bytearray(), list[Token]()
    for byte in data:
        buffer.append(byte)
        while (token := next_token(buffer)) is not None:
            orders += [token] if isinstance(token, Order) else []
    assert orders == [token for token in tokens_of(data) if isinstance(token, Order)]
    assert not buffer


def test_words_in_six_character_tables_stand_on_the_paper_as_they_were_written() -> None:
    lines = paper("encoder-text").lines
    left = [line for line in lines if line == line.lstrip()]
    assert left[:6] == [WORDS[name] for name in ("danish", "russian", "greek", "greek", "polish", "euro")]
    assert "─" * 48 in lines, "a rule"
    table = [f"{name:20}{price:>10}" for name, price in WORDS["table"]]
    assert lines[-4:-1] == table


def test_words_by_the_other_encoder_stand_so_too() -> None:
    lines = [line.strip() for line in paper("receiptline-text").lines]
    for name in ("large", "title", "right", "danish", "polish", "russian", "euro", "inverse", "underlined"):
        assert WORDS[name] in lines, name
    for name, price in WORDS["table"]:
        assert any(line.startswith(name) and line.endswith(f" {price}") for line in lines), name
    framed = ["│Ticket, 10          │     10.00│", "╰────────────────────┴──────────╯", "─" * 48]
    assert lines[-3:] == framed


def test_japanese_by_shift_jis_is_read_and_takes_two_cells_a_letter() -> None:
    slip = paper("receiptline-japanese")
    assert [line.strip() for line in slip.lines] == [WORDS["japanese"], WORDS["title"]]
    box = slip.strip(WORDS["japanese"]).getbbox()
    assert box is not None
    assert box[2] - box[0] > 12 * len(WORDS["japanese"])


def test_left_middle_and_right_are_where_the_sender_wanted_them() -> None:
    slip = paper("encoder-text")
    title, right = slip.strip(WORDS["title"]).getbbox(), slip.strip(WORDS["right"]).getbbox()
    assert title is not None
    assert abs(title[0] - (PRINTER.print_dots - title[2])) <= 12
    assert right is not None
    assert right[2] > PRINTER.print_dots - 12
    other = paper("receiptline-text").strip(WORDS["right"]).getbbox()
    assert other is not None
    assert other[0] < 12


@pytest.mark.parametrize("name", ["encoder-text", "receiptline-text"])
def test_large_bold_inverse_and_underlined_words_look_so(name: str) -> None:
    slip = paper(name)
    assert slip.strip(WORDS["large"]).height == 48, "twice as high"
    inverse = slip.strip(WORDS["inverse"])
    assert ink(inverse) > 12 * 24 * len(WORDS["inverse"]) / 2, "white on black"
    under = slip.strip(WORDS["underlined"])
    assert ink(under.crop((0, 23, under.width, 24))) == 12 * len(WORDS["underlined"]), "a line below all letters"
    plain = read_paper(WORDS["title"].encode() + b"\n", PRINTER).strip(WORDS["title"])
    assert ink(slip.strip(WORDS["title"])) > ink(plain) * 1.2, "bold"


def test_small_letters_are_the_second_font() -> None:
    small = paper("encoder-text").strip(WORDS["small"])
    assert (small.height, small.getbbox() is not None) == (17, True)


def test_each_kind_of_barcode_that_another_encoder_asks_for_can_be_scanned() -> None:
    kinds = {"ean13": "EAN13", "ean8": "EAN8", "code93": "Code93", "code128": "Code128", **READ_BACK}
    read = paper("encoder-bars").codes()
    assert [kind for kind, _ in read] == [kinds[kind] for kind, _ in CODES["bars"]]
    for (_, said), (kind, sent) in zip(read, CODES["bars"], strict=True):
        assert sent in said or said.startswith("00"), f"{kind}: {said}"
    assert ("Code128", CODES["number"]) in read
    assert ("EAN13", CODES["ean"]) in read


@pytest.mark.parametrize("name", ["encoder-qr", "receiptline-codes", "receiptline-generic"])
def test_a_validation_number_as_qr_code_is_read_back(name: str) -> None:
    assert ("QRCode", CODES["number"]) in paper(name).codes()


def test_bars_with_the_number_below_show_it_with_its_check_digit() -> None:
    slip = paper("receiptline-codes")
    assert slip.codes()[:2] == [("Code128", CODES["number"]), ("EAN13", CODES["ean"])]
    assert slip.lines[-1].strip() == CODES["ean"]


@pytest.mark.parametrize("name", ["encoder-raster", "encoder-column", "receiptline-codes", "receiptline-generic"])
def test_a_picture_comes_out_dot_for_dot_by_rows_columns_and_stored_graphics(name: str) -> None:
    slip = paper(name)
    whole = Image.new("1", (PRINTER.print_dots, slip.height_dots), 0)
    down = 0
    for strip in slip._strips:
        if isinstance(strip, Image.Image):
            whole.paste(strip, (0, down))
        down += strip if isinstance(strip, int) else strip.height
    assert holds(whole, PICTURE)
    assert not holds(whole, [PICTURE[0], PICTURE[1].replace("#", "."), *PICTURE[2:]]), "the comparison can fail"


def test_a_cut_ends_the_slip() -> None:
    cuts: list[int] = []
    for name in ("encoder-text", "receiptline-text"):
        read_paper((STREAMS / f"{name}.bin").read_bytes(), PRINTER, lambda: cuts.append(1))
    assert len(cuts) == 2
