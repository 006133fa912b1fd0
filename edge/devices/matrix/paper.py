"""The tickets of the matrix, and what the paper says of them: the printer's own slips are the witness."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from edge.devices.virtual.paper import Slip
from shared.kernel.ids import derived_id
from shared.paper.document import Cut, Document, Text

HEAD, FOOT, MARK = "HARBOUR STAND 50/50", "END OF TICKET", "REPRINT"
NUMBERS = tuple(f"{104_000 + number}" for number in range(6))


class Ticket(msgspec.Struct, frozen=True):
    """One sale's ticket."""

    sale_id: UUID

    @property
    def job_id(self) -> UUID:
        """Its job in the spool."""
        return derived_id(self.sale_id, "ticket")

    @property
    def validation(self) -> str:
        """The validation number on it."""
        return self.sale_id.hex[-21:].upper()

    @property
    def lines(self) -> tuple[str, ...]:
        """All that stands on it, without marks."""
        return (HEAD, self.validation, *NUMBERS, FOOT)

    @property
    def document(self) -> Document:
        """What the spool prints."""
        return Document((*(Text(line) for line in self.lines), Cut()))


class Printed(msgspec.Struct, frozen=True):
    """One ticket on paper: its validation number is readable. `whole`: all else is there too."""

    marked: bool
    whole: bool


def printed(slips: Iterable[Slip], ticket: Ticket) -> list[Printed]:
    """Every ticket with this validation number, in the order in which they came out."""
    return [found for slip in slips for found in _on(_lines(slip), ticket)]


def _lines(slip: Slip) -> list[str]:
    return [line.strip() for line in slip.lines if line.strip()]


def _on(lines: Sequence[str], ticket: Ticket) -> Iterable[Printed]:
    count = len(ticket.lines)
    for place, line in enumerate(lines):
        if line != ticket.validation:
            continue
        begin = place - 1
        whole = tuple(lines[max(begin, 0) : begin + count]) == ticket.lines
        above = lines[begin - 1 : begin] == [MARK] if begin > 0 else False
        below = lines[begin + count : begin + count + 1] == [MARK]
        yield Printed(marked=above or (whole and below), whole=whole)


def contradiction(found: Sequence[Printed], state: str, *, undone: bool) -> str:
    """What paper and spool say against each other, as words; empty when all is as it must be."""
    if state not in ("issued", "voided"):
        return f"the job never ended, it is {state}"
    if state == "voided" and not undone:
        return "the job is voided, and nobody undid the sale"
    if state == "issued" and not any(one.whole for one in found):
        return "the job is issued, and no whole ticket came out"
    if any(not one.marked for one in found[1:]):
        return f"a second ticket came out without {MARK}"
    return ""
