"""What cases read: for their decisions, and for the pages of the hub."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Select, Table, Text, and_, bindparam, cast, func, select

from shared.domain.cases.commands import (
    CloseCase,
    DecideHeld,
    DecideSales,
    OpenCase,
    RecordPaper,
    ReopenCase,
    SeeCase,
)
from shared.domain.cases.rows import CaseEvidenceRow, CasePaperRow, CaseRow, CaseStepRow
from shared.domain.cases.state import CaseCard, CaseNumbers, CaseSale, CaseState, CaseStep, OpenState
from shared.domain.identity import queries as identity
from shared.domain.raffle import queries as raffle
from shared.pipeline.command import Given
from shared.pipeline.queries import Load, Query
from shared.pipeline.tables import Id, table

ORG = bindparam("org_id", type_=Id())
CASE_ID = bindparam("case_id", type_=Id())
case, evidence, step, paper = map(table, (CaseRow, CaseEvidenceRow, CaseStepRow, CasePaperRow))
disputed = Table(
    "raffle_disputed_sale",
    MetaData(schema="raffle"),
    *(Column(c.name, c.type) for c in raffle.sale.columns),
    Column("is_void", Boolean),
    Column("verdict", Text),
)
"""Every sale that some other claim contradicts or the judge doubts, decided (`verdict`) or not."""


class Evidence(msgspec.Struct, frozen=True):
    """An entry that a case stands on."""

    node_id: UUID
    epoch: int
    seq: int
    hash: bytes
    chain: str
    entity_id: UUID
    added_ms: int


class Paper(msgspec.Struct, frozen=True):
    """A ticket that somebody held in hand."""

    node_id: UUID
    epoch: int
    seq: int
    chain: str
    validation_number: str
    person_id: UUID | None
    seen_ms: int


class Dispute(msgspec.Struct, frozen=True):
    """What waits for a decision of one epoch's sales of one event: how many, how much money (minor units)."""

    node_id: UUID
    epoch: int
    event_id: UUID
    currency: str
    sale_count: int
    amount_minor: int


c = case.c
_case = select(
    c.case_id, c.kind, c.state, c.about_node_id, c.node_epoch, c.entity_id, c.venue_id, c.note, c.opened_ms,
    c.seen_ms, c.closed_ms, c.outcome,
).where(c.org_id == ORG)  # fmt: skip
CASE = Query(_case.where(c.case_id == CASE_ID), CaseCard)
CASES_OPEN = Query(_case.where(c.state == "open").order_by(c.opened_ms.desc()), CaseCard)
CASES_CLOSED = Query(_case.where(c.state == "closed").order_by(c.closed_ms.desc()).limit(bindparam("most")), CaseCard)
CASES_OF_NODE = Query(
    _case.where(c.about_node_id == bindparam("about_node_id", type_=Id())).order_by(c.opened_ms.desc()), CaseCard
)
v = evidence.c
EVIDENCE = Query(
    select(v.entry_node_id, v.entry_epoch, v.entry_seq, v.entry_hash, v.chain, v.entity_id, v.added_ms)
    .where(v.org_id == ORG, v.case_id == CASE_ID)
    .order_by(v.entry_node_id, v.entry_epoch, v.entry_seq, v.entry_hash),
    Evidence,
)
s = step.c
STEPS = Query(
    select(s.act, s.person_id, s.at_ms, s.choice, s.detail)
    .where(s.org_id == ORG, s.case_id == CASE_ID)
    .order_by(s.at_ms, s.seq),
    CaseStep,
)
p = paper.c
PAPERS = Query(
    select(p.sale_node_id, p.sale_epoch, p.sale_seq, p.sale_chain, p.validation_number, p.person_id, p.seen_ms)
    .where(p.org_id == ORG, p.case_id == CASE_ID)
    .order_by(p.seen_ms),
    Paper,
)
d, r = disputed.c, raffle.sold_range.c
_ranges = and_(
    r.org_id == d.org_id, r.node_id == d.node_id, r.epoch == d.epoch, r.branch == d.branch, r.sale_seq == d.seq
)
_first = select(func.min(r.first_number)).where(_ranges).scalar_subquery()
_last = select(func.max(r.last_number)).where(_ranges).scalar_subquery()


def _sales(*where: Any) -> "Select[*tuple[Any, ...]]":
    return (
        select(
            d.node_id, d.epoch, d.branch, d.seq, d.chain, d.sale_id, d.event_id, d.seller_id, d.ticket_count,
            d.amount_minor, d.currency, d.tender, d.sold_ms, d.is_void, d.verdict, _first, _last,
        )
        .where(d.org_id == ORG, *where)
        .order_by(d.branch, d.seq)
    )  # fmt: skip


SALES_OF_EPOCH = Query(
    _sales(d.node_id == bindparam("about_node_id", type_=Id()), d.epoch == bindparam("about_epoch")), CaseSale
)
_named = and_(
    v.org_id == d.org_id, v.case_id == CASE_ID, v.entry_node_id == d.node_id, v.entry_epoch == d.epoch,
    v.entry_seq == d.seq, v.chain == d.chain,
)  # fmt: skip
SALES_OF_EVIDENCE = Query(_sales(select(v.case_id).where(_named).exists()), CaseSale)
NUMBERS = Query(
    select(d.node_id, d.epoch, d.seq, d.chain, d.event_id, r.first_number, r.last_number, d.verdict, d.is_void)
    .join_from(disputed, raffle.sold_range, _ranges)
    .where(d.org_id == ORG, d.event_id == raffle.EVENT_ID)
    .order_by(r.first_number),
    CaseNumbers,
)
DISPUTES = Query(
    select(d.node_id, d.epoch, d.event_id, d.currency, func.count(), cast(func.sum(d.amount_minor), BigInteger))
    .where(d.org_id == ORG, d.verdict.is_(None), ~d.is_void)
    .group_by(d.node_id, d.epoch, d.event_id, d.currency),
    Dispute,
)


def load_open(order: OpenCase, _given: Given) -> Load[OpenState]:
    """The case if it is there, the evidence it has, and the venue it belongs to."""
    card = yield from CASE.one(case_id=order.case_id)
    if card is not None:
        known = yield from EVIDENCE.many(case_id=order.case_id)
        return OpenState(card, frozenset((one.node_id, one.epoch, one.seq, one.hash) for one in known), card.venue_id)
    if order.node_id is not None:
        unit = yield from identity.UNIT.one(unit_id=order.node_id)
        return OpenState(None, frozenset(), unit.venue_id if unit else None)
    event = yield from raffle.EVENT.one(event_id=order.entity_id)
    return OpenState(None, frozenset(), event.venue_id if event else None)


CaseOrder = SeeCase | RecordPaper | DecideSales | DecideHeld | ReopenCase | CloseCase


def load_case(order: CaseOrder, _given: Given) -> Load[CaseState | None]:
    """The case with all that its decisions look at."""
    return (yield from read_case(order.case_id))


def read_case(case_id: UUID) -> Load[CaseState | None]:
    """The same for a page: the case, its sales and their numbers, its steps, the unit's epoch now."""
    card = yield from CASE.one(case_id=case_id)
    if card is None:
        return None
    if card.kind == "fork":
        sales = yield from SALES_OF_EPOCH.many(about_node_id=card.about_node_id, about_epoch=card.node_epoch)
    else:
        sales = yield from SALES_OF_EVIDENCE.many(case_id=case_id)
    numbers = []
    for event_id in sorted({sale.event_id for sale in sales}):
        numbers += yield from NUMBERS.many(event_id=event_id)
    steps = yield from STEPS.many(case_id=case_id)
    unit = (yield from identity.UNIT.one(unit_id=card.about_node_id)) if card.about_node_id else None
    return CaseState(
        card=card,
        sales=tuple(sales),
        numbers=tuple(numbers),
        steps=tuple(steps),
        unit_epoch=unit.unit_epoch if unit else None,
        unit_revoked=unit is not None and unit.state == "revoked",
    )
