"""What a raffle's decisions read. (What its pages read: `queries_page`.)"""

from operator import attrgetter

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Table, and_, bindparam, cast, func, or_, select

from shared.domain.identity import queries as identity
from shared.domain.raffle.commands import (
    ActivateEvent,
    CloseEvent,
    GrantLease,
    OpenTraining,
    PlanEvent,
    RecoverLease,
    SellTickets,
    TakeLease,
    UndoSale,
)
from shared.domain.raffle.decide_office import training_code
from shared.domain.raffle.facts import EventTerms, Package
from shared.domain.raffle.rows import (
    EventRow,
    LeaseRow,
    LeaseTakenRow,
    PackageRow,
    PlanRow,
    RangeRow,
    SaleRow,
    VoidRow,
)
from shared.domain.raffle.state import (
    Contact,
    EventCard,
    GrantState,
    LeaseLeft,
    PastSale,
    PlanState,
    RecoverState,
    RunState,
    SellState,
    UndoState,
)
from shared.kernel.codec import decode
from shared.pipeline.command import Given
from shared.pipeline.queries import Load, Query, key
from shared.pipeline.tables import Id, table

event, package, plan = table(EventRow), table(PackageRow), table(PlanRow)
lease, taken, sold_range = table(LeaseRow), table(LeaseTakenRow), table(RangeRow)
sale, void = table(SaleRow), table(VoidRow)
ORG = bindparam("org_id", type_=Id())
EVENT_ID = bindparam("event_id", type_=Id())
FIRST = attrgetter("first")
NEW_PERSON = 1
"""The place among a sale's new ids where a person that is noted first gets theirs; the sale's own is 0."""


class Number(msgspec.Struct, frozen=True):
    """One number, where a query answers just that."""

    value: int | None


class PlanCard(msgspec.Struct, frozen=True):
    """A plan with its encoded terms."""

    name: str
    revision: int
    terms: bytes


class StateName(msgspec.Struct, frozen=True):
    """The state of a run."""

    state: str


def mine(part: Table) -> tuple[ColumnElement[bool], ...]:
    """The condition that a row belongs to the reader's own journal."""
    columns = part.c
    return (
        columns.org_id == ORG,
        columns.node_id == bindparam("node_id", type_=Id()),
        columns.epoch == bindparam("epoch"),
        columns.branch == bindparam("branch"),
    )


e = event.c
event_cards = select(
    e.event_id, e.venue_id, e.state, e.name, e.code, e.licence, e.currency, e.training, e.sales_open_ms,
    e.sales_close_ms, e.draw_ms, e.claim_by_ms, e.first_number, e.last_number, e.prize_percent, e.lease_count,
    e.closed_ms,
).where(e.org_id == ORG)  # fmt: skip
EVENT = Query(event_cards.where(e.event_id == EVENT_ID), EventCard, steady=True)
p = package.c
packages = select(p.package_id, p.ticket_count, p.price_minor).where(p.org_id == ORG, p.event_id == EVENT_ID)
PACKAGE = Query(packages.where(p.package_id == bindparam("package_id", type_=Id())), Package, steady=True)
PACKAGES = Query(packages.order_by(p.place), Package)
t, r = taken.c, sold_range.c
sold_to = (
    select(r.last_number)
    .where(*mine(sold_range), r.lease_id == t.lease_id)
    .order_by(r.first_number.desc())
    .limit(1)
    .scalar_subquery()
)
LEASES = Query(
    select(t.lease_id, t.first_number, t.last_number, t.document, sold_to).where(*mine(taken), t.event_id == EVENT_ID),
    LeaseLeft,
)
"""In no order: a unit holds a handful, and sorting them where they are used costs less than asking for it."""
TAKEN = Query(select(t.first_number).where(*mine(taken), t.lease_id == bindparam("lease_id", type_=Id())), Number)
s = sale.c
_past = select(s.seq, s.sale_id, s.event_id, s.seller_id, s.amount_minor, s.tender, s.sold_ms, s.chain).where(
    *mine(sale)
)
PAST_SALE = Query(_past.where(s.sale_id == bindparam("sale_id", type_=Id())), PastSale)
LAST_SALE = Query(
    _past.where(s.seller_id == bindparam("seller_id", type_=Id())).order_by(s.seq.desc()).limit(1), PastSale
)
w = void.c
VOID_OF = Query(
    select(w.sale_seq).where(
        w.org_id == ORG,
        w.sale_node_id == bindparam("node_id", type_=Id()),
        w.sale_epoch == bindparam("epoch"),
        w.sale_seq == bindparam("sale_seq"),
    ),
    Number,
)
n = plan.c
PLAN = Query(select(n.name, n.revision, n.terms).where(n.org_id == ORG, n.event_id == EVENT_ID), PlanCard)
PLAN_BY_CODE = Query(select(n.name, n.revision, n.terms).where(n.org_id == ORG, n.code == bindparam("code")), PlanCard)
RUN = Query(select(e.state).where(e.org_id == ORG, e.event_id == EVENT_ID), StateName)
GRANTED_TO = Query(
    select(func.max(lease.c.last_number)).where(lease.c.org_id == ORG, lease.c.event_id == EVENT_ID), Number
)
_leased = (
    select(func.sum(lease.c.last_number - lease.c.first_number + 1))
    .where(
        lease.c.org_id == ORG,
        lease.c.event_id == EVENT_ID,
        lease.c.holder_id == bindparam("holder_id", type_=Id()),
        lease.c.holder_epoch == bindparam("holder_epoch"),
    )
    .scalar_subquery()
)
_sold = (
    select(func.sum(r.last_number - r.first_number + 1))
    .where(
        r.org_id == ORG,
        r.event_id == EVENT_ID,
        r.node_id == bindparam("holder_id", type_=Id()),
        r.epoch == bindparam("holder_epoch"),
    )
    .scalar_subquery()
)
UNSOLD = Query(select(cast(func.coalesce(_leased, 0) - func.coalesce(_sold, 0), BigInteger)), Number)
KNOWN_LEASE = Query(
    select(lease.c.first_number).where(lease.c.org_id == ORG, lease.c.lease_id == bindparam("lease_id", type_=Id())),
    Number,
)
MEETING_LEASE = Query(
    select(lease.c.first_number)
    .where(
        lease.c.org_id == ORG,
        or_(
            lease.c.request_id == bindparam("request_id", type_=Id()),
            and_(
                lease.c.event_id == EVENT_ID,
                lease.c.first_number <= bindparam("last"),
                lease.c.last_number >= bindparam("first"),
            ),
        ),
    )
    .limit(1),
    Number,
)


def load_sell(order: SellTickets, given: Given) -> Load[SellState]:
    """The run, the package, the numbers at hand, the key of the first lease with numbers, the seller, the zone.

    A contact comes sealed from the keyring: under a known person's id, or as the new person that is named here.
    """
    run = yield from EVENT.one(event_id=order.event_id)
    if run is None:
        return SellState(None, None, (), b"", None, "UTC")
    chosen = yield from PACKAGE.one(event_id=order.event_id, package_id=order.package_id)
    leases = [lease for lease in (yield from LEASES.many(event_id=order.event_id)) if lease.left > 0]
    leases.sort(key=FIRST)
    secret = (yield from key("lease", leases[0].lease_id, leases[0].document)) if leases else b""
    seller = (yield from identity.STANDING.one(staff_id=order.actor)) if order.actor else None
    zone = yield from identity.ZONE.one(venue_id=run.venue_id)
    contact = None
    if order.contact:
        contact = decode((yield from key("contact", given.new_id(NEW_PERSON), order.contact)), Contact)
    return SellState(run, chosen, tuple(leases), secret, seller, zone.zone if zone else "UTC", contact)


def load_undo(order: UndoSale, _given: Given) -> Load[UndoState]:
    """The sale, the seller's last one, and whether it is void."""
    past = yield from PAST_SALE.one(sale_id=order.sale_id)
    if past is None:
        return UndoState(None, None, False)
    last = yield from LAST_SALE.one(seller_id=order.actor)
    voided = yield from VOID_OF.one(sale_seq=past.seq)
    return UndoState(past, last, voided is not None)


def load_take_lease(order: TakeLease, _given: Given) -> Load[bool]:
    """Whether the lease is in this journal already."""
    return (yield from TAKEN.one(lease_id=order.lease_id)) is not None


def load_plan(order: PlanEvent | OpenTraining, _given: Given) -> Load[PlanState]:
    """The venue, and whether the code is taken."""
    code = training_code(order) if isinstance(order, OpenTraining) else order.code.strip()
    card = yield from identity.ORGANIZATION.one()
    venue = yield from identity.ZONE.one(venue_id=order.venue_id)
    same = yield from PLAN_BY_CODE.one(code=code)
    return PlanState(card.currency if card else "", card.licence if card else "", venue is not None, same is not None)


def load_run(order: ActivateEvent | CloseEvent, _given: Given) -> Load[RunState]:
    """The plan and the state of its run."""
    planned = yield from PLAN.one(event_id=order.event_id)
    if planned is None:
        return RunState("", 0, None, "unknown")
    run = yield from RUN.one(event_id=order.event_id)
    return RunState(planned.name, planned.revision, decode(planned.terms, EventTerms), run.state if run else "created")


def load_grant(order: GrantLease, _given: Given) -> Load[GrantState]:
    """The run, the last number granted, whether the holder sells at its venue, and what it holds unsold."""
    run = yield from EVENT.one(event_id=order.event_id)
    granted = yield from GRANTED_TO.one(event_id=order.event_id)
    unit = yield from identity.UNIT.one(unit_id=order.holder_id)
    here = unit is not None and run is not None and unit.venue_id == run.venue_id
    if unit is None or not here or (unit.state, unit.unit_epoch) != ("enabled", order.holder_epoch):
        return GrantState(run, None, holder_here=False)
    held = yield from UNSOLD.one(event_id=order.event_id, holder_id=order.holder_id, holder_epoch=order.holder_epoch)
    unsold = (held.value or 0) if held else 0
    return GrantState(run, granted.value if granted else None, here, unsold, unit.paused)


def load_recover_lease(order: RecoverLease, _given: Given) -> Load[RecoverState]:
    """Whether the lease is known, and whether another one holds a number of it or answered its request."""
    known = yield from KNOWN_LEASE.one(lease_id=order.lease_id)
    meets = yield from MEETING_LEASE.one(
        request_id=order.request_id, event_id=order.event_id, first=order.first, last=order.last
    )
    return RecoverState(known is not None, meets is not None)
