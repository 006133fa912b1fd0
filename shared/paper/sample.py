"""Slips that nobody bought, for whoever wants to see theirs before they come out: each is a Document like any other."""

from collections.abc import Callable, Mapping

import msgspec

from shared.paper.counterfoil import CounterfoilView, counterfoil_document
from shared.paper.document import Document
from shared.paper.imprint import NO_IMPRINT, Imprint
from shared.paper.report import ReportView, TillPart, VoidLine, report_document
from shared.paper.ticket import TicketView, ticket_document
from shared.paper.void_slip import VoidView, void_document

VALIDATION = "7KQ4M2XT9BVD0HZC3F5WS"
SALE, VOID = ("R07-3-001482", "9F3A C41E"), ("R07-3-001485", "51D0 7B22")
NUMBERS = ((104231, 104240),)
COUNT, PRICE = 10, "$10.00"


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """Whose slips they are; dates as texts of the venue's zone."""

    organisation: str
    event_name: str = "Home Opener 50/50"
    place: str = "Harbour Stand, Quayside Park"
    licence: str = "RAF-2291847"
    unit_name: str = "RSU 07"
    site: str = ""
    day: str = "2026-11-21"
    claim_by: str = "2026-12-21"
    imprint: Imprint = NO_IMPRINT


def sample_ticket(whose: Whose) -> Document:
    """A ticket of ten numbers."""
    return ticket_document(
        TicketView(
            organisation=whose.organisation,
            event_name=whose.event_name,
            place=whose.place,
            licence=whose.licence,
            draw_numbers=NUMBERS,
            ticket_count=COUNT,
            price_text=PRICE,
            tender_word="cash",
            issued_text=f"{whose.day} 20:14",
            unit_name=whose.unit_name,
            draw_time_text=f"{whose.day} 21:00",
            validation_number=VALIDATION,
            qr_payload=f"SAMPLE-NOT-SOLD-{VALIDATION}",
            journal_position=SALE[0],
            chain_piece=SALE[1],
            closing_lines=tuple(
                filter(None, ("The bearer owns this ticket.", f"Claim by {whose.claim_by}.", whose.site))
            ),
            imprint=whose.imprint,
        )
    )


def sample_counterfoil(whose: Whose) -> Document:
    """The counterfoil of its third number."""
    return counterfoil_document(
        CounterfoilView(
            event_name=whose.event_name,
            place=whose.place,
            draw_number=NUMBERS[0][0] + 2,
            place_in_sale=f"3 of {COUNT}",
            issued_text=f"{whose.day} 20:14",
            price_text=f"{PRICE} for {COUNT}",
            unit_name=whose.unit_name,
            validation_number=VALIDATION,
            journal_position=SALE[0],
            chain_piece=SALE[1],
        )
    )


def sample_receipt(whose: Whose) -> Document:
    """The slip that takes it back."""
    return void_document(
        VoidView(
            organisation=whose.organisation,
            event_name=whose.event_name,
            place=whose.place,
            draw_numbers=NUMBERS,
            ticket_count=COUNT,
            refund_text=PRICE,
            refund_word="cash",
            reason="Buyer changed their mind",
            sold_text=f"{whose.day} 20:14",
            voided_text=f"{whose.day} 20:19",
            unit_name=whose.unit_name,
            validation_number=VALIDATION,
            sale_position=SALE[0],
            sale_chain=SALE[1],
            void_position=VOID[0],
            void_chain=VOID[1],
            imprint=whose.imprint,
        )
    )


def sample_report(whose: Whose) -> Document:
    """A report of one seller's evening."""
    part = TillPart(
        event_name=whose.event_name,
        person="Mara Kovač",
        sales=42,
        tickets=396,
        cash="$310.00",
        card="$105.00",
        total="$415.00",
        voids=1,
        voided=PRICE,
        void_lines=(VoidLine("20:14", SALE[0], PRICE),),
    )
    return report_document(
        ReportView(
            organisation=whose.organisation,
            title="Till report",
            venue=whose.place,
            unit_name=whose.unit_name,
            since_text=f"{whose.day} 05:00",
            printed_text=f"{whose.day} 21:32",
            parts=(part,),
            totals=(("", "$415.00"),),
            imprint=whose.imprint,
        )
    )


SAMPLES: Mapping[str, Callable[[Whose], Document]] = {
    "ticket": sample_ticket,
    "counterfoil": sample_counterfoil,
    "receipt": sample_receipt,
    "report": sample_report,
}
