"""From the facts of a sale to its slips: which words of house, venue, event and unit stand on the paper. Pure."""

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from shared.domain.raffle.facts import SaleVoided, TicketsSold
from shared.domain.raffle.queries_page import SaleLine
from shared.journal.entry import Entry
from shared.kernel.clock import at, paper_text
from shared.kernel.money import Money
from shared.paper.counterfoil import CounterfoilView, counterfoil_document
from shared.paper.document import Document
from shared.paper.imprint import NO_IMPRINT, Imprint
from shared.paper.ticket import TicketView, ticket_document
from shared.paper.void_slip import VoidView, void_document

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
    imprint: Imprint = NO_IMPRINT


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
            imprint=words.imprint,
        )
    )


def sale_counterfoils(sold: Entry[TicketsSold], words: Words) -> Iterator[tuple[int, Document]]:
    """Each draw number of a sale with its counterfoil: exactly one slip a number (GLI-31 3.2.1)."""
    body = sold.body
    price = Money(body.amount_minor, body.currency).exact()
    first = CounterfoilView(
        event_name=words.event_name,
        place=_place(words),
        draw_number=0,
        place_in_sale="",
        issued_text=paper_text(sold.wall_ms, words.zone),
        price_text=price if body.ticket_count == 1 else f"{price} for {body.ticket_count}",
        unit_name=words.unit_name,
        validation_number=body.validation_number,
        journal_position=position_text(words.unit_code, sold.owner.epoch, sold.seq),
        chain_piece=sold.chain_piece,
        training=words.training,
    )
    numbers = (number for part in body.ranges for number in range(part.first, part.last + 1))
    for place, number in enumerate(numbers, start=1):
        place_in_sale = f"{place} of {body.ticket_count}"
        yield (
            number,
            counterfoil_document(msgspec.structs.replace(first, draw_number=number, place_in_sale=place_in_sale)),
        )


def sale_void_slip(
    voided: Entry[SaleVoided], sale: SaleLine, ranges: tuple[tuple[int, int], ...], words: Words
) -> Document:
    """The slip of a voided sale of this unit, with the money that went back."""
    body = voided.body
    return void_document(
        VoidView(
            organisation=words.organisation,
            event_name=words.event_name,
            place=_place(words),
            draw_numbers=ranges,
            ticket_count=sale.ticket_count,
            refund_text=Money(body.refund_minor, sale.currency).exact(),
            refund_word=body.refund,
            reason=body.reason,
            sold_text=paper_text(sale.sold_ms, words.zone),
            voided_text=paper_text(voided.wall_ms, words.zone),
            unit_name=words.unit_name,
            validation_number=sale.validation_number,
            sale_position=position_text(words.unit_code, sale.epoch, sale.seq),
            sale_chain=sale.chain,
            void_position=position_text(words.unit_code, voided.owner.epoch, voided.seq),
            void_chain=voided.chain_piece,
            training=words.training,
            imprint=words.imprint,
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
