"""The bearer ticket on paper: everything GLI-31 2.3.1 asks for, and its place in the journal (paper is a witness)."""

import msgspec

from edge.devices.document import Band, Columns, Cut, Document, Element, Qr, Rule, Text
from shared.kernel.digits import in_fours, range_text


class TicketView(msgspec.Struct, frozen=True):
    """Exactly what stands on the ticket, already in words.

    `draw_numbers` are (first, last) of each range; `journal_position` is node, epoch and seq (`R07-3-001482`);
    `chain_piece` is eight hex characters of the entry's hash in fours; `validation_number` has no dashes.
    """

    organisation: str  # 2.3.1 a
    event_name: str  # 2.3.1 b
    place: str  # 2.3.1 b
    licence: str  # 2.3.1 h, empty where none applies
    draw_numbers: tuple[tuple[int, int], ...]  # 2.3.1 c
    ticket_count: int
    price_text: str  # 2.3.1 f
    tender_word: str
    issued_text: str  # 2.3.1 d, ISO date and 24 h time
    unit_name: str  # 2.3.1 e
    draw_time_text: str
    validation_number: str  # 2.3.1 g
    qr_payload: str  # 2.3.1 g
    journal_position: str
    chain_piece: str
    closing_lines: tuple[str, ...] = ()
    training: bool = False


def ticket_document(view: TicketView) -> Document:
    """The ticket as a Document; a training ticket says so in both bars and before each of its numbers."""
    elements = (*_head(view), *_numbers(view), *_facts(view), *_proof(view), *_closing(view), Cut())
    return Document(elements=elements, marks=("TRAINING",) if view.training else ())


def _head(view: TicketView) -> tuple[Element, ...]:
    licence = (Text(f"Licence {view.licence}", align="center"),) if view.licence else ()
    return (
        Text(view.organisation.upper(), align="center", bold=True),
        Text(view.event_name.upper(), align="center", bold=True, size="large"),
        Text(view.place, align="center"),
        *licence,
        Rule(),
    )


def _numbers(view: TicketView) -> tuple[Element, ...]:
    count = "1 ticket" if view.ticket_count == 1 else f"{view.ticket_count} tickets"
    bands = tuple(Band(number_text(first, last, training=view.training)) for first, last in view.draw_numbers)
    return (Columns("DRAW NUMBERS", count), *bands)


def number_text(first: int, last: int, *, training: bool) -> str:
    """A range as on paper: `104 231 - 104 240`, in training `T 104 231 - T 104 240`."""
    letter = "T " if training else ""
    return letter + range_text(first, last, dash=f"- {letter}".rstrip())


def _facts(view: TicketView) -> tuple[Element, ...]:
    draw = (Columns("Draw", view.draw_time_text),) if view.draw_time_text else ()
    return (
        Columns("Price", f"{view.price_text} {view.tender_word}".rstrip(), bold=True),
        Columns("Issued", view.issued_text),
        Columns("Unit", view.unit_name),
        *draw,
        Rule(),
    )


def _proof(view: TicketView) -> tuple[Element, ...]:
    return (
        Qr(view.qr_payload),
        Text(in_fours(view.validation_number), align="center", bold=True, size="large"),
        Rule(),
        Columns(view.journal_position, view.chain_piece),
        Rule(),
    )


def _closing(view: TicketView) -> tuple[Element, ...]:
    return tuple(Text(line, align="center") for line in view.closing_lines)
