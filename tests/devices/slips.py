"""The tickets that tests of paper share, and paper made from bytes without a network."""

import msgspec

from edge.devices.encoder import encode
from edge.devices.virtual.head import PrintHead
from edge.devices.virtual.paper import Slip
from edge.devices.virtual.tokens import next_token
from firmware_profiles import load_printer
from shared.paper.document import Document
from shared.paper.ticket import TicketView, ticket_document

TICKET = TicketView(
    organisation="Rivermouth Rovers Foundation",
    event_name="Home Opener 50/50",
    place="Harbour Stand, Quayside Park",
    licence="RAF-2291847",
    draw_numbers=((104231, 104240),),
    ticket_count=10,
    price_text="$10.00",
    tender_word="cash",
    issued_text="2026-11-21 20:14",
    unit_name="RSU 07",
    draw_time_text="2026-11-21 21:00",
    validation_number="7KQ4M2XT9BVD0HZC3F5WS",
    qr_payload="TH1-R07-3-1482-7KQ4M2XT9BVD0HZC3F5WS",
    journal_position="R07-3-001482",
    chain_piece="9F3A C41E",
    closing_lines=("The bearer owns this ticket.", "Claim by 2026-12-21.", "rovers.example/5050"),
)
WIDTHS = ("virtual-58", "virtual-80")


def ticket(**changes: object) -> Document:
    """The ticket of the pictures, with changes."""
    return ticket_document(msgspec.structs.replace(TICKET, **changes))


def paper_of(data: bytes, profile_name: str) -> Slip:
    """What the bytes look like on paper."""
    profile = load_printer(profile_name)
    slip = Slip(1, profile.paper_dots, profile.print_dots)
    head = PrintHead(profile, slip, lambda: None)
    buffer = bytearray(data)
    while (token := next_token(buffer)) is not None:
        head.carry_out(token)
    assert not buffer, "the job ends inside an order"
    return slip


def printed(document: Document, profile_name: str) -> Slip:
    """The document on paper of this profile."""
    return paper_of(encode(document, load_printer(profile_name)), profile_name)
