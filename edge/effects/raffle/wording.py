"""From the fact of a sale to its ticket: which words of house, venue, event and unit stand on the paper. Pure."""

from functools import lru_cache

import msgspec

from edge.devices.document import Document
from edge.effects.raffle.ticket import TicketView, ticket_document
from shared.domain.raffle.facts import TicketsSold
from shared.journal.entry import Entry
from shared.kernel.clock import at, paper_text
from shared.kernel.money import Money

QR_FORM = "TH1"
NO_LICENCE = "none"


class Words(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What rows say of the place, the unit and the event; instants in ms UTC, `zone` is the venue's."""

    organisation: str
    site: str
    venue_name: str
    venue_place: str
    zone: str
    unit_code: str
    unit_name: str
    event_name: str
    licence: str
    training: bool
    draw_ms: int
    claim_by_ms: int


def position_text(code: str, epoch: int, seq: int) -> str:
    """Where an entry stands, as paper says it: `R07-3-001482`."""
    return f"{code}-{epoch}-{seq:06d}"


def sale_ticket(sold: Entry[TicketsSold], words: Words) -> Document:
    """The ticket of one sale."""
    body, seq, epoch = sold.body, sold.seq, sold.owner.epoch
    number = body.validation_number
    return ticket_document(
        TicketView(
            organisation=words.organisation,
            event_name=words.event_name,
            place=_place(words),
            licence="" if words.licence == NO_LICENCE else words.licence,
            draw_numbers=tuple((part.first, part.last) for part in body.ranges),
            ticket_count=body.ticket_count,
            price_text=Money(body.amount_minor, body.currency).exact(),
            tender_word=body.tender,
            issued_text=paper_text(sold.wall_ms, words.zone),
            unit_name=words.unit_name,
            draw_time_text="" if words.training else paper_text(words.draw_ms, words.zone),
            validation_number=number,
            qr_payload=f"{QR_FORM}-{words.unit_code}-{epoch}-{seq}-{number}",
            journal_position=position_text(words.unit_code, epoch, seq),
            chain_piece=sold.chain_piece,
            closing_lines=_closing(words),
            training=words.training,
        )
    )


@lru_cache(maxsize=64)
def _place(words: Words) -> str:
    return ", ".join(filter(None, (words.venue_name, words.venue_place)))


@lru_cache(maxsize=64)
def _closing(words: Words) -> tuple[str, ...]:
    if words.training:
        return ("For practice. It takes part in no draw.",)
    claim = f"Claim by {at(words.claim_by_ms, words.zone).date().isoformat()}."
    return tuple(filter(None, ("The bearer owns this ticket.", claim, words.site)))
