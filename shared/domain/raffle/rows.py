"""Rows of the raffle. Each carries its owner: plans, runs and leases the hub's; the rest the seller's unit's."""

from uuid import UUID

from shared.kernel.money import AMOUNT_MINOR_MAX
from shared.pipeline.changes import Link, Row, TableSpec

AMOUNT_RANGE = f"BETWEEN 0 AND {AMOUNT_MINOR_MAX}"


class PlanRow(Row, frozen=True, kw_only=True):
    """An event as head office planned it; `terms` are the plan's, encoded."""

    TABLE = TableSpec("raffle", "plan", ("event_id",), changes=True, unique=(("code",),))
    event_id: UUID
    venue_id: UUID
    revision: int
    name: str
    code: str
    training: bool
    terms: bytes


class EventRow(Row, frozen=True, kw_only=True):
    """An event as its owner runs it: what sales read."""

    TABLE = TableSpec(
        "raffle",
        "event",
        ("event_id",),
        changes=True,
        checks={
            "state": "state IN ('active', 'suspended', 'closed', 'cancelled')",
            "numbers": "first_number > 0 AND first_number <= last_number AND last_number < 34359738368",
        },
    )
    event_id: UUID
    venue_id: UUID
    revision: int
    state: str
    name: str
    code: str
    licence: str
    currency: str
    training: bool
    sales_open_ms: int
    sales_close_ms: int
    draw_ms: int
    claim_by_ms: int
    first_number: int
    last_number: int
    prize_percent: int
    lease_count: int
    closed_ms: int | None = None


class PackageRow(Row, frozen=True, kw_only=True):
    """A package of a running event, in the event's order (RAFF-event-07)."""

    TABLE = TableSpec(
        "raffle",
        "package",
        ("event_id", "package_id"),
        checks={"count": "ticket_count > 0", "price": "price_minor >= 0"},
    )
    event_id: UUID
    package_id: UUID
    place: int
    ticket_count: int
    price_minor: int


class LeaseRow(Row, frozen=True, kw_only=True):
    """A range as its granter gave it; Postgres refuses two that overlap (design §6)."""

    TABLE = TableSpec(
        "raffle",
        "lease",
        ("lease_id",),
        checks={"numbers": "first_number > 0 AND first_number <= last_number"},
        unique=(("request_id",),),
        indexes=(("event_id", "last_number"), ("holder_id", "holder_epoch")),
    )
    lease_id: UUID
    request_id: UUID
    event_id: UUID
    holder_id: UUID
    holder_epoch: int
    first_number: int
    last_number: int


class LeaseTakenRow(Row, frozen=True, kw_only=True):
    """A lease as its holder took it: what its sold ranges refer to."""

    TABLE = TableSpec(
        "raffle",
        "lease_taken",
        ("lease_id",),
        checks={"numbers": "first_number > 0 AND first_number <= last_number"},
        unique=(("lease_id", "first_number", "last_number"),),
        indexes=(("event_id",),),
    )
    lease_id: UUID
    event_id: UUID
    granter_id: UUID
    first_number: int
    last_number: int
    document: bytes


class SaleRow(Row, frozen=True, kw_only=True):
    """A sale (RAFF-sales-08): `seq` and `chain` are what paper carries."""

    TABLE = TableSpec(
        "raffle",
        "sale",
        ("seq",),
        checks={
            "count": "ticket_count > 0",
            "amount": f"amount_minor {AMOUNT_RANGE} AND received_minor {AMOUNT_RANGE}",
            "tender": "tender IN ('cash', 'card')",
        },
        unique=(("sale_id",),),
        indexes=(("event_id", "sold_ms"),),
    )
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


class RangeRow(Row, frozen=True, kw_only=True):
    """Sold draw numbers, inside the lease they came from; two of one journal never meet (design §6)."""

    TABLE = TableSpec(
        "raffle",
        "range",
        ("lease_id", "first_number"),
        checks={"inside": "lease_first <= first_number AND first_number <= last_number AND last_number <= lease_last"},
        links=(
            Link(
                ("lease_id", "lease_first", "lease_last"),
                "raffle_lease_taken",
                ("lease_id", "first_number", "last_number"),
            ),
        ),
        indexes=(("event_id", "first_number"), ("node_id", "epoch", "sale_seq")),
    )
    lease_id: UUID
    lease_first: int
    lease_last: int
    first_number: int
    last_number: int
    event_id: UUID
    sale_seq: int


class BuyerRow(Row, frozen=True, kw_only=True):
    """A buyer's phone as it was noted with a sale: sealed, and no row opens it. `seq` is of the noting entry."""

    TABLE = TableSpec("raffle", "buyer", ("sale_id",), indexes=(("person_id",),))
    sale_id: UUID
    event_id: UUID
    person_id: UUID
    sealed_phone: bytes
    seq: int


class VoidRow(Row, frozen=True, kw_only=True):
    """A void, a row of whoever voided; it counts once the sale that it names is there too (design §3)."""

    TABLE = TableSpec(
        "raffle",
        "void",
        ("sale_node_id", "sale_epoch", "sale_seq"),
        indexes=(("sale_node_id", "sale_epoch", "sale_seq"),),
    )
    sale_node_id: UUID
    sale_epoch: int
    sale_seq: int
    sale_chain: str
    sale_id: UUID
    event_id: UUID
    reason: str
    voided_by: UUID
    voided_ms: int
    refund_minor: int
    refund: str
