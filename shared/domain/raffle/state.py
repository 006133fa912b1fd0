"""What a raffle's decisions look at, and its limits."""

from uuid import UUID

import msgspec

from shared.domain.identity import Standing
from shared.domain.raffle.facts import EventTerms, Package

TICKETS_PER_SALE_MAX = 1_000
UNSOLD_LEASES_MAX = 4
TIMES_MAX = 20
UNDO_MS_MAX = 30_000
CASH_FACTOR_MAX = 100
CASH_SPARE_MINOR_MAX = 100_000
REFERENCE_LETTERS_MAX = 40
PACKAGES_MAX = 12
TRAINING_NUMBERS = 1_000_000
TRAINING_PACKAGES = ((3, 500), (10, 1_000), (40, 2_000))


class EventCard(msgspec.Struct, frozen=True):
    """A running event as the feed brought it."""

    event_id: UUID
    venue_id: UUID
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

    @property
    def ended_ms(self) -> int:
        """When sales end or ended: as planned, or earlier by order."""
        return self.sales_close_ms if self.closed_ms is None else min(self.closed_ms, self.sales_close_ms)


class LeaseLeft(msgspec.Struct, frozen=True):
    """A lease taken into this journal, and the last number sold from it (None before the first)."""

    lease_id: UUID
    first: int
    last: int
    document: bytes
    sold_to: int | None

    @property
    def next_number(self) -> int:
        """The first number not yet sold."""
        return self.first if self.sold_to is None else self.sold_to + 1

    @property
    def left(self) -> int:
        """How many numbers are left."""
        return self.last - self.next_number + 1


class Contact(msgspec.Struct, frozen=True):
    """Who left a phone with a sale: the person as this unit knows them, and the phone, sealed for them."""

    person_id: UUID
    sealed_phone: bytes


class SellState(msgspec.Struct, frozen=True):
    """What a sale reads: the run, the package, the numbers at hand, the first lease's key, the seller, the zone, and

    the buyer's contact, where one was left.
    """

    event: EventCard | None
    package: Package | None
    leases: tuple[LeaseLeft, ...]
    key: bytes
    seller: Standing | None
    zone: str
    contact: Contact | None = None


class PastSale(msgspec.Struct, frozen=True):
    """A sale of this journal, as a void or an undo reads it."""

    seq: int
    sale_id: UUID
    event_id: UUID
    seller_id: UUID
    amount_minor: int
    tender: str
    sold_ms: int
    chain: str


class UndoState(msgspec.Struct, frozen=True):
    """The sale to undo, the seller's last sale here, and whether it is void already."""

    sale: PastSale | None
    last: PastSale | None
    is_void: bool


class PlanState(msgspec.Struct, frozen=True):
    """The venue of a plan, and what is there already."""

    currency: str
    licence: str
    venue_known: bool
    code_taken: bool


class RunState(msgspec.Struct, frozen=True):
    """An event's plan and, once active, its state."""

    name: str
    revision: int
    terms: EventTerms | None
    state: str


class RecoverState(msgspec.Struct, frozen=True):
    """What taking a lease back reads: whether it is known, and whether a granted lease holds one of its numbers."""

    known: bool
    overlaps: bool


class GrantState(msgspec.Struct, frozen=True):
    """What a grant reads of the run and its holder.

    `granted_to` is the last number granted to anybody, `holder_here` whether the holder sells at the event's venue
    under this epoch, `unsold` how many numbers it holds that the hub has not seen sold, `paused` whether the hub takes
    its uploads.
    """

    event: EventCard | None
    granted_to: int | None
    holder_here: bool
    unsold: int = 0
    paused: bool = False
