"""The bearer ticket on paper: everything GLI-31 2.3.1 asks for, and its place in the journal (paper is a witness)."""

from functools import lru_cache

import msgspec

from shared.kernel.digits import in_fours, range_text
from shared.paper.document import Band, Columns, Cut, Document, Element, Qr, Rule, Text
from shared.paper.imprint import NO_IMPRINT, Imprint, closing, licences, opening

RULE = Rule()


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
    imprint: Imprint = NO_IMPRINT


def ticket_document(view: TicketView) -> Document:
    """The ticket as a Document; a training ticket says so in both bars and before each of its numbers.

    What is the same on every ticket of an event is made once.
    """
    top = head(view.organisation, view.event_name, view.place, view.licence, view.imprint)
    elements = (*top, *_numbers(view), *_facts(view), *_proof(view), *_closing(view.closing_lines, view.imprint))
    return Document(elements=elements, marks=("TRAINING",) if view.training else ())


@lru_cache(maxsize=64)
def head(organisation: str, event_name: str, place: str, licence: str, imprint: Imprint) -> tuple[Element, ...]:
    """Whose slip this is and of which event; every slip of the raffle begins so."""
    line = (Text(f"Licence {licence}", align="center"),) if licence else ()
    return (
        *opening(imprint),
        Text(organisation.upper(), align="center", bold=True),
        Text(event_name.upper(), align="center", bold=True, size="large"),
        Text(place, align="center"),
        *line,
        *licences(imprint),
        RULE,
    )


def _numbers(view: TicketView) -> tuple[Element, ...]:
    bands = [Band(number_text(first, last, training=view.training)) for first, last in view.draw_numbers]
    return (_count(view.ticket_count), *bands)


@lru_cache(maxsize=64)
def _count(tickets: int) -> Element:
    return Columns("DRAW NUMBERS", "1 ticket" if tickets == 1 else f"{tickets} tickets")


def number_text(first: int, last: int, *, training: bool) -> str:
    """A range as on paper: `104 231 - 104 240`, in training `T 104 231 - T 104 240`."""
    letter = "T " if training else ""
    return letter + range_text(first, last, dash=f"- {letter}".rstrip())


def _facts(view: TicketView) -> tuple[Element, ...]:
    price = _price(view.price_text, view.tender_word)
    return (price, *_when_and_where(view.issued_text, view.unit_name, view.draw_time_text))


@lru_cache(maxsize=64)
def _price(price_text: str, tender_word: str) -> Element:
    return Columns("Price", f"{price_text} {tender_word}".rstrip(), bold=True)


@lru_cache(maxsize=64)
def _when_and_where(issued_text: str, unit_name: str, draw_time_text: str) -> tuple[Element, ...]:
    draw = (Columns("Draw", draw_time_text),) if draw_time_text else ()
    return (Columns("Issued", issued_text), Columns("Unit", unit_name), *draw, RULE)


def _proof(view: TicketView) -> tuple[Element, ...]:
    return (
        Qr(view.qr_payload),
        Text(in_fours(view.validation_number), align="center", bold=True, size="large"),
        RULE,
        Columns(view.journal_position, view.chain_piece),
        RULE,
    )


@lru_cache(maxsize=64)
def _closing(lines: tuple[str, ...], imprint: Imprint) -> tuple[Element, ...]:
    return (*(Text(line, align="center") for line in lines), *closing(imprint), Cut())
