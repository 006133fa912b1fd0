"""Messages between an edge and its hub; msgpack over HTTP below `/sync/v1`. Fields are only ever added."""

from uuid import UUID

import msgspec

from shared.journal.entry import Owner

CHALLENGE_TAG = "tillhouse/challenge/v1"
HELLO_TAG = "tillhouse/hello/v1"
SESSION_TAG = "tillhouse/session/v1"
CHALLENGE_MS_MAX = 60_000
SESSION_MS_MAX = 15 * 60_000


class Challenge(msgspec.Struct, frozen=True):
    """What a node must sign to prove itself; signed by the hub, so any hub process can check it."""

    node: UUID
    nonce: bytes
    expires_ms: int


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Where an edge stands: its journal's end and how far it read the feed. Signed by the edge."""

    challenge: bytes
    org: UUID
    node: UUID
    epoch: int
    seq: int
    hash: bytes
    generation: int
    position: int
    program: str = ""


class Session(msgspec.Struct, frozen=True):
    """A proven node, for a quarter of an hour; signed by the hub and opaque to the edge."""

    org: UUID
    node: UUID
    epoch: int
    expires_ms: int

    @property
    def owner(self) -> Owner:
        """The journal of the node."""
        return Owner(self.org, self.node, self.epoch)


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the hub stands: its cursor of this journal, and its feed's generation."""

    session: bytes
    seq: int
    hash: bytes
    generation: int
    hub_time_ms: int


class EventTotalHeard(msgspec.Struct, frozen=True):
    """An event's total over all units as the hub knows it; `own_seq` is how far it includes this edge's journal."""

    event: UUID
    sale_count: int
    amount_minor: int
    own_seq: int


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to `seq` is stored; the next bundle begins behind it."""

    seq: int
    hash: bytes
    hub_time_ms: int


class UnitReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit is; no fact, unchained, replaced by the next."""

    wall_ms: int
    tip_seq: int
    waiting: int
    printer: str
    battery_percent: int | None
    numbers_left: int
    seller: str


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub tells a unit in return: its time, its totals, and where the feed ends now."""

    hub_time_ms: int
    position: int
    totals: list[EventTotalHeard]


class LeaseRequest(msgspec.Struct, frozen=True):
    """A node asks for numbers; the same request id returns the same lease."""

    request: UUID
    event: UUID
