"""What a line to the hub is made of: where the hub is, whose journal goes up, and what the link works with."""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import httpx
import msgspec

from edge.runtime.contacts import Contacts
from edge.runtime.database import Reader
from shared.domain.slices import ALL
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.kernel.clock import Clock, Moment
from shared.pipeline.manifest import Slices
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.sync.protocol import UnitReport


class HubAddress(msgspec.Struct, frozen=True):
    """Where the hub is and how it is known: its node id, its pinned Ed25519 key, and what TLS trusts (trust.py).

    `transport` carries the requests instead of sockets. `pinned`: TLS trusts the hub's own authority alone.
    """

    url: str
    node_id: UUID
    sign_key: bytes
    tls: ssl.SSLContext | None = None
    transport: httpx.AsyncBaseTransport | None = None
    pinned: bool = False


class Journal(msgspec.Struct, frozen=True):
    """The journal that goes up: whose it is, the key that signs its heads, and where it ends now."""

    owner: Owner
    key: NodeKey
    tip: Callable[[], Tip]


class LinkParts(msgspec.Struct, frozen=True):
    """What the link works with: storage, key, time, jitter in [0, 1), the unit's report, and whom to tell.

    `journal` is another than the writer's for an epoch that is over: it is uploaded, and nothing else is asked.
    `hub_said` hears the hub's signed times, `hub_answered` those that answer this unit's own hello.
    `not_stored` hears when what came could not be kept, `hub_restored` when the hub begins a new generation. `find_hub`
    says where somebody announces the hub of a node id, for when it no longer answers (detour.py).
    """

    writer: SqliteWriter
    reader: Reader
    key: NodeKey
    clock: Clock
    jitter: Callable[[], float]
    report: Callable[[], Awaitable[UnitReport]]
    changed: Callable[[], None]
    rows_came: Callable[[], None]
    hub_said: Callable[[int, Moment], None] = lambda _time_ms, _heard: None
    hub_answered: Callable[[int, Moment], None] | None = None
    journal: Journal | None = None
    contacts: Contacts | None = None
    not_stored: Callable[[], None] = lambda: None
    hub_restored: Callable[[], None] = lambda: None
    find_hub: Callable[[UUID], Awaitable[Sequence[str]]] | None = None
    slices: Slices = ALL
