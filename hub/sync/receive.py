"""Ingest: verify, store raw, project in bulk, move the cursor, all in one transaction (design §3, §5).

Accept first, judge later: bytes that verify are stored before anybody asks whether they make sense. When the bulk
fails in the database, its facts go one by one, and the one that fails is quarantined; only its entity waits.
"""

import asyncio
import hashlib
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection

from hub.runtime.hub import Hub
from hub.sync.sessions import find_node
from shared.domain.slices import ALL
from shared.journal.bundle import Bundle, unpack, verify_alone, verify_bundle
from shared.journal.chain import Read, Tip, assert_same, entry_hash, origin
from shared.journal.entry import Entry, Fact, Owner
from shared.kernel.errors import EvidenceError, Fork, Refusal, TillhouseError
from shared.pipeline.changes import Change
from shared.pipeline.postgres_applier import Batch, apply
from shared.pipeline.postgres_bus import lock_head, move_head, store_entries
from shared.sync.protocol import PushAnswer, Session

log = structlog.get_logger()
PROJECT_ENTRIES = 16
T = TypeVar("T")


class OutOfOrder(Refusal):
    """The bundle does not begin at or before the cursor's next entry."""

    code = "sync.out_of_order"
    sentence = "The hub holds this journal up to entry {seq}. Send what follows it."


class ForeignBundle(Refusal):
    """The bundle belongs to another node than the session."""

    code = "sync.foreign_bundle"
    sentence = "This bundle belongs to {origin}. Upload it from that unit."


class OfficeFact(EvidenceError):
    """A fact that only head office may state, in an edge's journal: kept as evidence, it changes no row."""

    code = "evidence.office_fact"
    sentence = "{origin} states {type}, which only head office may. Look at who held this unit."


UNFIT = (msgspec.DecodeError, KeyError, AssertionError, OfficeFact)
"""What projecting one fact may raise; the fact is quarantined, the others go on."""


async def receive(hub: Hub, session: Session, data: bytes) -> PushAnswer:
    """Take a bundle: everything up to the answer's seq is stored.

    InputRefused for bytes that are no bundle, ForeignBundle, OutOfOrder with the cursor, Fork for a known seq with
    other bytes (stored raw), ChainBroken or BadSignature for what does not verify.
    """
    bundle, head = unpack(data)
    owner = session.owner
    if head.origin != origin(owner):
        raise ForeignBundle(origin=head.origin)
    node = await find_node(hub, session.node)
    try:
        async with hub.bus.tenant(owner.org_id) as connection:
            tip = await lock_head(connection, owner)
            if bundle.first > tip.seq + 1:
                raise OutOfOrder(seq=tip.seq)
            await _compare_known(connection, owner, bundle, tip)
            read = verify_bundle(bundle, owner, tip, node.sign_key)
            if read:
                tip = await _store(hub, connection, owner, read)
    except Fork as fork:
        verify_alone(bundle, owner, node.sign_key)
        await _keep_refused(hub, owner, bundle, fork, data)
        raise
    return PushAnswer(seq=tip.seq, hash=tip.hash, hub_time_ms=hub.clock.now().wall_ms)


async def _compare_known(connection: AsyncConnection[Any], owner: Owner, bundle: Bundle, tip: Tip) -> None:
    """Fork, when an entry up to the cursor differs from the one stored."""
    last = min(tip.seq, bundle.first + len(bundle.entries) - 1)
    if bundle.first > last:
        return
    cursor = await connection.execute(
        "select seq, hash from journal.entry where org_id = %s and node_id = %s and epoch = %s and branch = %s "
        "and seq between %s and %s",
        (owner.org_id, owner.node_id, owner.epoch, owner.branch, bundle.first, last),
    )
    for seq, digest in await cursor.fetchall():
        assert_same(owner, seq, bytes(digest), entry_hash(bundle.entries[seq - bundle.first]))


async def _store(hub: Hub, connection: AsyncConnection[Any], owner: Owner, read: list[Read]) -> Tip:
    now_ms = hub.clock.now().wall_ms
    raw = [(one.envelope.seq, one.hash, one.data) for one in read]
    # The database stores the raw entries while they are projected here.
    batch, doubtful = await _both(store_entries(connection, owner, raw, now_ms), project_all(owner, read))
    try:
        async with connection.transaction():
            await batch.apply(connection)
    except psycopg.Error as error:
        log.warning("bulk refused, going one by one", origin=origin(owner), error=_first_line(error))
        doubtful = await _one_by_one(connection, owner, read)
    for one, reason in doubtful:
        await _quarantine(connection, owner, one, reason, now_ms)
    tip = Tip(read[-1].envelope.seq, read[-1].hash)
    await move_head(connection, owner, tip)
    return tip


async def _both(database: Coroutine[Any, Any, None], here: Coroutine[Any, Any, T]) -> T:
    """Run both to their end, so that the connection is quiet again; then raise what went wrong first."""
    stored, found = await asyncio.gather(database, here, return_exceptions=True)
    for result in (stored, found):
        if isinstance(result, BaseException):
            raise result
    return cast(T, found)


async def project_all(owner: Owner, read: list[Read]) -> tuple[Batch, list[tuple[Read, str]]]:
    """All rows of verified entries; entries whose body cannot be read are doubtful, unknown types just raw.

    Steps aside every few entries, so that neither the database nor other requests wait for it.
    """
    batch = Batch()
    doubtful: list[tuple[Read, str]] = []
    for place, one in enumerate(read):
        try:
            batch.add(_project(owner, one))
        except UNFIT as error:
            doubtful.append((one, f"unreadable: {_first_line(error)}"))
        if place % PROJECT_ENTRIES == PROJECT_ENTRIES - 1:
            await asyncio.sleep(0)
    return batch, doubtful


def _project(owner: Owner, one: Read) -> list[Change]:
    envelope = one.envelope
    if envelope.type in ALL.office_types:
        raise OfficeFact(type=envelope.type, origin=origin(owner))
    fact = ALL.facts.read(envelope.type, envelope.version, envelope.body)
    return [] if fact is None else ALL.project(Entry[Fact](envelope, one.hash, fact, owner))


async def _one_by_one(connection: AsyncConnection[Any], owner: Owner, read: list[Read]) -> list[tuple[Read, str]]:
    doubtful: list[tuple[Read, str]] = []
    for one in read:
        try:
            async with connection.transaction():
                await apply(connection, _project(owner, one))
        except (psycopg.IntegrityError, psycopg.DataError, *UNFIT) as error:
            doubtful.append((one, _first_line(error)))
    return doubtful


def _first_line(error: Exception) -> str:
    """What went wrong, without the values that a database adds below."""
    return (str(error) or type(error).__name__).splitlines()[0]


async def _quarantine(connection: AsyncConnection[Any], owner: Owner, one: Read, reason: str, now_ms: int) -> None:
    envelope = one.envelope
    log.warning("fact quarantined", origin=origin(owner), seq=envelope.seq, type=envelope.type, reason=reason)
    await connection.execute(
        "insert into sync.quarantine (org_id, node_id, epoch, branch, seq, entity_id, reason, since_ms) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        (owner.org_id, owner.node_id, owner.epoch, owner.branch, envelope.seq, envelope.entity, reason, now_ms),
    )


async def _keep_refused(hub: Hub, owner: Owner, bundle: Bundle, problem: TillhouseError, data: bytes) -> None:
    log.error("bundle contradicts the journal", origin=origin(owner), problem=str(problem))
    async with hub.bus.tenant(owner.org_id) as connection:
        await connection.execute(
            "insert into sync.refused_bundle (org_id, digest, node_id, epoch, seq, reason, data, received_ms) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            (
                owner.org_id,
                hashlib.sha256(data).digest(),
                owner.node_id,
                owner.epoch,
                bundle.first,
                problem.code,
                data,
                hub.clock.now().wall_ms,
            ),
        )
