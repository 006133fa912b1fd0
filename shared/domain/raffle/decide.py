"""What a raffle decides on a unit: selling, undoing, taking leases. Pure. (Head office's part: `decide_office`.)"""

from uuid import UUID

from shared.domain.identity import SELLS
from shared.domain.raffle.commands import SellTickets, TakeLease, UndoSale
from shared.domain.raffle.errors import (
    AlreadyVoid,
    CashShort,
    CashTooMuch,
    FewNumbers,
    LeaseTakenTwice,
    NoNumbers,
    NotSelling,
    RaffleClosed,
    RaffleNotOpen,
    ReferenceNeeded,
    TimesOutOfRange,
    TooManyTickets,
    UndoNotYours,
    UndoTooLate,
    UnitStopped,
    UnknownEvent,
    UnknownPackage,
    UnknownSale,
    UnknownTender,
    stop_words,
)
from shared.domain.raffle.facts import BuyerNoted, LeaseTaken, SaleVoided, SoldRange, TicketsSold
from shared.domain.raffle.state import (
    CASH_FACTOR_MAX,
    CASH_SPARE_MINOR_MAX,
    REFERENCE_LETTERS_MAX,
    TICKETS_PER_SALE_MAX,
    TIMES_MAX,
    UNDO_MS_MAX,
    Contact,
    EventCard,
    LeaseLeft,
    SellState,
    UndoState,
)
from shared.journal.entry import Fact
from shared.kernel.clock import SECOND_MS, at, clock_text, paper_text
from shared.kernel.money import Money
from shared.kernel.validation import validation_number
from shared.pipeline.command import Given


def decide_sell_tickets(order: SellTickets, state: SellState, given: Given) -> list[Fact]:
    """Sell tickets: numbers in order from the leases at hand, money exact, the window kept."""
    event = _selling(state, given)
    package = state.package
    if package is None:
        raise UnknownPackage(event=event.name)
    if not 1 <= order.times <= TIMES_MAX:
        raise TimesOutOfRange(maximum=TIMES_MAX)
    count = package.ticket_count * order.times
    if count > TICKETS_PER_SALE_MAX:
        raise TooManyTickets(maximum=TICKETS_PER_SALE_MAX)
    price = Money(package.price_minor * order.times, event.currency)
    received = _received(order, price)
    ranges = take_numbers(state.leases, count)
    first = ranges[0]
    number = validation_number(state.key, event_id=event.event_id, lease_id=first.lease_id, first=first.first)
    assert order.actor is not None
    sale_id = given.new_id()
    facts: list[Fact] = [
        TicketsSold(
            sale_id=sale_id,
            event_id=event.event_id,
            package_id=package.package_id,
            seller_id=order.actor,
            ticket_count=count,
            amount_minor=price.minor,
            currency=event.currency,
            tender=order.tender,
            received_minor=received.minor,
            reference=order.reference.strip() if order.tender == "card" else "",
            validation_number=number,
            ranges=ranges,
        )
    ]
    if state.contact is not None:
        facts.append(_noted(sale_id, event, state.contact))
    return facts


def _noted(sale_id: UUID, event: EventCard, contact: Contact) -> BuyerNoted:
    return BuyerNoted(
        sale_id=sale_id,
        event_id=event.event_id,
        person_id=contact.person_id,
        sealed_phone=contact.sealed_phone,
    )


def _selling(state: SellState, given: Given) -> EventCard:
    event, now = state.event, given.moment.wall_ms
    _not_stopped(given)
    if event is None:
        raise UnknownEvent
    if state.seller is None or not state.seller.active or state.seller.role not in SELLS:
        raise NotSelling
    if now < event.sales_open_ms:
        raise RaffleNotOpen(at=_when(event.sales_open_ms, now, state.zone))
    if event.state != "active" or now >= event.sales_close_ms:
        raise RaffleClosed(at=_when(event.ended_ms, now, state.zone))
    return event


def _not_stopped(given: Given) -> None:
    """What stops a whole unit comes before anything about its event (design §5.7)."""
    if given.holds:
        raise UnitStopped(**stop_words(given.holds[0]))
    if given.sells_until_ms is not None and given.moment.wall_ms >= given.sells_until_ms:
        raise UnitStopped(**stop_words("certificate"))


def _when(instant_ms: int, now_ms: int, zone: str) -> str:
    """The hour today; the date with it on any other day of the venue."""
    same_day = at(instant_ms, zone).date() == at(now_ms, zone).date()
    return clock_text(instant_ms, zone) if same_day else paper_text(instant_ms, zone)


def _received(order: SellTickets, price: Money) -> Money:
    if order.tender == "card":
        reference = order.reference.strip()
        if not 4 <= len(reference) <= REFERENCE_LETTERS_MAX or not reference.isprintable():
            raise ReferenceNeeded(maximum=REFERENCE_LETTERS_MAX)
        return price
    if order.tender != "cash":
        raise UnknownTender
    received = Money(order.received_minor, price.currency)
    if received.minor < price.minor:
        raise CashShort(received=received.short(), price=price.short(), missing=(price - received).short())
    if received.minor > price.minor * CASH_FACTOR_MAX + CASH_SPARE_MINOR_MAX:
        raise CashTooMuch(received=received.short())
    return received


def take_numbers(leases: tuple[LeaseLeft, ...], count: int) -> tuple[SoldRange, ...]:
    """The next `count` numbers, lease after lease; refused when there are not enough."""
    left = sum(lease.left for lease in leases)
    if left == 0:
        raise NoNumbers
    if left < count:
        raise FewNumbers(left=left)
    taken: list[SoldRange] = []
    for lease in leases:
        here = min(count, lease.left)
        if here:
            first = lease.next_number
            taken.append(SoldRange(lease.lease_id, lease.first, lease.last, first, first + here - 1))
            count -= here
        if not count:
            break
    return tuple(taken)


def decide_undo_sale(order: UndoSale, state: UndoState, given: Given) -> list[Fact]:
    """Undo one's own last sale within thirty seconds: a void with its refund (RAFF-sales-12)."""
    sale = state.sale
    if sale is None:
        raise UnknownSale
    if state.is_void:
        raise AlreadyVoid
    if sale.seller_id != order.actor or state.last is None or state.last.sale_id != sale.sale_id:
        raise UndoNotYours
    if not 0 <= given.moment.wall_ms - sale.sold_ms <= UNDO_MS_MAX:
        raise UndoTooLate(seconds=UNDO_MS_MAX // SECOND_MS)
    return [
        SaleVoided(
            sale_id=sale.sale_id,
            event_id=sale.event_id,
            sale_node=given.owner.node_id,
            sale_epoch=given.owner.epoch,
            sale_seq=sale.seq,
            sale_chain=sale.chain,
            reason="undo",
            voided_by=sale.seller_id,
            refund_minor=sale.amount_minor,
            refund=sale.tender,
        )
    ]


def decide_take_lease(order: TakeLease, taken: bool, _given: Given) -> list[Fact]:
    """Take a lease whose document was verified before the order."""
    if taken:
        raise LeaseTakenTwice
    return [
        LeaseTaken(
            lease_id=order.lease_id,
            event_id=order.event_id,
            granter_id=order.granter_id,
            first=order.first,
            last=order.last,
            document=order.document,
        )
    ]
