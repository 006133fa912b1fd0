"""A node proves itself: a challenge signed by the hub, signed again by the node, gives a session (design §5)."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from shared.journal.chance import chance
from shared.journal.signing import SignedDocument, open_document
from shared.kernel.clock import MINUTE_MS
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature, Refusal
from shared.pipeline.postgres_applier import Connection
from shared.sync.protocol import (
    CHALLENGE_MS_MAX,
    CHALLENGE_TAG,
    HELLO_TAG,
    SESSION_MS_MAX,
    SESSION_TAG,
    Challenge,
    Hello,
    Session,
)
from shared.sync.standing import MAY_READ_FEED, MAY_SELL

T = TypeVar("T")
APART_MS_MAX = 5 * MINUTE_MS
"""So much the clocks of two processes of a hub may differ."""
REVOKED = "revoked"
FIND = "select * from directory.find_node(%s)"
FIND_MANY = (
    "select wanted.node_id, found.* from unnest(%s::uuid[]) as wanted (node_id), "
    "directory.find_node(wanted.node_id) as found"
)


class UnknownNode(Refusal):
    """Nobody enrolled this node."""

    code = "sync.unknown_node"
    sentence = "This unit is not known at the hub. Enrol it with a code from the hub's page of units."


class NotProven(Refusal):
    """No session, or an old one."""

    code = "sync.not_proven"
    sentence = "This unit must say hello again."


class NotAllowed(Refusal):
    """A unit that may upload, and no more."""

    code = "sync.not_allowed"
    sentence = "This unit is {state} at the hub. It may upload what it has; enrol it anew for anything else."


class NodeEntry(msgspec.Struct, frozen=True):
    """One epoch of an enrolled node: whose it is, its keys, and how it stands (`shared.sync.standing`).

    `unit_revoked` says that the unit was, under this epoch or another: who stole it has the keys of both.
    """

    org_id: UUID
    epoch: int
    sign_key: bytes
    seal_key: bytes
    state: str
    reason: str
    paused: bool
    unit_revoked: bool

    def assert_reads_feed(self) -> None:
        """NotAllowed unless the unit may learn of rows."""
        if self.state not in MAY_READ_FEED:
            raise NotAllowed(state=self.state)

    def assert_sells(self) -> None:
        """NotAllowed unless the unit may get numbers."""
        if self.state not in MAY_SELL:
            raise NotAllowed(state=self.state)


async def find_epochs(hub: Hub, node: UUID) -> list[NodeEntry]:
    """Every epoch of a node, the first one first; UnknownNode when there is none."""
    async with hub.pool.connection() as connection:
        return await _epochs(connection, node)


async def _epochs(connection: Connection, node: UUID) -> list[NodeEntry]:
    rows = await (await connection.execute(FIND, [node])).fetchall()
    if not rows:
        raise UnknownNode
    return _read_epochs(rows)


def _read_epochs(rows: list[Any]) -> list[NodeEntry]:
    revoked = any(row[4] == REVOKED for row in rows)
    return [NodeEntry(row[0], row[1], bytes(row[2]), bytes(row[3]), row[4], row[5], row[6], revoked) for row in rows]


async def find_node(hub: Hub, node: UUID, epoch: int) -> NodeEntry:
    """One epoch of a node; UnknownNode when there is none."""
    return _of_epoch(await find_epochs(hub, node), epoch)


async def find_node_in(connection: Connection, node: UUID, epoch: int) -> NodeEntry:
    """The same as it stands in a transaction."""
    return _of_epoch(await _epochs(connection, node), epoch)


async def find_nodes_in(connection: Connection, nodes: Iterable[UUID]) -> dict[tuple[UUID, int], NodeEntry]:
    """Every epoch of many nodes by node and epoch; of a node that nobody enrolled there is none."""
    rows = await (await connection.execute(FIND_MANY, [sorted(nodes)])).fetchall()
    of_node: dict[UUID, list[Any]] = {}
    for row in rows:
        of_node.setdefault(row[0], []).append(row[1:])
    return {(node, entry.epoch): entry for node, rows in of_node.items() for entry in _read_epochs(rows)}


def _of_epoch(epochs: list[NodeEntry], epoch: int) -> NodeEntry:
    for entry in epochs:
        if entry.epoch == epoch:
            return entry
    raise UnknownNode


def make_challenge(hub: Hub, node: UUID) -> bytes:
    """What `node` must sign within a minute."""
    challenge = Challenge(node, chance(), hub.clock.now().wall_ms + CHALLENGE_MS_MAX)
    return hub.key.document(CHALLENGE_TAG, encode(challenge))


class Accepted(msgspec.Struct, frozen=True):
    """A proven hello, the node's epoch, a new session, and when the node was asked to say it (ms UTC)."""

    hello: Hello
    entry: NodeEntry
    session: bytes
    asked_ms: int


async def accept_hello(hub: Hub, node: UUID, data: bytes) -> Accepted:
    """The hello that `node` signed; UnknownNode, NotProven or BadSignature otherwise."""
    entry, signed = _signer(await find_epochs(hub, node), data)
    hello = _decoded(signed, Hello)
    challenge = _challenge(hub, node, hello)
    fits = hello.org == entry.org_id and hello.epoch == entry.epoch
    if not fits or hello.seq < 0:
        raise NotProven
    now_ms = hub.clock.now().wall_ms
    session = Session(entry.org_id, node, hello.epoch, now_ms + SESSION_MS_MAX)
    signed_session = hub.key.document(SESSION_TAG, encode(session))
    return Accepted(hello, entry, signed_session, challenge.expires_ms - CHALLENGE_MS_MAX)


def promised(hub: Hub, node: UUID, data: bytes) -> bytes:
    """The nonce of our challenge to `node` in this hello, before anybody asks the database who signed it; NotProven."""
    try:
        return _challenge(hub, node, _decoded(_decoded(data, SignedDocument).payload, Hello)).nonce
    except BadSignature as error:
        raise NotProven from error


def _challenge(hub: Hub, node: UUID, hello: Hello) -> Challenge:
    """What the hello answers; BadSignature or NotProven unless we asked it of this node, a moment ago."""
    challenge = _decoded(open_document(hello.challenge, tag=CHALLENGE_TAG, public=hub.key.sign_public), Challenge)
    if not challenge.node == node == hello.node or not _runs(hub, challenge.expires_ms, CHALLENGE_MS_MAX):
        raise NotProven
    return challenge


def _runs(hub: Hub, expires_ms: int, span_ms: int) -> bool:
    """Whether what was given for `span_ms` has not ended; nor was it given by a clock that has been put back since."""
    left_ms = expires_ms - hub.clock.now().wall_ms
    return 0 <= left_ms <= span_ms + APART_MS_MAX


def _signer(epochs: list[NodeEntry], data: bytes) -> tuple[NodeEntry, bytes]:
    """The epoch whose key signed the hello, and what it signed; BadSignature when none did."""
    for entry in reversed(epochs):
        try:
            return entry, open_document(data, tag=HELLO_TAG, public=entry.sign_key)
        except BadSignature:
            continue
    raise BadSignature(what=HELLO_TAG)


def read_session(hub: Hub, data: bytes) -> Session:
    """The session in a request; NotProven when it is none of ours or has ended."""
    try:
        session = _decoded(open_document(data, tag=SESSION_TAG, public=hub.key.sign_public), Session)
    except BadSignature as error:
        raise NotProven from error
    if not _runs(hub, session.expires_ms, SESSION_MS_MAX):
        raise NotProven
    return session


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return decode(data, kind)
    except msgspec.DecodeError as error:
        raise NotProven from error
