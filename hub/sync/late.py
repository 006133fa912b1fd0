"""What was stored before this program could show it: types of a later edge after an upgrade, quarantine tried again.

Raw bytes are the truth; rows follow whenever the program knows how (design §5.11). What waits is read under the lock of
its journal, as uploads take it: two hubs that start at once, or an upload beside a retry, would do the same work twice,
and the second would take its own rows for a contradiction.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog

from hub.runtime.hub import Hub
from hub.sync.branches import read_lines
from hub.sync.judging import judge_stored
from hub.sync.organizations import every_organization
from hub.sync.projecting import WAITS, quarantine, quarantined_entities, read_stored, try_one
from shared.journal.chain import Read, origin
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection

log = structlog.get_logger()
ENTRIES_AT_ONCE = 500
JOURNALS = (
    "select distinct node_id, epoch, type, version from sync.unprojected where org_id = %s order by node_id, epoch"
)
WAITING = (
    "select u.branch, u.seq, u.type, u.version, e.data from sync.unprojected u "
    "join journal.entry e using (org_id, node_id, epoch, branch, seq) "
    "where u.org_id = %s and u.node_id = %s and u.epoch = %s and (u.branch, u.seq) > (%s, %s) "
    "order by u.branch, u.seq limit %s"
)
SHOWN = "delete from sync.unprojected where org_id = %s and node_id = %s and epoch = %s and branch = %s and seq = %s"
HELD_JOURNALS = (
    "select distinct node_id, epoch from sync.quarantine where org_id = %s and entity_id = %s order by node_id, epoch"
)
HELD = (
    "select q.branch, q.seq, e.data from sync.quarantine q join journal.entry e "
    "using (org_id, node_id, epoch, branch, seq) "
    "where q.org_id = %s and q.node_id = %s and q.epoch = %s and q.entity_id = %s order by q.branch, q.seq"
)
RELEASED = "delete from sync.quarantine where org_id = %s and node_id = %s and epoch = %s and branch = %s and seq = %s"


async def project_late(hub: Hub) -> int:
    """Show what this program knows by now, for every organisation; how many entries are shown that were not."""
    return sum([await _of_organization(hub, org_id) for org_id in await every_organization(hub)])


async def _of_organization(hub: Hub, org_id: UUID) -> int:
    async with hub.bus.tenant(org_id) as connection:
        rows = await (await connection.execute(JOURNALS, [org_id])).fetchall()
    journals = dict.fromkeys(Owner(org_id, row[0], row[1]) for row in rows if _is_known(hub, row[2], row[3]))
    return sum([await _of_journal(hub, journal) for journal in journals])


async def _of_journal(hub: Hub, journal: Owner) -> int:
    """One journal at a time: its lock comes before the organisation's, which judging may take (`branches.py`)."""
    shown, place = 0, (-1, 0)
    while True:
        async with hub.bus.tenant(journal.org_id) as connection:
            await read_lines(connection, journal)
            rows = await (await connection.execute(WAITING, (*_epoch(journal), *place, ENTRIES_AT_ONCE))).fetchall()
            owners = {row[0]: _branch(journal, row[0]) for row in rows}
            held = {branch: await quarantined_entities(connection, owner) for branch, owner in owners.items()}
            for branch, seq, type_name, version, data in rows:
                place = branch, seq
                if _is_known(hub, type_name, version):
                    one = read_stored(bytes(data))
                    shown += await _show(hub, connection, owners[branch], one, held[branch])
        if len(rows) < ENTRIES_AT_ONCE:
            return shown


def _is_known(hub: Hub, type_name: str, version: int) -> bool:
    kind = hub.slices.facts.kinds.get(type_name)
    return kind is not None and 1 <= version <= kind.VERSION


async def _show(hub: Hub, connection: Connection, owner: Owner, one: Read, held: set[Any]) -> bool:
    """Whether it is shown; else it is in quarantine and its thing, of which more may follow, among those `held`."""
    now_ms, envelope = hub.clock.now().wall_ms, one.envelope
    reason = WAITS if envelope.entity in held else await try_one(hub.slices, connection, owner, one)
    await connection.execute(SHOWN, (*_epoch(owner), owner.branch, envelope.seq))
    if reason:
        held.add(envelope.entity)
        await quarantine(hub, connection, owner, one, reason=reason, now_ms=now_ms)
        return False
    await judge_stored(hub, connection, owner, [one], now_ms)
    log.info("shown after an upgrade", origin=origin(owner), seq=envelope.seq, type=envelope.type)
    return True


async def retry_quarantine(hub: Hub, org_id: UUID, entity_id: UUID) -> bool:
    """Try the entries of one thing again, in their order; whether all of them are shown now.

    What cannot be shown holds up the rest of its own history, and no other's.
    """
    async with hub.bus.tenant(org_id) as connection:
        rows = await (await connection.execute(HELD_JOURNALS, (org_id, entity_id))).fetchall()
        journals = [Owner(org_id, row[0], row[1]) for row in rows]
        for journal in journals:
            await read_lines(connection, journal)
        return await _retry(hub, connection, journals, entity_id)


async def _retry(hub: Hub, connection: Connection, journals: Iterable[Owner], entity_id: UUID) -> bool:
    stuck: set[Owner] = set()
    for journal in journals:
        rows: list[Any] = await (await connection.execute(HELD, (*_epoch(journal), entity_id))).fetchall()
        for branch, seq, data in rows:
            owner, one = _branch(journal, branch), read_stored(bytes(data))
            if owner in stuck or await try_one(hub.slices, connection, owner, one):
                stuck.add(owner)
                continue
            await connection.execute(RELEASED, (*_epoch(owner), branch, seq))
            await judge_stored(hub, connection, owner, [one], hub.clock.now().wall_ms)
    return not stuck


def _epoch(owner: Owner) -> tuple[Any, ...]:
    return owner.org_id, owner.node_id, owner.epoch


def _branch(journal: Owner, branch: int) -> Owner:
    return Owner(journal.org_id, journal.node_id, journal.epoch, branch)
