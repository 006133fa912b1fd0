"""A printer is called supported only when a ticket composed for it passes: on its paper, by its orders."""

import pytest

from edge.devices.encoder import encode
from firmware_profiles import PrinterFacts, PrinterProfile, load_printer, printer_names
from firmware_profiles.schema import CAUTIOUS
from tests.devices.slips import TICKET, paper_of, ticket

KNIFE = b"\x1dV"
NATIVE_CODE = b"\x1d(k"
REVERSE = b"\x1dB\x01"


@pytest.mark.parametrize("name", printer_names())
def test_a_ticket_comes_out_of_every_supported_printer(name: str) -> None:
    profile = load_printer(name)
    data = encode(ticket(), profile)
    paper = paper_of(data, name)
    assert TICKET.place in paper.text
    assert TICKET.closing_lines[-1] in paper.text
    assert (KNIFE in data) is (profile.cutter != "none")
    assert (NATIVE_CODE in data) is profile.native_qr
    assert profile.reverse_text or REVERSE not in data
    assert f"\x1bt{chr(profile.code_page.number)}".encode("latin-1") in data


@pytest.mark.parametrize("name", printer_names())
def test_letters_that_its_page_lacks_are_drawn_and_never_become_question_marks(name: str) -> None:
    data = encode(ticket(event_name="Æbleskiver € Ωμέγα ロト"), load_printer(name))
    assert b"bleskiver" not in data or "Æ".encode(load_printer(name).code_page.codec) in data
    assert b"?" not in paper_of(data, name).text.encode()


def test_what_nobody_knows_of_a_printer_is_taken_cautiously() -> None:
    profile = load_printer("netum-nt-5890k")
    assert profile.unknown()
    for fact, value in CAUTIOUS.items():
        assert fact not in profile.unknown() or getattr(profile, fact) == value
    assert profile.fonts.a.height_dots == 24
    assert "fonts.a.height_dots" in profile.unknown()
    assert load_printer("virtual-58").fonts.a.height_dots == 24
    assert "fonts.a.height_dots" not in load_printer("virtual-58").unknown()


def test_caution_covers_just_what_a_driver_cannot_do_without() -> None:
    needed = {name for name in PrinterProfile.__annotations__ if name in PrinterFacts.__annotations__}
    essential = {fact.split(".")[0] for fact in PrinterFacts.ESSENTIALS}
    assert needed - essential - {"paper_dots"} == set(CAUTIOUS)


def test_a_cautious_profile_has_the_width_of_its_paper() -> None:
    assert load_printer("generic-58").paper_dots == load_printer("virtual-58").paper_dots
    assert load_printer("generic-80").paper_dots == load_printer("virtual-80").paper_dots
