"""What this edge keeps of its hub beside the feed: how far its own journal is there, when it was heard, its totals."""

import sqlite3
from uuid import UUID

from shared.sync.protocol import ReportAnswer

PEER = "SELECT generation, position, acked_seq, heard_ms, feed_shape FROM peer WHERE peer_id = :peer_id"
SET_ACKED = (
    "INSERT INTO peer (peer_id, generation, position, acked_seq, hub_time_ms, heard_ms) VALUES (?, 0, 0, ?, 0, ?) "
    "ON CONFLICT (peer_id) DO UPDATE SET acked_seq = excluded.acked_seq, heard_ms = excluded.heard_ms"
)
SET_TOTAL = (
    "INSERT INTO heard_total (event_id, sale_count, amount_minor, own_seq, heard_ms) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (event_id) DO UPDATE SET sale_count = excluded.sale_count, amount_minor = excluded.amount_minor, "
    "own_seq = excluded.own_seq, heard_ms = excluded.heard_ms"
)


def keep_acked(db: sqlite3.Connection, hub_node_id: UUID, acked_seq: int, heard_ms: int) -> None:
    """Up to where the hub says that it holds our journal, and when it did (ms UTC)."""
    db.execute(SET_ACKED, (hub_node_id.bytes, acked_seq, heard_ms))


def keep_totals(db: sqlite3.Connection, answer: ReportAnswer, now_ms: int) -> None:
    """Events' totals over all units, as the hub told them."""
    for total in answer.totals:
        db.execute(SET_TOTAL, (total.event.bytes, total.sale_count, total.amount_minor, total.own_seq, now_ms))
