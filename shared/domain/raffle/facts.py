"""What happens in a raffle; names and fields freeze at the first tagged release."""

from uuid import UUID

import msgspec

from shared.journal.entry import Fact


class Package(msgspec.Struct, frozen=True):
    """So many tickets for one price (minor units of the event's currency)."""

    package_id: UUID
    ticket_count: int
    price_minor: int


class EventTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that touches integrity; fixed from activation on (GLI-31 2.2.3). Instants in ms UTC."""

    venue_id: UUID
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
    packages: tuple[Package, ...]


class SoldRange(msgspec.Struct, frozen=True):
    """Draw numbers `first` to `last`, out of a lease whose own bounds travel with them."""

    lease_id: UUID
    lease_first: int
    lease_last: int
    first: int
    last: int


class EventPlanned(Fact, frozen=True, kw_only=True):
    """Head office planned an event; nothing sells yet."""

    TYPE = "raffle.event_planned"
    ENTITY = "event_id"
    event_id: UUID
    revision: int
    terms: EventTerms


class EventActivated(Fact, frozen=True, kw_only=True):
    """The owner runs the event by these terms, copied from the plan's revision (design §2)."""

    TYPE = "raffle.event_activated"
    ENTITY = "event_id"
    event_id: UUID
    revision: int
    terms: EventTerms


class EventClosed(Fact, frozen=True, kw_only=True):
    """No sale from here on (GLI-31 2.6.2)."""

    TYPE = "raffle.event_closed"
    ENTITY = "event_id"
    event_id: UUID
    closed_ms: int


class LeaseGranted(Fact, frozen=True, kw_only=True):
    """The event's owner gave a node's epoch the right to a range of draw numbers; `request_id` asks once."""

    TYPE = "raffle.lease_granted"
    ENTITY = "lease_id"
    lease_id: UUID
    request_id: UUID
    event_id: UUID
    holder_id: UUID
    holder_epoch: int
    first: int
    last: int


class LeaseRecovered(Fact, frozen=True, kw_only=True):
    """A restored hub learnt of a lease that it had granted before, from the document in its holder's hands."""

    TYPE = "raffle.lease_recovered"
    ENTITY = "lease_id"
    lease_id: UUID
    request_id: UUID
    event_id: UUID
    holder_id: UUID
    holder_epoch: int
    first: int
    last: int


class LeaseTaken(Fact, frozen=True, kw_only=True):
    """A node took a lease into its own journal, with the signed document that grants it."""

    TYPE = "raffle.lease_taken"
    ENTITY = "lease_id"
    lease_id: UUID
    event_id: UUID
    granter_id: UUID
    first: int
    last: int
    document: bytes


class TicketsSold(Fact, frozen=True, kw_only=True):
    """Numbered tickets changed hands for money (RAFF-sales-08)."""

    TYPE = "raffle.tickets_sold"
    ENTITY = "sale_id"
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
    ranges: tuple[SoldRange, ...]


class BuyerNoted(Fact, frozen=True, kw_only=True):
    """The buyer of a sale left a phone, sealed under a key that vaults alone hold; `person_id` is the unit's word."""

    TYPE = "raffle.buyer_noted"
    ENTITY = "sale_id"
    sale_id: UUID
    event_id: UUID
    person_id: UUID
    sealed_phone: bytes


class SaleVoided(Fact, frozen=True, kw_only=True):
    """A sale does not count; it is named as paper names it, its numbers are never sold again (GLI-31 2.3.3)."""

    TYPE = "raffle.sale_voided"
    ENTITY = "sale_id"
    sale_id: UUID
    event_id: UUID
    sale_node: UUID
    sale_epoch: int
    sale_seq: int
    sale_chain: str
    reason: str
    voided_by: UUID
    refund_minor: int
    refund: str
