"""Orders of a raffle."""

from uuid import UUID

import msgspec

from shared.pipeline.command import Command


class PackagePlan(msgspec.Struct, frozen=True):
    """A package as planned: tickets, and price in minor units."""

    ticket_count: int
    price_minor: int


class PlanEvent(Command, frozen=True, kw_only=True):
    """Plan an event at a venue; instants in ms UTC, numbers inclusive, the prize as percentage of sales."""

    NAME = "raffle.plan_event"
    venue_id: UUID
    name: str
    code: str
    sales_open_ms: int
    sales_close_ms: int
    draw_ms: int
    claim_by_ms: int
    packages: tuple[PackagePlan, ...]
    first_number: int = 100_001
    last_number: int = 999_999
    prize_percent: int = 50
    lease_count: int = 2_000


class OpenTraining(Command, frozen=True, kw_only=True):
    """Open the venue's standing training event: its own numbers and key, never in another event's figures."""

    NAME = "raffle.open_training"
    venue_id: UUID


class ActivateEvent(Command, frozen=True, kw_only=True):
    """Run the planned event; from now on its terms stand."""

    NAME = "raffle.activate_event"
    event_id: UUID


class CloseEvent(Command, frozen=True, kw_only=True):
    """End the sale of the event everywhere."""

    NAME = "raffle.close_event"
    event_id: UUID


class GrantLease(Command, frozen=True, kw_only=True):
    """A node asks for numbers; the command id follows from who asks and its request, so a lost answer is the same."""

    NAME = "raffle.grant_lease"
    event_id: UUID
    holder_id: UUID
    holder_epoch: int
    request_id: UUID


class RecoverLease(Command, frozen=True, kw_only=True):
    """Take a lease that this hub had granted and lost back into its journal; the document was verified before."""

    NAME = "raffle.recover_lease"
    lease_id: UUID
    request_id: UUID
    event_id: UUID
    holder_id: UUID
    holder_epoch: int
    first: int
    last: int


class TakeLease(Command, frozen=True, kw_only=True):
    """Take a verified lease document into this journal."""

    NAME = "raffle.take_lease"
    lease_id: UUID
    event_id: UUID
    granter_id: UUID
    first: int
    last: int
    document: bytes


class SellTickets(Command, frozen=True, kw_only=True):
    """Sell a package, `times` over, for cash or against an external card terminal's reference.

    `contact` is the keyed digest of the buyer's phone, made by the caller, or empty: no order holds a phone itself.
    """

    NAME = "raffle.sell_tickets"
    UNDIGESTED = ("contact",)
    event_id: UUID
    package_id: UUID
    times: int
    tender: str
    received_minor: int
    reference: str = ""
    contact: bytes = b""


class UndoSale(Command, frozen=True, kw_only=True):
    """Undo one's own last sale, within seconds."""

    NAME = "raffle.undo_sale"
    sale_id: UUID
