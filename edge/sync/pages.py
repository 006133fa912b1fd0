"""Feed pages into the edge's database: rows and cursor in one transaction, rows of the signing node only."""

import sqlite3
from typing import Any

from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature
from shared.pipeline.changes import Delete
from shared.pipeline.sqlite_applier import apply, put_fed_row
from shared.sync.feed import FeedPage

SET_PEER = (
    "INSERT INTO peer (peer_id, generation, position, acked_seq, hub_time_ms, heard_ms) VALUES (?, ?, ?, 0, 0, 0) "
    "ON CONFLICT (peer_id) DO UPDATE SET generation = excluded.generation, position = excluded.position"
)


def apply_page(db: sqlite3.Connection, page: FeedPage) -> None:
    """Apply a verified page and move its cursor; kinds of rows that this program does not know are passed over."""
    feeder = Owner(page.org, page.feeder, page.feeder_epoch)
    if page.since == 0:
        forget_rows(db, feeder)
    for change in page.changes:
        kind = ALL.row_kinds.get(change.kind)
        if kind is None or kind not in ALL.feeds:
            continue
        if change.gone:
            apply(db, [Delete(kind, feeder, tuple(decode(change.key, list[Any])))])
            continue
        row = decode(change.row, kind)
        if row.owner != feeder:
            raise BadSignature(what="a feed row of another node")
        put_fed_row(db, row)
    db.execute(SET_PEER, (page.feeder.bytes, page.generation, page.upto))


def forget_rows(db: sqlite3.Connection, feeder: Owner) -> None:
    """A snapshot begins: what the feeder sent before is dropped, in the transaction that brings the new rows."""
    for kind in ALL.feeds:
        text = f"DELETE FROM {kind.TABLE.full_name} WHERE org_id = ? AND node_id = ?"
        db.execute(text, (feeder.org_id.bytes, feeder.node_id.bytes))
