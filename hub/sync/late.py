"""What was stored before this program could show it: types of a later edge after an upgrade, quarantine tried again.

Raw bytes are the truth; rows follow whenever the program knows how (design §5.11).
"""

from typing import Any
from uuid import UUID

import structlog

from hub.runtime.hub import Hub
from hub.sync.judging import judge_stored
from hub.sync.projecting import quarantine, read_stored, try_one
from shared.journal.chain import Read, origin
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection

log = structlog.get_logger()
ENTRIES_AT_ONCE = 500
WAITING = (
    "select u.node_id, u.epoch, u.branch, u.seq, u.type, u.version, e.data from sync.unprojected u "
    "join journal.entry e using (org_id, node_id, epoch, branch, seq) "
    "where u.org_id = %s and (u.node_id, u.epoch, u.branch, u.seq) > (%s, %s, %s, %s) "
    "order by u.node_id, u.epoch, u.branch, u.seq limit %s"
)
SHOWN = "delete from sync.unprojected where org_id = %s and node_id = %s and epoch = %s and branch = %s and seq = %s"
HELD = (
    "select q.node_id, q.epoch, q.branch, q.seq, e.data from sync.quarantine q join journal.entry e "
    "using (org_id, node_id, epoch, branch, seq) where q.org_id = %s and q.entity_id = %s "
    "order by q.node_id, q.epoch, q.branch, q.seq"
)
RELEASED = "delete from sync.quarantine where org_id = %s and node_id = %s and epoch = %s and branch = %s and seq = %s"
FIRST = (UUID(int=0), 0, 0, 0)


async def project_late(hub: Hub) -> int:
    """Show what this program knows by now, for every organisation; how many entries that were."""
    async with hub.pool.connection() as connection:
        rows = await (await connection.execute("select org_id from directory.organizations()")).fetchall()
    return sum([await _of_organization(hub, row[0]) for row in rows])


async def _of_organization(hub: Hub, org_id: UUID) -> int:
    shown, place = 0, FIRST
    while True:
        async with hub.bus.tenant(org_id) as connection:
            rows = await (await connection.execute(WAITING, (org_id, *place, ENTRIES_AT_ONCE))).fetchall()
            for row in rows:
                if _is_known(hub, row[4], row[5]):
                    await _show(hub, connection, Owner(org_id, *row[:3]), read_stored(bytes(row[6])))
                    shown += 1
        if len(rows) < ENTRIES_AT_ONCE:
            return shown
        place = rows[-1][:4]


def _is_known(hub: Hub, type_name: str, version: int) -> bool:
    kind = hub.slices.facts.kinds.get(type_name)
    return kind is not None and 1 <= version <= kind.VERSION


async def _show(hub: Hub, connection: Connection, owner: Owner, one: Read) -> None:
    now_ms = hub.clock.now().wall_ms
    reason = await try_one(hub.slices, connection, owner, one)
    log.info("shown after an upgrade", origin=origin(owner), seq=one.envelope.seq, type=one.envelope.type)
    await connection.execute(SHOWN, (*_address(owner), one.envelope.seq))
    if reason:
        await quarantine(hub, connection, owner, one, reason=reason, now_ms=now_ms)
    else:
        await judge_stored(hub, connection, owner, [one], now_ms)


async def retry_quarantine(hub: Hub, connection: Connection, org_id: UUID, entity_id: UUID) -> bool:
    """Try the entries of one thing again, in their order; whether all of them are shown now."""
    rows: list[Any] = await (await connection.execute(HELD, (org_id, entity_id))).fetchall()
    for row in rows:
        owner, one = Owner(org_id, *row[:3]), read_stored(bytes(row[4]))
        if await try_one(hub.slices, connection, owner, one):
            return False
        await connection.execute(RELEASED, (*_address(owner), one.envelope.seq))
        await judge_stored(hub, connection, owner, [one], hub.clock.now().wall_ms)
    return True


def _address(owner: Owner) -> tuple[Any, ...]:
    return owner.org_id, owner.node_id, owner.epoch, owner.branch
