"""The slip of a voided sale: what does not count any more, and the money that went back (GLI-31 2.3.3)."""

import msgspec

from shared.kernel.digits import in_fours
from shared.paper.document import Columns, Cut, Document, Element, Feed, Mark, Text
from shared.paper.imprint import NO_IMPRINT, Imprint, closing
from shared.paper.ticket import RULE, head, number_text

SIGNATURE_LETTERS = 20


class VoidView(msgspec.Struct, frozen=True, kw_only=True):
    """A void, already in words; positions and numbers as on the ticket that it takes back."""

    organisation: str
    event_name: str
    place: str
    draw_numbers: tuple[tuple[int, int], ...]
    ticket_count: int
    refund_text: str
    refund_word: str
    reason: str
    sold_text: str
    voided_text: str
    unit_name: str
    validation_number: str
    sale_position: str
    sale_chain: str
    void_position: str
    void_chain: str
    training: bool = False
    imprint: Imprint = NO_IMPRINT


def void_document(view: VoidView) -> Document:
    """The slip, with VOID above and below; a code to scan it does not have, lest it be taken for a ticket."""
    marks: tuple[Mark, ...] = ("TRAINING", "VOID") if view.training else ("VOID",)
    elements = (
        *head(view.organisation, view.event_name, view.place, "", Imprint(view.imprint.logo)),
        Text("REFUND RECEIPT", align="center", bold=True, size="large"),
        Columns("Refunded", f"{view.refund_text} {view.refund_word}".rstrip(), bold=True),
        Columns("Voided", view.voided_text),
        *((Columns("Reason", view.reason),) if view.reason else ()),
        Columns("Unit", view.unit_name),
        RULE,
        *_sale(view),
        RULE,
        Text("These numbers are in no draw."),
        Feed(2),
        Columns("Signed", "." * SIGNATURE_LETTERS),
        *closing(view.imprint),
        Cut(),
    )
    return Document(elements, marks)


def _sale(view: VoidView) -> tuple[Element, ...]:
    ranges = (number_text(first, last, training=view.training) for first, last in view.draw_numbers)
    return (
        Columns("DRAW NUMBERS", "1 ticket" if view.ticket_count == 1 else f"{view.ticket_count} tickets"),
        *(Text(numbers, bold=True) for numbers in ranges),
        Columns("Sold", view.sold_text),
        Text(in_fours(view.validation_number)),
        Columns(f"Sale {view.sale_position}", view.sale_chain),
        Columns(f"Void {view.void_position}", view.void_chain),
    )
