"""What the judge reads before it judges a batch: a few statements a batch, never one a fact."""

from uuid import UUID

import msgspec
from sqlalchemy import bindparam, or_, select

from shared.domain.cases.queries import case
from shared.domain.identity import queries as identity
from shared.domain.raffle import queries as raffle
from shared.domain.raffle.queries import EVENT_ID, ORG
from shared.pipeline.queries import Load, Query
from shared.pipeline.tables import Id

CLAIMED_TWICE = ("lease", "overlap", "hub_restored")
"""While no such case was ever opened, every lease has one holder, and nobody looks for numbers sold by two."""


class TermsLine(msgspec.Struct, frozen=True):
    """A package of an event with the event's money and end."""

    currency: str
    sales_close_ms: int
    closed_ms: int | None
    package_id: UUID
    ticket_count: int
    price_minor: int


class GrantedLine(msgspec.Struct, frozen=True):
    """A lease of the epoch that is judged; `watched`: numbers may be claimed twice in this organisation."""

    lease_id: UUID
    event_id: UUID
    first: int
    last: int
    watched: bool


class SellerLine(msgspec.Struct, frozen=True):
    """Who ever worked here, and whether they still do."""

    staff_id: UUID
    active: bool


class JudgeRows(msgspec.Struct, frozen=True):
    """All that was read: packages by event, leases of the epoch, sellers."""

    events: dict[UUID, list[TermsLine]]
    leases: list[GrantedLine]
    sellers: list[SellerLine]


e, p, g, s = raffle.event.c, raffle.package.c, raffle.lease.c, identity.staff.c
TERMS = Query(
    select(e.currency, e.sales_close_ms, e.closed_ms, p.package_id, p.ticket_count, p.price_minor)
    .join_from(raffle.event, raffle.package, (p.org_id == e.org_id) & (p.event_id == e.event_id))
    .where(e.org_id == ORG, e.event_id == EVENT_ID),
    TermsLine,
)
_watched = (
    select(case.c.case_id).where(case.c.org_id == ORG, or_(*(case.c.kind == kind for kind in CLAIMED_TWICE))).exists()
)
GRANTED = Query(
    select(g.lease_id, g.event_id, g.first_number, g.last_number, _watched).where(
        g.org_id == ORG,
        g.holder_id == bindparam("holder_id", type_=Id()),
        g.holder_epoch == bindparam("holder_epoch"),
    ),
    GrantedLine,
)
SELLERS = Query(select(s.staff_id, s.active).where(s.org_id == ORG), SellerLine)


def load_judging(events: frozenset[UUID], node_id: UUID, epoch: int) -> Load[JudgeRows]:
    """The terms of these events, the leases of this epoch, who works here."""
    known: dict[UUID, list[TermsLine]] = {}
    for event_id in sorted(events):
        lines = yield from TERMS.many(event_id=event_id)
        if lines:
            known[event_id] = lines
    if not known:
        return JudgeRows({}, [], [])
    leases = yield from GRANTED.many(holder_id=node_id, holder_epoch=epoch)
    sellers = yield from SELLERS.many()
    return JudgeRows(known, leases, sellers)
