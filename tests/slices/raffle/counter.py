"""What a decision is given at the counter of the Home Opener: values, changed one at a time by a test."""

from typing import Any
from uuid import UUID

import msgspec

from shared.domain.identity import Standing
from shared.domain.raffle.commands import PackagePlan, PlanEvent, SellTickets, UndoSale
from shared.domain.raffle.facts import EventTerms, Package
from shared.domain.raffle.state import EventCard, GrantState, LeaseLeft, PastSale, PlanState, RunState, SellState
from shared.journal.entry import Owner
from shared.kernel.clock import DAY_MS, HOUR_MS, Moment
from shared.pipeline.command import Given
from tests.support.clock import OPENING_MS

UNIT = Owner(UUID(int=0xA), UUID(int=0xC), 1)
ANN, VENUE, EVENT = UUID(int=0x11), UUID(int=0x12), UUID(int=0x13)
TEN = Package(UUID(int=0x14), 10, 1_000)
CLOSE_MS = OPENING_MS + 4 * HOUR_MS
TERMS = EventTerms(
    venue_id=VENUE,
    name="Home Opener 50/50",
    code="HO-1",
    licence="RR-1",
    currency="USD",
    training=False,
    sales_open_ms=OPENING_MS,
    sales_close_ms=CLOSE_MS,
    draw_ms=CLOSE_MS + HOUR_MS,
    claim_by_ms=CLOSE_MS + 30 * DAY_MS,
    first_number=100_001,
    last_number=110_000,
    prize_percent=50,
    lease_count=100,
    packages=(TEN,),
)
CARD = EventCard(
    event_id=EVENT,
    state="active",
    **{name: value for name, value in msgspec.structs.asdict(TERMS).items() if name != "packages"},
)
SELLING = SellState(
    event=CARD,
    package=TEN,
    leases=(),
    key=b"k" * 32,
    seller=Standing(ANN, "seller", True),
    zone="Europe/London",
)
PLANNING = PlanState(currency="USD", licence="RR-1", venue_known=True, code_taken=False)
RUN = RunState("Home Opener 50/50", 1, TERMS, "created")
GRANTING = GrantState(CARD, None, True)


def given_at(wall_ms: int = OPENING_MS) -> Given:
    """The unit's journal at a moment."""
    return Given(UNIT, Moment(wall_ms, 0, UUID(int=7)), b"c" * 32)


def lease(first: int, last: int, sold_to: int | None = None) -> LeaseLeft:
    """A lease at hand."""
    return LeaseLeft(UUID(int=first), first, last, b"signed", sold_to)


def selling(*leases: LeaseLeft, **other: Any) -> SellState:
    """The state of a sale with these leases (one of a hundred unless given)."""
    return msgspec.structs.replace(SELLING, leases=leases or (lease(100_001, 100_100),), **other)


def running(**other: Any) -> EventCard:
    """The running event, changed."""
    return msgspec.structs.replace(CARD, **other)


def order(**other: Any) -> SellTickets:
    """Ten tickets for ten dollars in cash, unless `other` says otherwise."""
    fields: dict[str, Any] = {
        "command_id": UUID(int=1),
        "actor": ANN,
        "event_id": EVENT,
        "package_id": TEN.package_id,
        "times": 1,
        "tender": "cash",
        "received_minor": 1_000,
    }
    return SellTickets(**(fields | other))


PAST = PastSale(
    seq=7,
    sale_id=UUID(int=0x21),
    event_id=EVENT,
    seller_id=ANN,
    amount_minor=1_000,
    tender="cash",
    sold_ms=OPENING_MS,
    chain="81CC A261",
)
UNDO = UndoSale(command_id=UUID(int=2), actor=ANN, sale_id=PAST.sale_id)


def plan(**other: Any) -> PlanEvent:
    """The plan of the Home Opener, changed."""
    fields: dict[str, Any] = {
        "command_id": UUID(int=3),
        "venue_id": VENUE,
        "name": TERMS.name,
        "code": TERMS.code,
        "sales_open_ms": TERMS.sales_open_ms,
        "sales_close_ms": TERMS.sales_close_ms,
        "draw_ms": TERMS.draw_ms,
        "claim_by_ms": TERMS.claim_by_ms,
        "packages": (PackagePlan(10, 1_000),),
        "first_number": TERMS.first_number,
        "last_number": TERMS.last_number,
    }
    return PlanEvent(**(fields | other))
