"""A node proves itself: a challenge signed by the hub, signed again by the node, gives a session (design §5)."""

from typing import TypeVar
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from shared.journal.chance import chance
from shared.journal.signing import open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature, Refusal
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

T = TypeVar("T")


class UnknownNode(Refusal):
    """Nobody registered this node, or it is disabled."""

    code = "sync.unknown_node"
    sentence = "This unit is not registered at the hub. Register it there, then let it try again."


class NotProven(Refusal):
    """No session, or an old one."""

    code = "sync.not_proven"
    sentence = "This unit must say hello again."


class NodeEntry(msgspec.Struct, frozen=True):
    """A registered node: whose it is and its keys."""

    org_id: UUID
    sign_key: bytes
    seal_key: bytes


async def find_node(hub: Hub, node: UUID) -> NodeEntry:
    """The node's directory entry; UnknownNode when there is none or it is disabled."""
    async with hub.pool.connection() as connection:
        cursor = await connection.execute("select * from directory.find_node(%s)", [node])
        row = await cursor.fetchone()
    if row is None or not row[3]:
        raise UnknownNode
    return NodeEntry(row[0], bytes(row[1]), bytes(row[2]))


def make_challenge(hub: Hub, node: UUID) -> bytes:
    """What `node` must sign within a minute."""
    challenge = Challenge(node, chance(), hub.clock.now().wall_ms + CHALLENGE_MS_MAX)
    return hub.key.document(CHALLENGE_TAG, encode(challenge))


async def accept_hello(hub: Hub, node: UUID, data: bytes) -> tuple[Hello, bytes]:
    """The hello that `node` signed, and a new session; UnknownNode, NotProven or BadSignature otherwise."""
    entry = await find_node(hub, node)
    hello = _decoded(open_document(data, tag=HELLO_TAG, public=entry.sign_key), Hello)
    challenge = _decoded(open_document(hello.challenge, tag=CHALLENGE_TAG, public=hub.key.sign_public), Challenge)
    now_ms = hub.clock.now().wall_ms
    if challenge.node != node or hello.node != node or hello.org != entry.org_id or challenge.expires_ms < now_ms:
        raise NotProven
    session = Session(entry.org_id, node, hello.epoch, now_ms + SESSION_MS_MAX)
    return hello, hub.key.document(SESSION_TAG, encode(session))


def read_session(hub: Hub, data: bytes) -> Session:
    """The session in a request; NotProven when it is none of ours or has ended."""
    try:
        session = _decoded(open_document(data, tag=SESSION_TAG, public=hub.key.sign_public), Session)
    except BadSignature as error:
        raise NotProven from error
    if session.expires_ms < hub.clock.now().wall_ms:
        raise NotProven
    return session


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return decode(data, kind)
    except msgspec.DecodeError as error:
        raise NotProven from error
