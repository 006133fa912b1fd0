"""The counterfoil for the drum: one slip a draw number, all of the same size, with what the ticket says (GLI-31 2.4.1).

It names no buyer and no seller: a drum is opened before an audience. Who sold stands in the journal, at the place that
the slip names.
"""

import msgspec

from shared.kernel.digits import in_fours
from shared.paper.document import Band, Columns, Cut, Document, Text
from shared.paper.ticket import RULE, number_text


class CounterfoilView(msgspec.Struct, frozen=True, kw_only=True):
    """The slip of one draw number, already in words; `place_in_sale` is `3 of 10`."""

    event_name: str
    place: str
    draw_number: int
    place_in_sale: str
    issued_text: str
    price_text: str
    unit_name: str
    validation_number: str
    journal_position: str
    chain_piece: str
    training: bool = False


def counterfoil_document(view: CounterfoilView) -> Document:
    """The slip; without a logo, for every one weighs the same and the drum is full of them."""
    number = number_text(view.draw_number, view.draw_number, training=view.training)
    elements = (
        Text(view.event_name.upper(), align="center", bold=True),
        Text(view.place, align="center"),
        Columns("COUNTERFOIL", view.place_in_sale),
        Band(number),
        Columns("Issued", view.issued_text),
        Columns("Price", view.price_text),
        Columns("Unit", view.unit_name),
        RULE,
        Text(in_fours(view.validation_number), align="center", bold=True),
        Columns(view.journal_position, view.chain_piece),
        Cut(),
    )
    return Document(elements, marks=("TRAINING",) if view.training else ())
