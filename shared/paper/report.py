"""The report of a till: what was sold on one unit since the business day began, by event and person, with its voids."""

import msgspec

from shared.paper.document import Columns, Cut, Document, Element, Feed, Text
from shared.paper.imprint import NO_IMPRINT, Imprint, opening
from shared.paper.ticket import RULE

VOIDS_MAX = 60
SIGNATURE_LETTERS = 20


class VoidLine(msgspec.Struct, frozen=True):
    """A voided sale: when it was sold, where it stands in the journal, its price."""

    clock: str
    position: str
    amount: str


class TillPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one person sold of one event, in words; sums without what was voided."""

    event_name: str
    person: str
    sales: int
    tickets: int
    cash: str
    card: str
    total: str
    voids: int
    voided: str
    void_lines: tuple[VoidLine, ...] = ()


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """The report in words; `since_text` and `printed_text` as dates with times, `totals` a currency each."""

    organisation: str
    title: str
    venue: str
    unit_name: str
    since_text: str
    printed_text: str
    parts: tuple[TillPart, ...]
    totals: tuple[tuple[str, str], ...]
    waiting: int = 0
    training: bool = False
    imprint: Imprint = NO_IMPRINT


def report_document(view: ReportView) -> Document:
    """The report; `waiting` sales that head office has not confirmed are said, for its own figures lack them."""
    sent = Columns("Not yet at head office", f"{view.waiting:,}") if view.waiting else Columns("At head office", "all")
    elements = (
        *opening(view.imprint),
        Text(view.organisation.upper(), align="center", bold=True),
        Text(view.title.upper(), align="center", bold=True, size="large"),
        Text(view.venue, align="center"),
        RULE,
        Columns("Unit", view.unit_name),
        Columns("From", view.since_text),
        Columns("Printed", view.printed_text),
        RULE,
        *(element for part in view.parts for element in _part(part)),
        *(Columns(f"Taken {word}".rstrip(), total, bold=True) for word, total in view.totals),
        sent,
        Feed(2),
        Columns("Counted by", "." * SIGNATURE_LETTERS),
        Feed(2),
        Columns("Seller", "." * SIGNATURE_LETTERS),
        Cut(),
    )
    return Document(elements, marks=("TRAINING",) if view.training else ())


def _part(part: TillPart) -> tuple[Element, ...]:
    more = part.voids - len(part.void_lines)
    return (
        Text(part.event_name, bold=True),
        Columns("Seller", part.person),
        Columns("Sales", f"{part.sales:,}"),
        Columns("Tickets", f"{part.tickets:,}"),
        Columns("Cash", part.cash),
        Columns("Card", part.card),
        Columns("Total", part.total, bold=True),
        Columns(f"Voids ({part.voids:,})", part.voided),
        *(Columns(f"{line.clock} {line.position}", line.amount) for line in part.void_lines),
        *((Text(f"and {more:,} more voids"),) if more > 0 else ()),
        RULE,
    )
