"""After storing: what the judge doubts becomes a case in the same transaction (design §3).

A clean bundle costs a few reads; only what is doubtful takes the organisation's head.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog

from hub.runtime.hub import Hub
from hub.runtime.keyring import KeyMissing
from hub.sync.cases import open_case, ref
from hub.sync.overlaps import open_overlap_cases
from shared.domain.cases.queries_judge import JudgeRows, load_judging
from shared.domain.raffle.facts import TicketsSold
from shared.domain.raffle.judge import JUDGED, Doubt, JudgeState, Terms, judge
from shared.journal.chain import Read, entry_hash, origin
from shared.journal.entry import Entry, Envelope, Fact, FeedMark, Owner
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.pipeline.postgres_applier import Connection
from shared.pipeline.postgres_bus import run_load
from shared.sync.lease import read_lease

log = structlog.get_logger()
Facts = list[tuple[Read, Entry[Any]]]
Found = list[tuple[Read, Doubt]]
OPEN_DOCUMENTS = (
    "select lease_id, document from raffle.raffle_lease_taken "
    "where org_id = %s and node_id = %s and epoch = %s and branch = %s and lease_id = any(%s)"
)
LEFT_AT = (
    "select r.key, h.generation, max(r.position) from sync.feed_row r join sync.feed_head h on h.org_id = r.org_id "
    "where r.org_id = %s and r.kind = 'identity_staff' and r.key = any(%s) group by r.key, h.generation"
)
IN_QUARANTINE = (
    "select seq from sync.quarantine where org_id = %s and node_id = %s and epoch = %s and branch = %s "
    "and seq = any(%s)"
)
SOLD_BEHIND = (
    "select s.node_id, s.epoch, s.branch, e.data, e.received_ms from raffle.raffle_sale s join journal.entry e "
    "on e.org_id = s.org_id and e.node_id = s.node_id and e.epoch = s.epoch and e.branch = s.branch and e.seq = s.seq "
    "where s.org_id = %s and s.event_id = %s and s.sold_ms > %s and e.received_ms > %s"
)


async def judge_stored(hub: Hub, connection: Connection, owner: Owner, read: list[Read], now_ms: int) -> None:
    """Judge entries that were just stored and shown, in the transaction that stored them; open what cases follow."""
    facts = _facts(hub, owner, read)
    if not facts:
        return
    events = frozenset(entry.body.event_id for _, entry in facts)
    rows = await run_load(connection, owner, load_judging(events, owner.node_id, owner.epoch), hub.keyring.open)
    if not rows.events:
        return
    state, watched = await _state(hub, connection, owner, rows, facts, now_ms=now_ms)
    found = [(one, doubt) for one, entry in facts for doubt in judge(entry, state)]
    if found:
        found = await _shown(connection, owner, found)
        await _open_cases(hub, connection, owner, found)
    if watched or any(doubt.kind == "lease" for _, doubt in found):
        sold = [one for one, entry in facts if isinstance(entry.body, TicketsSold)]
        await open_overlap_cases(hub, connection, owner, sold)


async def judge_closed(hub: Hub, connection: Connection, org_id: UUID, event_id: UUID) -> None:
    """An event was closed: sales that are here already and may have been sold after that, judged again.

    What the hub held before the close was sold before it, whatever the unit's clock says.
    """
    rows = await run_load(
        connection, hub.owner(org_id), load_judging(frozenset({event_id}), hub.node_id, 0), hub.keyring.open
    )
    if event_id not in rows.events:
        return
    ended_ms = _terms(rows.events)[event_id].ended_ms
    cursor = await connection.execute(SOLD_BEHIND, (org_id, event_id, ended_ms, ended_ms))
    for node_id, epoch, branch, data, received_ms in await cursor.fetchall():
        owner = Owner(org_id, node_id, epoch, branch)
        one = Read(bytes(data), entry_hash(bytes(data)), decode(bytes(data), Envelope))
        state = JudgeState(received_ms, _terms(rows.events), {}, {}, {})
        late = [
            (one, doubt)
            for _, entry in _facts(hub, owner, [one])
            for doubt in judge(entry, state)
            if doubt.kind == "late_sale"
        ]
        await _open_cases(hub, connection, owner, late)


def _facts(hub: Hub, owner: Owner, read: Iterable[Read]) -> Facts:
    """What the judge knows how to read; a body that cannot be read is in quarantine already."""
    facts: Facts = []
    for one in read:
        envelope = one.envelope
        if envelope.type in JUDGED:
            try:
                fact: Fact | None = hub.slices.facts.read(envelope.type, envelope.version, envelope.body)
            except (ValueError, KeyError):
                continue
            if fact is not None:
                facts.append((one, Entry(envelope, one.hash, fact, owner)))
    return facts


async def _state(
    hub: Hub,
    connection: Connection,
    owner: Owner,
    rows: JudgeRows,
    facts: Facts,
    *,
    now_ms: int,
) -> tuple[JudgeState, bool]:
    """What to judge by, and whether numbers may be claimed twice."""
    leases = {lease.lease_id: (lease.event_id, lease.first, lease.last) for lease in rows.leases}
    unknown = sorted(_leases_named(facts) - leases.keys())
    if unknown:
        leases |= await _signed_leases(hub, connection, owner, unknown)
    sellers: dict[UUID, FeedMark | None] = {seller.staff_id: None for seller in rows.sellers}
    gone = {seller.staff_id for seller in rows.sellers if not seller.active}
    sold_by = {entry.body.seller_id for _, entry in facts if isinstance(entry.body, TicketsSold)}
    if gone & sold_by:
        sellers |= await _left(hub, connection, owner, sorted(gone & sold_by))
    keys = {}
    for event_id in rows.events:
        try:
            keys[event_id] = await hub.keyring.event_key(connection, event_id)
        except KeyMissing:
            log.warning("no event key, validation numbers go unchecked", event=str(event_id))
    state = JudgeState(now_ms, _terms(rows.events), leases, sellers, keys)
    return state, bool(unknown) or any(lease.watched for lease in rows.leases)


def _leases_named(facts: Facts) -> set[UUID]:
    """Leases that are taken here or sold from."""
    named: set[UUID] = set()
    for _, entry in facts:
        body = entry.body
        named |= {sold.lease_id for sold in body.ranges} if isinstance(body, TicketsSold) else {body.lease_id}
    return named


def _terms(events: dict[UUID, Any]) -> dict[UUID, Terms]:
    return {
        event_id: Terms(
            lines[0].currency,
            min(lines[0].sales_close_ms, lines[0].closed_ms or lines[0].sales_close_ms),
            {line.package_id: (line.ticket_count, line.price_minor) for line in lines},
        )
        for event_id, lines in events.items()
    }


async def _signed_leases(
    hub: Hub, connection: Connection, owner: Owner, unknown: list[UUID]
) -> dict[UUID, tuple[UUID, int, int]]:
    """Leases that no row here grants, yet this hub's own signature does: it granted them before it was restored."""
    place = (owner.org_id, owner.node_id, owner.epoch, owner.branch, unknown)
    signed: dict[UUID, tuple[UUID, int, int]] = {}
    for lease_id, data in await (await connection.execute(OPEN_DOCUMENTS, place)).fetchall():
        try:
            document = read_lease(bytes(data), granter_key=hub.key.sign_public, holder=owner.node_id, epoch=owner.epoch)
        except BadSignature:
            continue
        if document.org == owner.org_id and document.lease == lease_id:
            signed[lease_id] = (document.event, document.first, document.last)
    return signed


async def _left(hub: Hub, connection: Connection, owner: Owner, staff: list[UUID]) -> dict[UUID, FeedMark | None]:
    """From which place in the feed on a unit knew that these people had left."""
    keys = {encode((staff_id,)): staff_id for staff_id in staff}
    cursor = await connection.execute(LEFT_AT, (owner.org_id, list(keys)))
    return {
        keys[bytes(data)]: FeedMark(hub.node_id, generation, position)
        for data, generation, position in await cursor.fetchall()
    }


async def _shown(connection: Connection, owner: Owner, found: Found) -> Found:
    """Doubts about entries that count; one in quarantine counts nowhere and has its case."""
    seqs = [one.envelope.seq for one, _ in found]
    place = (owner.org_id, owner.node_id, owner.epoch, owner.branch, seqs)
    held = {row[0] for row in await (await connection.execute(IN_QUARANTINE, place)).fetchall()}
    return [(one, doubt) for one, doubt in found if one.envelope.seq not in held]


async def _open_cases(hub: Hub, connection: Connection, owner: Owner, found: Found) -> None:
    """One case a kind and thing, whichever entries it stands on."""
    things: dict[tuple[str, UUID], Found] = {}
    for one, doubt in found:
        things.setdefault((doubt.kind, doubt.entity_id), []).append((one, doubt))
    for (kind, entity_id), parts in things.items():
        log.warning("doubtful facts", kind=kind, origin=origin(owner), count=len(parts))
        evidence = {one.envelope.seq: ref(one) for one, _ in parts}
        await open_case(
            hub,
            connection,
            owner.org_id,
            kind,
            node_id=owner.node_id,
            epoch=owner.epoch,
            entity_id=entity_id,
            evidence=list(evidence.values()),
            note=parts[0][1].note,
        )
