"""Every supported printer: its bytes are as they were, its codes can be scanned, and all letters are the document's."""

import string
from itertools import pairwise

import pytest
from PIL import features

from edge.devices.encoder import encode
from firmware_profiles import PrinterProfile, load_printer, printer_names
from shared.paper.document import Barcode, Document, Qr, Text
from shared.paper.typeface import shipped_fonts, wheel_font
from tests.devices.paper import ReadSlip, read_paper
from tests.devices.profile_goldens import DOCUMENTS, EAN, NUMBER, difference, golden_path, listing, shipped_typeface
from tests.devices.reading import cells_of, read_cells, read_line

ALL = printer_names()
FONTS = (wheel_font(), *shipped_fonts())
LINES = {
    "euro": "Pris 20 €",
    "danish": "Ærø, Ålborg: 3 øl på",
    "greek": "Αθήνα, Ωδείο, ψωμί",
    "polish": "Zażółć gęślą jaźń",
    "cyrillic": "Ставки сделаны",
    "chinese": "東京 50/50 抽奖票",
}
LATIN = tuple(string.ascii_letters + string.digits + string.punctuation + "€ÆØÅæøåŁłąćęńóśźżĄĆĘŃÓŚŹŻöäüßñé")
GREEK = tuple("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ,.")
KNOWN = {
    "greek": GREEK,
    "cyrillic": tuple(chr(letter) for letter in range(0x410, 0x450)),
    "chinese": tuple("東京東凍棟奖奨獎将都票券標抽油袖0123456789/|-"),
}
"""Letters to choose from: those of the line's own script, for a Latin and a Cyrillic A have one shape."""
HINDI = "हार्बर स्टैंड"


def on_paper(profile: PrinterProfile, *elements: Text | Qr | Barcode) -> ReadSlip:
    """The elements as this printer brings them out."""
    return read_paper(encode(Document(elements), profile, shipped_typeface()), profile)


@pytest.mark.parametrize("name", ALL)
def test_the_documents_are_the_same_bytes_as_ever(name: str) -> None:
    said = difference(name)
    assert not said, said


def test_there_is_a_text_of_the_bytes_of_each_supported_printer_and_of_no_other() -> None:
    assert sorted(path.stem for path in golden_path(ALL[0]).parent.iterdir()) == sorted(ALL)


def test_other_bytes_are_named_order_by_order_with_the_way_to_write_them_anew() -> None:
    text = golden_path("virtual-80").read_text(encoding="utf-8")
    assert "GS V 42 00" in text, "the knife, as a word a person can read"
    assert "profile_goldens --write" in difference("virtual-80") or listing("virtual-80") == text
    assert listing("virtual-80") != listing("virtual-58")


@pytest.mark.parametrize("name", ALL)
def test_the_codes_on_the_paper_say_the_validation_number(name: str) -> None:
    profile = load_printer(name)
    paper = on_paper(
        profile, Qr(NUMBER), Barcode("code128", NUMBER), Barcode("ean13", EAN), Barcode("ean8", "96385074")
    )
    assert paper.codes() == [("QRCode", NUMBER), ("Code128", NUMBER), ("EAN13", EAN), ("EAN8", "96385074")]
    said = [line.strip() for line in paper.lines if not line.startswith("[")]
    assert said == [NUMBER, EAN, "96385074"], "and the same in letters below"


@pytest.mark.parametrize("name", ALL)
def test_each_line_says_what_the_document_says_whether_by_the_printers_letters_or_by_ours(name: str) -> None:
    profile = load_printer(name)
    cell = profile.fonts.a.width_dots
    for kind, text in LINES.items():
        paper = on_paper(profile, Text(text))
        if paper.drawn:
            (dots,) = paper.drawn
            assert read_cells(dots, map(cells_of, text), cell, KNOWN.get(kind, LATIN), FONTS) == text
            assert not paper.text
        else:
            assert paper.lines == [text]


@pytest.mark.parametrize("name", ALL)
def test_what_a_printer_has_no_letter_for_is_drawn_and_what_it_has_is_not(name: str) -> None:
    profile = load_printer(name)
    drawn = {kind for kind, text in LINES.items() if on_paper(profile, Text(text)).drawn}
    assert {"greek", "polish", "cyrillic", "chinese"} <= drawn
    assert ({"euro", "danish"} & drawn) == ({"euro", "danish"} if profile.code_page.codec == "cp437" else set())


@pytest.mark.parametrize("name", ["virtual-58", "epson-tm-t88iii"])
def test_hindi_is_drawn_with_its_letters_joined(name: str) -> None:
    assert features.check("raqm"), "Hindi, Arabic and Thai need the system's libfribidi0 (apt-get install libfribidi0)"
    profile = load_printer(name)
    (dots,) = on_paper(profile, Text(HINDI)).drawn
    dropped = [HINDI[:place] + HINDI[place + 1 :] for place in range(len(HINDI)) if HINDI[place] != " "]
    swapped = [
        HINDI[:place] + after + before + HINDI[place + 2 :]
        for place, (before, after) in enumerate(pairwise(HINDI))
        if before != after
    ]
    unjoined = "\u200c".join(HINDI)
    read = read_line(dots, [HINDI, *dropped, *swapped, unjoined], FONTS[1], range(15, 21))
    assert (read, read.sureness > 0.95) == (HINDI, True)


def test_the_reader_of_dots_is_no_yes_man() -> None:
    profile = load_printer("generic-58")
    (dots,) = on_paper(profile, Text("Αθήνα")).drawn
    cell = profile.fonts.a.width_dots
    assert read_cells(dots, [1] * 5, cell, GREEK, FONTS) == "Αθήνα"
    assert read_cells(dots, [1] * 5, cell, tuple(letter for letter in GREEK if letter != "θ"), FONTS) == "Α\ufffdήνα"
    (other,) = on_paper(profile, Text("Αθηνα")).drawn
    assert read_cells(other, [1] * 5, cell, GREEK, FONTS) == "Αθηνα", "an accent is seen"


def test_no_letter_of_any_document_becomes_a_question_mark() -> None:
    for name in ALL:
        for document in DOCUMENTS.values():
            data = encode(document, load_printer(name), shipped_typeface())
            assert "?" not in read_paper(data, load_printer(name)).text
