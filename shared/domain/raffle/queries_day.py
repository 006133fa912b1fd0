"""What one unit sold since an instant, by event, person and tender: what the report of a till adds up."""

from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, bindparam, cast, func, select

from shared.domain.raffle.queries import ORG
from shared.domain.raffle.queries_page import MY_NODE, sale_state
from shared.pipeline.queries import Query

VOIDS_MAX = 60


class DayTotal(msgspec.Struct, frozen=True):
    """Sums over the sales of one event, person and tender; those that were voided stand apart."""

    event_id: UUID
    seller_id: UUID
    currency: str
    tender: str
    is_void: bool
    sale_count: int
    ticket_count: int
    amount_minor: int


class DayVoid(msgspec.Struct, frozen=True):
    """One voided sale: who sold it when, and where it stands in the journal."""

    event_id: UUID
    seller_id: UUID
    epoch: int
    seq: int
    sold_ms: int
    amount_minor: int
    currency: str


x = sale_state.c
_own = (x.org_id == ORG, MY_NODE, x.sold_ms >= bindparam("since_ms", type_=BigInteger()))
_kinds = (x.event_id, x.seller_id, x.currency, x.tender, x.is_void)
_sums = (
    func.count(),
    cast(func.sum(x.ticket_count), BigInteger),
    cast(func.sum(x.amount_minor), BigInteger),
)
DAY_TOTALS = Query(select(*_kinds, *_sums).where(*_own).group_by(*_kinds).order_by(*_kinds), DayTotal)
DAY_VOIDS = Query(
    select(x.event_id, x.seller_id, x.epoch, x.seq, x.sold_ms, x.amount_minor, x.currency)
    .where(*_own, x.is_void)
    .order_by(x.epoch.desc(), x.seq.desc())
    .limit(VOIDS_MAX),
    DayVoid,
)
"""The latest of them, newest first."""
