"""How far a verified backup holds a journal: what a unit may purge is never more than that (design §5.5)."""

from collections.abc import Iterable

from hub.runtime.hub import Hub
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection
from shared.sync.watermark import Watermark, sign_watermark

READ = (
    "select w.node_id, w.epoch, w.branch, w.seq, w.hash, w.backup_ms, coalesce(h.generation, 1) "
    "from sync.watermark as w left join sync.hub_state as h on h.org_id = w.org_id "
    "where w.org_id = %s and w.node_id = any(%s)"
)


async def watermarks_of(connection: Connection, owners: Iterable[Owner]) -> dict[Owner, Watermark]:
    """The watermarks of journals of one organisation, as this life of the hub says them; those that have one."""
    wanted = set(owners)
    if not wanted:
        return {}
    org_id = next(iter(wanted)).org_id
    cursor = await connection.execute(READ, (org_id, sorted({owner.node_id for owner in wanted})))
    found = {}
    for node_id, epoch, branch, seq, head, backup_ms, generation in await cursor.fetchall():
        owner = Owner(org_id, node_id, epoch, branch)
        if owner in wanted:
            found[owner] = Watermark(
                org=org_id,
                node=node_id,
                epoch=epoch,
                seq=seq,
                hash=bytes(head),
                backup_ms=backup_ms,
                generation=generation,
            )
    return found


async def watermark_of(connection: Connection, owner: Owner) -> Watermark | None:
    """The watermark of one journal; None before its first verified backup."""
    return (await watermarks_of(connection, [owner])).get(owner)


async def signed_watermarks(hub: Hub, connection: Connection, owners: Iterable[Owner]) -> dict[Owner, bytes]:
    """The same as the units keep them."""
    found = await watermarks_of(connection, owners)
    return {owner: sign_watermark(watermark, hub.key) for owner, watermark in found.items()}


async def signed_watermark(hub: Hub, connection: Connection, owner: Owner) -> bytes:
    """The same of one journal; empty where there is none."""
    return (await signed_watermarks(hub, connection, [owner])).get(owner, b"")
