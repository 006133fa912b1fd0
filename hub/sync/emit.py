"""Row changes into the feed: positions are drawn at the end of the deciding transaction (design §5.10).

A feed row is the latest state of one row in one scope; a row that leaves a scope becomes a tombstone there. Reading by
position therefore gives a snapshot (from 0) and the tail (from anywhere) by the same statement.
"""

from typing import Any

from psycopg import AsyncConnection

from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.kernel.codec import encode
from shared.pipeline.changes import Row, row_key

FIRST_GENERATION = 1
DRAW = (
    "insert into sync.feed_head (org_id, generation, position) values (%s, %s, %s) "
    "on conflict (org_id) do update set position = sync.feed_head.position + excluded.position returning position"
)
LEAVE = (
    "update sync.feed_row set gone = true, row = ''::bytea, position = %s "
    "where org_id = %s and kind = %s and key = %s and not gone and not scope = any(%s)"
)
ENTER = (
    "insert into sync.feed_row (org_id, scope, kind, key, position, gone, row) values (%s, %s, %s, %s, %s, false, %s) "
    "on conflict (org_id, scope, kind, key) do update "
    "set position = excluded.position, gone = false, row = excluded.row"
)


async def emit_rows(connection: AsyncConnection[Any], owner: Owner, rows: list[Row]) -> None:
    """Put changed rows of the hub's journal into the feed."""
    if not rows:
        return
    cursor = await connection.execute(DRAW, (owner.org_id, FIRST_GENERATION, len(rows)))
    drawn = await cursor.fetchone()
    assert drawn is not None
    for position, row in enumerate(rows, start=drawn[0] - len(rows) + 1):
        assert row.owner == owner, "a feed carries rows of the node that signs it"
        kind, key = type(row).TABLE.full_name, encode(row_key(row))
        scopes = list(ALL.feeds[type(row)](row))
        await connection.execute(LEAVE, (position, owner.org_id, kind, key, scopes))
        for scope in scopes:
            await connection.execute(ENTER, (owner.org_id, scope, kind, key, position, encode(row)))
