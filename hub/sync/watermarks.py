"""How far a verified backup holds a journal: what a unit may purge is never more than that (design §5.5)."""

from hub.runtime.hub import Hub
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection
from shared.sync.watermark import Watermark, sign_watermark

READ = (
    "select w.seq, w.hash, w.backup_ms, coalesce(h.generation, 1) from sync.watermark as w "
    "left join sync.hub_state as h on h.org_id = w.org_id "
    "where w.org_id = %s and w.node_id = %s and w.epoch = %s and w.branch = %s"
)


async def watermark_of(connection: Connection, owner: Owner) -> Watermark | None:
    """The watermark of one journal, as this life of the hub says it; None before its first verified backup."""
    cursor = await connection.execute(READ, (owner.org_id, owner.node_id, owner.epoch, owner.branch))
    row = await cursor.fetchone()
    if row is None:
        return None
    return Watermark(
        org=owner.org_id,
        node=owner.node_id,
        epoch=owner.epoch,
        seq=row[0],
        hash=bytes(row[1]),
        backup_ms=row[2],
        generation=row[3],
    )


async def signed_watermark(hub: Hub, connection: Connection, owner: Owner) -> bytes:
    """The same as the unit keeps it; empty where there is none."""
    found = await watermark_of(connection, owner)
    return sign_watermark(found, hub.key) if found else b""
