"""Messages between an edge and its hub; msgpack over HTTP below `/sync/v1`. Fields are only ever added."""

from uuid import UUID

import msgspec

from shared.journal.entry import Owner
from shared.sync.figures import Count, Figure, WallMs

CHALLENGE_TAG = "tillhouse/challenge/v1"
HELLO_TAG = "tillhouse/hello/v1"
SESSION_TAG = "tillhouse/session/v1"
CHALLENGE_MS_MAX = 60_000
SESSION_MS_MAX = 15 * 60_000


class Challenge(msgspec.Struct, frozen=True):
    """What a node must sign to prove itself; signed by the hub, so any hub process can check it."""

    node: UUID
    nonce: bytes
    expires_ms: Figure


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Where an edge stands: its journal's end and how far it read the feed. Signed by the edge."""

    challenge: bytes
    org: UUID
    node: UUID
    epoch: Figure
    seq: Figure
    hash: bytes
    generation: Figure
    position: Figure
    program: str = ""
    receipt: bytes = b""
    certificate: bytes = b""
    boot_id: UUID | None = None
    monotonic_ns: Figure = 0
    wall_ms: Figure = 0


class Landmark(msgspec.Struct, frozen=True, array_like=True):
    """One place of a journal as the hub holds it: its storage label, a seq and that entry's hash."""

    branch: Count
    seq: Count
    hash: bytes


class Session(msgspec.Struct, frozen=True):
    """A proven node, for a quarter of an hour; signed by the hub and opaque to the edge."""

    org: UUID
    node: UUID
    epoch: Figure
    expires_ms: Figure

    @property
    def owner(self) -> Owner:
        """The journal of the node."""
        return Owner(self.org, self.node, self.epoch)


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the hub stands: its cursor of this journal, and its feed's generation.

    `landmarks` are places of every history the hub holds of this epoch, thinning out backwards, so that a node whose
    history differs finds what both share. `standing` and `certificate` are signed documents; `features` name what
    this hub takes beyond 0.1.0. `watermark` is how far a verified backup holds this journal (`watermark.py`).
    """

    session: bytes
    seq: Count
    hash: bytes
    generation: Count
    hub_time_ms: WallMs
    landmarks: list[Landmark] = []
    standing: bytes = b""
    certificate: bytes = b""
    recovering: bool = False
    features: list[str] = []
    watermark: bytes = b""


class EventTotalHeard(msgspec.Struct, frozen=True):
    """An event's total over all units as the hub knows it; `own_seq` is how far it includes this edge's journal."""

    event: UUID
    sale_count: Figure
    amount_minor: Figure
    own_seq: Figure


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to `seq` is stored; the next bundle begins behind it. `receipt` is the hub's cosignature.

    `keys_kept`: the keys that came beside the bundle are stored too. `waited_ms`: how long the bundle waited at the hub
    for its turn, which says nothing of the line.
    """

    seq: Count
    hash: bytes
    hub_time_ms: WallMs
    receipt: bytes = b""
    keys_kept: bool = False
    waited_ms: Count = 0


class ParcelPush(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle with the keys of the people in it (`shared/journal/vault.py`), for a hub that names `parcel`."""

    bundle: bytes
    vault: bytes


class UnitReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit is; no fact, unchained, replaced by the next.

    `oldest_waiting_ms` is the age of the oldest entry that waits, in the unit's own passing time; `sold_last_hour`
    counts numbers of the event of now. 0 in a field of after 0.1.0 also says that the unit does not tell.
    """

    wall_ms: Figure
    tip_seq: Figure
    waiting: Figure
    printer: str
    battery_percent: Figure | None
    numbers_left: Figure
    seller: str
    waiting_bytes: Figure = 0
    oldest_waiting_ms: Figure = 0
    boot_id: UUID | None = None
    monotonic_ns: Figure = 0
    disk_free_bytes: Figure = 0
    sold_last_hour: Figure = 0
    certificate_until_ms: Figure = 0
    holds: tuple[str, ...] = ()
    program: str = ""


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub tells a unit in return: its time, its totals, and where the feed ends now."""

    hub_time_ms: WallMs
    position: Count
    totals: list[EventTotalHeard]
    standing: bytes = b""
    watermark: bytes = b""


class LeaseRequest(msgspec.Struct, frozen=True):
    """A node asks for numbers; the same request id returns the same lease."""

    request: UUID
    event: UUID
