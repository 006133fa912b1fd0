"""How far a verified backup holds a journal: what a unit may purge is never more than that (design §5.5)."""

from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection
from shared.sync.watermark import Watermark

READ = (
    "select seq, hash, backup_ms from sync.watermark where org_id = %s and node_id = %s and epoch = %s and branch = %s"
)


async def watermark_of(connection: Connection, owner: Owner) -> Watermark | None:
    """The watermark of one journal; None before its first verified backup."""
    cursor = await connection.execute(READ, (owner.org_id, owner.node_id, owner.epoch, owner.branch))
    row = await cursor.fetchone()
    if row is None:
        return None
    return Watermark(
        org=owner.org_id, node=owner.node_id, epoch=owner.epoch, seq=row[0], hash=bytes(row[1]), backup_ms=row[2]
    )
