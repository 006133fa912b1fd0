"""What pages and the API read of a raffle, on both sides; decisions read `queries`."""

from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text, and_, bindparam, cast, func, or_, select

from shared.domain.raffle.queries import (
    EVENT_ID,
    ORG,
    event,
    event_cards,
    lease,
    mine,
    plan,
    sale,
    sold_range,
    sold_to,
    taken,
)
from shared.domain.raffle.state import EventCard
from shared.pipeline.queries import Query
from shared.pipeline.tables import Id

LATEST_MAX = 50
_views = MetaData(schema="raffle")
sale_state = Table(
    "raffle_sale_state",
    _views,
    *(Column(c.name, c.type) for c in sale.columns),
    *(Column(n, Boolean) for n in ("is_void", "is_disputed", "is_refunded")),
)
unit_total = Table(
    "raffle_unit_total",
    _views,
    Column("org_id", Id()),
    Column("event_id", Id()),
    Column("node_id", Id()),
    Column("currency", Text),
    *(Column(n, BigInteger) for n in ("sale_count", "ticket_count", "amount_minor", "cash_minor", "last_sold_ms")),
    *(Column(n, BigInteger) for n in ("disputed_count", "disputed_minor")),
)
event_total = Table(
    "raffle_event_total",
    _views,
    Column("org_id", Id()),
    Column("event_id", Id()),
    Column("currency", Text),
    *(Column(n, BigInteger) for n in ("sale_count", "ticket_count", "amount_minor")),
    *(Column(n, BigInteger) for n in ("disputed_count", "disputed_minor")),
)
number_total = Table(
    "raffle_number_total",
    _views,
    Column("org_id", Id()),
    Column("event_id", Id()),
    *(Column(n, BigInteger) for n in ("leased", "sold", "void", "unsold", "quarantined", "disputed")),
)


class SaleLine(msgspec.Struct, frozen=True):
    """One sale as lists show it; `first`..`last` is its first range, `range_count` says whether there are more."""

    node_id: UUID
    epoch: int
    seq: int
    sale_id: UUID
    event_id: UUID
    package_id: UUID
    seller_id: UUID
    ticket_count: int
    amount_minor: int
    currency: str
    tender: str
    received_minor: int
    reference: str
    validation_number: str
    sold_ms: int
    chain: str
    is_void: bool
    first: int
    last: int
    is_disputed: bool = False
    is_refunded: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is in the pool."""
        return not (self.is_void or self.is_disputed or self.is_refunded)


class UnitTotal(msgspec.Struct, frozen=True):
    """What one unit sold of one event, voids and refunds subtracted; what is disputed stands apart."""

    event_id: UUID
    node_id: UUID
    currency: str
    sale_count: int
    ticket_count: int
    amount_minor: int
    cash_minor: int
    last_sold_ms: int
    disputed_count: int = 0
    disputed_minor: int = 0


class EventTotal(msgspec.Struct, frozen=True):
    """What all units sold of one event, as far as is known here: the pool. What is disputed stands apart."""

    event_id: UUID
    currency: str
    sale_count: int
    ticket_count: int
    amount_minor: int
    disputed_count: int = 0
    disputed_minor: int = 0


class NumberTotals(msgspec.Struct, frozen=True):
    """Every leased number of an event in exactly one class; `quarantined` is what an ended epoch left unsold."""

    event_id: UUID
    leased: int
    sold: int
    void: int
    unsold: int
    quarantined: int
    disputed: int


class PlanLine(msgspec.Struct, frozen=True):
    """A plan as lists show it."""

    event_id: UUID
    venue_id: UUID
    name: str
    code: str
    training: bool
    terms: bytes


class NumbersLeft(msgspec.Struct, frozen=True):
    """Over the leases of one event in this journal: the sum of their ends, and of the numbers sold up to."""

    ends: int | None
    sold_to: int | None

    @property
    def left(self) -> int:
        """What can still be sold here."""
        return (self.ends or 0) - (self.sold_to or 0)


class OwnSince(msgspec.Struct, frozen=True):
    """What the reader's own journal sold behind some entry, voids subtracted."""

    sale_count: int
    amount_minor: int | None


class Bar(msgspec.Struct, frozen=True):
    """Orders in one span of time; `slot` counts spans since the epoch."""

    slot: int
    sale_count: int


class SoldNumber(msgspec.Struct, frozen=True):
    """One sold range with its sale's seq."""

    node_id: UUID
    epoch: int
    sale_seq: int
    first: int
    last: int


class RangeLine(msgspec.Struct, frozen=True):
    """Numbers `first` to `last` of one sale, for whoever goes through an event number by number."""

    first: int
    last: int
    node_id: UUID
    epoch: int
    seq: int
    sale_id: UUID
    ticket_count: int
    amount_minor: int
    currency: str
    validation_number: str
    chain: str
    is_void: bool
    is_disputed: bool
    is_refunded: bool


class LeaseLine(msgspec.Struct, frozen=True):
    """A range of draw numbers as it was granted."""

    lease_id: UUID
    request_id: UUID
    holder_id: UUID
    holder_epoch: int
    first: int
    last: int


x, r = sale_state.c, sold_range.c
_of_sale = (r.org_id == x.org_id, r.node_id == x.node_id, r.epoch == x.epoch, r.branch == x.branch, r.sale_seq == x.seq)
_first = select(func.min(r.first_number)).where(*_of_sale).scalar_subquery()
_last = select(func.max(r.last_number)).where(*_of_sale).scalar_subquery()
MY_NODE = x.node_id == bindparam("node_id", type_=Id())
"""Condition of the reader's own sales."""
_line = select(
    x.node_id, x.epoch, x.seq, x.sale_id, x.event_id, x.package_id, x.seller_id, x.ticket_count, x.amount_minor,
    x.currency, x.tender, x.received_minor, x.reference, x.validation_number, x.sold_ms, x.chain, x.is_void,
    _first, _last, x.is_disputed, x.is_refunded,
).where(x.org_id == ORG)  # fmt: skip
_newest = (x.sold_ms.desc(), x.seq.desc())
EVENTS = Query(event_cards.order_by(event.c.training, event.c.sales_open_ms), EventCard)
PLANS = Query(
    select(plan.c.event_id, plan.c.venue_id, plan.c.name, plan.c.code, plan.c.training, plan.c.terms)
    .where(plan.c.org_id == ORG)
    .order_by(plan.c.name),
    PlanLine,
)
SALE = Query(_line.where(x.sale_id == bindparam("sale_id", type_=Id())), SaleLine)
SALE_AT = Query(
    _line.where(
        x.node_id == bindparam("at_node", type_=Id()), x.epoch == bindparam("at_epoch"), x.seq == bindparam("at_seq")
    ),
    SaleLine,
)
SALE_BY_VALIDATION = Query(_line.where(x.validation_number == bindparam("validation_number")), SaleLine)
LATEST = Query(_line.where(x.event_id == EVENT_ID).order_by(*_newest).limit(bindparam("most")), SaleLine)
MINE_LATEST = Query(
    _line.where(x.event_id == EVENT_ID, MY_NODE).order_by(x.seq.desc()).limit(bindparam("most")), SaleLine
)
SELLER_SALES = Query(
    _line.where(
        x.event_id == EVENT_ID,
        MY_NODE,
        x.seller_id == bindparam("seller_id", type_=Id()),
        x.sold_ms >= bindparam("since_ms"),
    ).order_by(x.seq.desc()),
    SaleLine,
)
u, t = unit_total.c, event_total.c
_unit = select(
    u.event_id, u.node_id, u.currency, u.sale_count, u.ticket_count, u.amount_minor, u.cash_minor, u.last_sold_ms,
    u.disputed_count, u.disputed_minor,
).where(u.org_id == ORG)  # fmt: skip
UNIT_TOTALS = Query(_unit, UnitTotal)
_event = select(
    t.event_id, t.currency, t.sale_count, t.ticket_count, t.amount_minor, t.disputed_count, t.disputed_minor
).where(t.org_id == ORG)
EVENT_TOTALS = Query(_event, EventTotal)
EVENT_TOTAL = Query(_event.where(t.event_id == EVENT_ID), EventTotal)
q = number_total.c
NUMBER_TOTALS = Query(
    select(q.event_id, q.leased, q.sold, q.void, q.unsold, q.quarantined, q.disputed).where(q.org_id == ORG),
    NumberTotals,
)
k = taken.c
_used_to = func.coalesce(sold_to, k.first_number - 1)
NUMBERS_LEFT = Query(
    select(cast(func.sum(k.last_number), BigInteger), cast(func.sum(_used_to), BigInteger)).where(
        *mine(taken), k.event_id == EVENT_ID
    ),
    NumbersLeft,
)
RANGE_OF = Query(
    select(r.node_id, r.epoch, r.sale_seq, r.first_number, r.last_number)
    .where(r.org_id == ORG, r.event_id == EVENT_ID, r.first_number <= bindparam("number"))
    .where(r.last_number >= bindparam("number"))
    .order_by(r.first_number.desc())
    .limit(2),
    SoldNumber,
)
RANGES_OF_SALE = Query(
    select(r.node_id, r.epoch, r.sale_seq, r.first_number, r.last_number)
    .where(r.org_id == ORG, r.node_id == bindparam("at_node", type_=Id()), r.epoch == bindparam("at_epoch"))
    .where(r.sale_seq == bindparam("at_seq"))
    .order_by(r.first_number),
    SoldNumber,
)
_after, _after_sale = bindparam("after", type_=BigInteger()), bindparam("after_sale", type_=Id())
RANGES_BY_NUMBER = Query(
    select(
        r.first_number, r.last_number, x.node_id, x.epoch, x.seq, x.sale_id, x.ticket_count, x.amount_minor,
        x.currency, x.validation_number, x.chain, x.is_void, x.is_disputed, x.is_refunded,
    )
    .where(x.org_id == ORG, r.event_id == EVENT_ID, *_of_sale)
    .where(or_(r.first_number > _after, and_(r.first_number == _after, x.sale_id > _after_sale)))
    .order_by(r.first_number, x.sale_id)
    .limit(bindparam("most")),
    RangeLine,
)  # fmt: skip
"""Every sold range of an event by its first number; behind `after`, and of its sales behind `after_sale`."""
OWN_SINCE = Query(
    select(func.count(), cast(func.sum(x.amount_minor), BigInteger)).where(
        x.org_id == ORG, MY_NODE, x.epoch == bindparam("epoch"), x.event_id == EVENT_ID, ~x.is_void,
        x.seq > bindparam("behind"),
    ),
    OwnSince,
)  # fmt: skip
_slot = x.sold_ms // bindparam("span_ms", type_=BigInteger())
BARS = Query(
    select(_slot.label("slot"), func.count())
    .where(x.org_id == ORG, x.event_id == EVENT_ID, x.sold_ms >= bindparam("since_ms"))
    .group_by("slot")
    .order_by("slot"),
    Bar,
)
granted = lease.c
LEASES_GRANTED = Query(
    select(
        granted.lease_id,
        granted.request_id,
        granted.holder_id,
        granted.holder_epoch,
        granted.first_number,
        granted.last_number,
    )
    .where(granted.org_id == ORG, granted.event_id == EVENT_ID)
    .order_by(granted.first_number),
    LeaseLine,
)
