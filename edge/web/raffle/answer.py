"""What the raffle's API answers: sales, events, totals; money with minor units and currency."""

from uuid import UUID

import msgspec

from edge.effects.raffle.wording import position_text
from edge.runtime.event_now import sells
from edge.runtime.unit import Unit
from edge.web.raffle.sales import is_sent, paper_of, ranges_of
from edge.web.raffle.stage import Stage
from edge.web.raffle.view import Paper, Ranges
from shared.domain.raffle.queries_page import SaleLine, UnitTotal
from shared.kernel.digits import range_text
from shared.kernel.money import Money


class PackageAnswer(msgspec.Struct, frozen=True):
    """A package: so many tickets for one price."""

    package_id: UUID
    ticket_count: int
    price: Money


class EventAnswer(msgspec.Struct, frozen=True):
    """An event as this unit sells it; instants in ms UTC. `selling` says whether a sale is possible now."""

    event_id: UUID
    name: str
    code: str
    state: str
    training: bool
    selling: bool
    currency: str
    sales_open_ms: int
    sales_close_ms: int
    draw_ms: int
    prize_percent: int
    numbers_left: int
    packages: tuple[PackageAnswer, ...]


class SaleAnswer(msgspec.Struct, frozen=True):
    """A sale. `position` and `chain` are what paper carries; `sent` says that the hub confirmed it."""

    sale_id: UUID
    event_id: UUID
    package_id: UUID
    seller_id: UUID
    ticket_count: int
    draw_numbers: str
    ranges: Ranges
    validation_number: str
    amount: Money
    received: Money
    change: Money
    tender: str
    reference: str
    sold_ms: int
    position: str
    seq: int
    chain: str
    voided: bool
    paper: Paper
    sent: bool


class TotalAnswer(msgspec.Struct, frozen=True):
    """What this unit sold of one event, voids subtracted."""

    event_id: UUID
    sale_count: int
    ticket_count: int
    amount: Money
    cash: Money
    card: Money


def event_answer(unit: Unit, stage: Stage) -> EventAnswer:
    """The event of a stage."""
    event = stage.event
    assert event is not None
    return EventAnswer(
        event_id=event.event_id,
        name=event.name,
        code=event.code,
        state=event.state,
        training=event.training,
        selling=sells(event, unit.now_ms),
        currency=event.currency,
        sales_open_ms=event.sales_open_ms,
        sales_close_ms=event.sales_close_ms,
        draw_ms=event.draw_ms,
        prize_percent=event.prize_percent,
        numbers_left=stage.left,
        packages=tuple(
            PackageAnswer(package.package_id, package.ticket_count, Money(package.price_minor, event.currency))
            for package in stage.packages
        ),
    )


async def sale_answer(unit: Unit, line: SaleLine) -> SaleAnswer:
    """One sale of this unit."""
    ranges = await ranges_of(unit, line)
    states = await unit.spool.states([line.sale_id])
    amount, received = Money(line.amount_minor, line.currency), Money(line.received_minor, line.currency)
    return SaleAnswer(
        sale_id=line.sale_id,
        event_id=line.event_id,
        package_id=line.package_id,
        seller_id=line.seller_id,
        ticket_count=line.ticket_count,
        draw_numbers=", ".join(range_text(first, last) for first, last in ranges),
        ranges=ranges,
        validation_number=line.validation_number,
        amount=amount,
        received=received,
        change=received - amount,
        tender=line.tender,
        reference=line.reference,
        sold_ms=line.sold_ms,
        position=position_text(unit.membership.unit.code, line.epoch, line.seq),
        seq=line.seq,
        chain=line.chain,
        voided=line.is_void,
        paper=paper_of(unit, states.get(line.sale_id)),
        sent=is_sent(unit, line),
    )


def total_answer(total: UnitTotal) -> TotalAnswer:
    """One event's total of this unit."""
    amount, cash = Money(total.amount_minor, total.currency), Money(total.cash_minor, total.currency)
    return TotalAnswer(total.event_id, total.sale_count, total.ticket_count, amount, cash, amount - cash)
