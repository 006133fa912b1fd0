"""Verified entries into the hub's tables: raw first, then rows in bulk, one by one where the bulk fails (design §3)."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import msgspec
import psycopg
import structlog

from hub.runtime.hub import Hub
from hub.sync.branches import lineage
from hub.sync.cases import open_quarantine_case
from shared.journal.chain import Read, entry_hash, origin
from shared.journal.entry import Entry, Envelope, Fact, Owner
from shared.kernel.codec import decode
from shared.kernel.errors import EvidenceError
from shared.pipeline.changes import Change
from shared.pipeline.manifest import Slices
from shared.pipeline.postgres_applier import Batch, Connection, apply
from shared.pipeline.postgres_bus import store_entries
from shared.sync.hello import Line

log = structlog.get_logger()
PROJECT_ENTRIES = 16
VERSIONS_MAX = 2**63
WAITS = "waits for an entry before it"
T = TypeVar("T")
Doubtful = list[tuple[Read, str]]


class OfficeFact(EvidenceError):
    """A fact that only head office may state, in an edge's journal: kept as evidence, it changes no row."""

    code = "evidence.office_fact"
    sentence = "{origin} states {type}, which only head office may. Look at who held this unit."


class NoType(EvidenceError):
    """A type or version that no program can ever have: no table could name it, so it waits for no upgrade."""

    code = "evidence.no_type"
    sentence = "The type or the version of this entry is none that any program has."


UNFIT = (msgspec.DecodeError, msgspec.ValidationError, KeyError, AssertionError, OfficeFact, NoType)
"""What projecting one fact may raise; the fact is quarantined, the others go on."""


async def store_and_project(hub: Hub, connection: Connection, owner: Owner, read: list[Read], now_ms: int) -> None:
    """Store entries raw and show them as rows; what cannot be shown is quarantined or waits for an upgrade."""
    raw = [(one.envelope.seq, one.hash, one.data) for one in read]
    waiting = await quarantined_entities(connection, owner)
    # The database stores the raw entries while they are projected here.
    storing = store_entries(connection, owner, raw, now_ms)
    batch, doubtful = await _both(storing, project_all(hub.slices, owner, read, waiting))
    try:
        async with connection.transaction():
            await batch.apply(connection)
    except psycopg.Error as error:
        log.warning("bulk refused, going one by one", origin=origin(owner), error=_first_line(error))
        doubtful = await _one_by_one(hub.slices, connection, owner, read, waiting)
    for one, reason in doubtful:
        await quarantine(hub, connection, owner, one, reason=reason, now_ms=now_ms)
    await _note_unknown(hub.slices, connection, owner, read)


async def _both(database: Coroutine[Any, Any, None], here: Coroutine[Any, Any, T]) -> T:
    """Run both to their end, so that the connection is quiet again; then raise what went wrong first."""
    stored, found = await asyncio.gather(database, here, return_exceptions=True)
    for result in (stored, found):
        if isinstance(result, BaseException):
            raise result
    return cast(T, found)


async def project_all(
    slices: Slices, owner: Owner, read: list[Read], waiting: set[Any] | None = None
) -> tuple[Batch, Doubtful]:
    """All rows of verified entries; entries whose body cannot be read are doubtful, unknown types just raw.

    An entry about a thing that has an entry in quarantine waits with it. Steps aside every few entries, so that
    neither the database nor other requests wait for it.
    """
    batch = Batch()
    doubtful: Doubtful = []
    held = set(waiting or ())
    for place, one in enumerate(read):
        try:
            if one.envelope.entity in held:
                doubtful.append((one, WAITS))
            else:
                batch.add(_project(slices, owner, one))
        except UNFIT as error:
            held.add(one.envelope.entity)
            doubtful.append((one, f"unreadable: {_first_line(error)}"))
        if place % PROJECT_ENTRIES == PROJECT_ENTRIES - 1:
            await asyncio.sleep(0)
    return batch, doubtful


def _project(slices: Slices, owner: Owner, one: Read) -> list[Change]:
    envelope = one.envelope
    if envelope.type in slices.office_types:
        raise OfficeFact(type=envelope.type, origin=origin(owner))
    if _is_no_type(envelope):
        raise NoType
    fact = slices.facts.read(envelope.type, envelope.version, envelope.body)
    return [] if fact is None else slices.project(Entry[Fact](envelope, one.hash, fact, owner))


def _is_no_type(envelope: Envelope) -> bool:
    return "\0" in envelope.type or not -VERSIONS_MAX <= envelope.version < VERSIONS_MAX


async def _one_by_one(
    slices: Slices, connection: Connection, owner: Owner, read: list[Read], waiting: set[Any]
) -> Doubtful:
    doubtful: Doubtful = []
    held = set(waiting)
    for one in read:
        if one.envelope.entity in held:
            doubtful.append((one, WAITS))
            continue
        reason = await try_one(slices, connection, owner, one)
        if reason:
            held.add(one.envelope.entity)
            doubtful.append((one, reason))
    return doubtful


async def try_one(slices: Slices, connection: Connection, owner: Owner, one: Read) -> str:
    """Show one entry as rows; empty when that went well, else why not."""
    try:
        async with connection.transaction():
            await apply(connection, _project(slices, owner, one))
    except (psycopg.IntegrityError, psycopg.DataError, *UNFIT) as error:
        return _first_line(error)
    return ""


def _first_line(error: Exception) -> str:
    """What went wrong, without the values that a database adds below."""
    return (str(error) or type(error).__name__).splitlines()[0]


async def quarantined_entities(connection: Connection, owner: Owner) -> set[Any]:
    """Things of which an entry of this history is in quarantine; what else comes about them waits with it."""
    cursor = await connection.execute(
        "select entity_id from sync.quarantine where org_id = %s and node_id = %s and epoch = %s and branch = %s",
        (owner.org_id, owner.node_id, owner.epoch, owner.branch),
    )
    return {row[0] for row in await cursor.fetchall()}


async def quarantine(hub: Hub, connection: Connection, owner: Owner, one: Read, *, reason: str, now_ms: int) -> None:
    """Keep an entry out of the rows, and open a case about its thing."""
    envelope = one.envelope
    log.warning("fact quarantined", origin=origin(owner), seq=envelope.seq, type=envelope.type, reason=reason)
    await connection.execute(
        "insert into sync.quarantine (org_id, node_id, epoch, branch, seq, entity_id, reason, since_ms) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        (owner.org_id, owner.node_id, owner.epoch, owner.branch, envelope.seq, envelope.entity, reason, now_ms),
    )
    if reason != WAITS:
        await open_quarantine_case(hub, connection, owner, entry=one, reason=reason)


async def _note_unknown(slices: Slices, connection: Connection, owner: Owner, read: list[Read]) -> None:
    """Types from a newer edge: remembered, so that the program that knows them shows them."""
    for one in read:
        envelope = one.envelope
        kind = slices.facts.kinds.get(envelope.type)
        known = kind is not None and 1 <= envelope.version <= kind.VERSION
        if known or envelope.type in slices.office_types or _is_no_type(envelope):
            continue
        await connection.execute(
            "insert into sync.unprojected (org_id, node_id, epoch, branch, seq, type, version) "
            "values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            (owner.org_id, owner.node_id, owner.epoch, owner.branch, envelope.seq, envelope.type, envelope.version),
        )


async def project_carried(
    hub: Hub, connection: Connection, owner: Owner, *, lines: list[Line], parent: Line, fork_seq: int
) -> None:
    """A new history stands on what both share: facts that its rows refer to are shown under its label as well."""
    batch = Batch()
    for branch, upto in lineage(lines, parent.branch):
        cursor = await connection.execute(
            "select data from journal.entry where org_id = %s and node_id = %s and epoch = %s and branch = %s "
            "and seq <= %s order by seq",
            (owner.org_id, owner.node_id, owner.epoch, branch, min(upto, fork_seq)),
        )
        for (data,) in await cursor.fetchall():
            one = read_stored(bytes(data))
            if one.envelope.type in hub.slices.carried_types:
                batch.add(_project(hub.slices, owner, one))
    await batch.apply(connection)


def read_stored(data: bytes) -> Read:
    """An entry that was verified when it came."""
    return Read(data, entry_hash(data), decode(data, Envelope))
