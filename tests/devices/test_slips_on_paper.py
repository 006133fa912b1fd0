"""Every slip beside the plain ticket: the same bytes as ever, every field, and the picture that shows it before."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.devices.encoder import encode
from firmware_profiles import load_printer
from shared.kernel.codec import decode
from shared.kernel.codec import encode as pack
from shared.paper.document import Band, Cut, Document, Picture, Text, marked_elements, with_mark
from shared.paper.imprint import Imprint
from shared.paper.letters import balanced, cells, wrap
from shared.paper.logo import dots_on, size_on
from shared.paper.picture import paper_picture, picture_png
from shared.paper.report import ReportView, TillPart, VoidLine, report_document
from shared.paper.sample import SAMPLES, Whose
from tests.devices.slips import WIDTHS, paper_of, printed
from tests.support.logos import one_bit_logo

GOLDEN = Path(__file__).parent / "golden"
LOGO = one_bit_logo()
IMPRINT = Imprint(LOGO, ("Charity no. 1182204", "Licensed by the Harbour City Council"), "Help: 0808 8020 133")
WHOSE = Whose(organisation="Rivermouth Rovers Foundation", site="rovers.example/5050", imprint=IMPRINT)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_a_slip_with_all_that_head_office_set_is_the_same_bytes_as_ever(kind: str, width: str) -> None:
    golden = GOLDEN / f"slip-{kind}-{width}.bin"
    assert encode(SAMPLES[kind](WHOSE), load_printer(width)) == golden.read_bytes()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ticket", ("Charity no. 1182204", "Help: 0808 8020 133", "104 231 - 104 240", "RAF-2291847")),
        ("counterfoil", ("HOME OPENER 50/50", "104 233", "2026-11-21 20:14", "$10.00 for 10", "7KQ4-M2XT")),
        ("receipt", ("REFUND RECEIPT", "$10.00 cash", "104 231 - 104 240", "R07-3-001482", "R07-3-001485", "no draw")),
        ("report", ("TILL REPORT", "RSU 07", "$310.00", "$105.00", "$415.00", "Voids (1)", "R07-3-001482")),
    ],
)
def test_a_slip_says_what_it_must(kind: str, fields: tuple[str, ...], width: str) -> None:
    text = printed(SAMPLES[kind](WHOSE), width).text
    assert [field for field in fields if field not in text] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_the_picture_shows_the_lines_that_the_printer_prints(kind: str, width: str) -> None:
    document, profile = SAMPLES[kind](WHOSE), load_printer(width)
    picture = paper_picture(document, profile).convert("L")
    paper = printed(document, width).picture().convert("L")
    assert picture.width == paper.width
    ink = [image.point([255] * 128 + [0] * 128).getbbox() for image in (picture, paper)]
    assert ink[0] is not None
    assert ink[1] is not None
    assert abs((ink[0][3] - ink[0][1]) - (ink[1][3] - ink[1][1])) <= profile.dots(4), "as long as the paper"
    assert (ink[0][0], ink[0][2]) == (ink[1][0], ink[1][2]), "and as wide"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_picture_of_a_ticket_can_be_scanned(width: str) -> None:
    png = picture_png(SAMPLES["ticket"](WHOSE), load_printer(width))
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)).convert("L"))
    assert code.text.startswith("SAMPLE-NOT-SOLD")


def test_a_mark_stands_on_every_slip_that_a_document_is_cut_into() -> None:
    document = with_mark(Document((Text("one"), Cut(), Text("two"), Cut())), "REPRINT")
    bar = Band("REPRINT")
    assert marked_elements(document) == (bar, Text("one"), bar, Cut(), bar, Text("two"), bar, Cut())
    assert marked_elements(Document((), ("VOID",))) == (Band("VOID"), Band("VOID"))


@pytest.mark.parametrize("profile", ["virtual-58", "virtual-80", "epson-tm-t88iii", "sunmi-v2"])
def test_a_logo_stands_in_the_middle_dot_by_dot(profile: str) -> None:
    sheet = load_printer(profile)
    paper = paper_of(encode(Document((Picture(LOGO),)), sheet), profile).picture().convert("L")
    box = paper.point([255] * 128 + [0] * 128).getbbox()
    assert box is not None
    assert (box[2] - box[0], box[3] - box[1]) == size_on(LOGO, sheet.print_dots)
    assert abs(box[0] + box[2] - paper.width) <= 16, "in the middle, to the byte"


def test_a_logo_wider_than_the_paper_is_made_to_fit() -> None:
    assert size_on(LOGO, 60) == (60, 24)
    assert dots_on(LOGO, 60).size == (60, 24)


@pytest.mark.parametrize("png", [b"", b"noise", LOGO[:80], LOGO.replace(b"IDAT", b"IXXT")])
def test_a_picture_that_is_none_takes_no_room(png: bytes) -> None:
    bare, with_it = Document((Text("x"),)), Document((Picture(png), Text("x")))
    assert encode(with_it, load_printer("virtual-58")) == encode(bare, load_printer("virtual-58"))


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="abc défg-", max_size=120), st.integers(4, 48))
def test_centred_lines_are_as_few_and_hold_the_same_words(text: str, columns: int) -> None:
    lines = balanced(text, columns)
    assert len(lines) == len(wrap(text, columns))
    assert max(map(cells, lines)) <= columns
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_long_report_says_how_many_voids_it_leaves_out_and_every_figure_keeps_its_line() -> None:
    part = TillPart(
        event_name="Home Opener 50/50", person="Mara", sales=4_200, tickets=39_600, cash="$31,000.00",
        card="$10,500.00", total="$41,500.00", voids=9, voided="$90.00",
        void_lines=(VoidLine("20:14", "R07-3-001482", "$10.00"),),
    )  # fmt: skip
    view = ReportView(
        organisation="Rovers", title="Unit report", venue="Harbour Stand", unit_name="Counter",
        since_text="2026-11-21 05:00", printed_text="2026-11-21 23:00", parts=(part, part),
        totals=(("EUR", "€1.00"), ("USD", "$83,000.00")), waiting=12,
    )  # fmt: skip
    lines = [
        re_spaced
        for line in printed(report_document(view), "virtual-58").lines
        if (re_spaced := " ".join(line.split()))
    ]
    assert lines.count("and 8 more voids") == 2
    for line in (
        "Sales 4,200",
        "Total $41,500.00",
        "Taken EUR €1.00",
        "Taken USD $83,000.00",
        "Not yet at head office 12",
    ):
        assert line in lines


@pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)
def test_a_slip_survives_the_spool_and_stays_small(make: Callable[[Whose], Document]) -> None:
    whose = msgspec.structs.replace(WHOSE, event_name="Spring Gala")
    document = make(whose)
    assert decode(pack(document), Document) == document
    assert len(pack(document)) < 4_096
