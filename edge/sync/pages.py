"""Feed pages into the edge's database: rows and cursor in one transaction, rows of the signing node only."""

import sqlite3
from typing import Any
from uuid import UUID

import msgspec

from edge.runtime.holds import read_holds
from edge.sync.hub_word import sells_until_ms
from shared.domain.slices import ALL
from shared.journal.entry import FeedMark, Owner
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature, EvidenceError
from shared.pipeline.changes import Delete
from shared.pipeline.sqlite_applier import apply, put_fed_row
from shared.pipeline.sqlite_writer import Evidence
from shared.sync.feed import FeedPage

SET_PEER = (
    "INSERT INTO peer (peer_id, generation, position, acked_seq, hub_time_ms, heard_ms) VALUES (?, ?, ?, 0, ?, 0) "
    "ON CONFLICT (peer_id) DO UPDATE SET generation = excluded.generation, position = excluded.position, "
    "hub_time_ms = excluded.hub_time_ms"
)
HEARD = "SELECT peer_id, generation, position, hub_time_ms FROM peer"


class PageUnfit(EvidenceError):
    """A signed page holds rows that do not fit this program's tables."""

    code = "evidence.page_unfit"
    sentence = "The hub sent rows that this unit cannot take ({reason}). Selling goes on; update this unit."


def read_evidence(db: sqlite3.Connection) -> Evidence:
    """What this edge has heard so far: the position in each feed, the latest signed time, and what stops selling."""
    rows = db.execute(HEARD).fetchall()
    marks = tuple(FeedMark(UUID(bytes=peer), generation, position) for peer, generation, position, _ in rows)
    holds = tuple(f"{hold.cause}:{hold.detail}" if hold.detail else hold.cause for hold in read_holds(db))
    return Evidence(marks, max((row[3] for row in rows), default=0), holds, sells_until_ms(db))


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
        try:
            row = decode(change.row, kind)
        except msgspec.DecodeError as error:
            raise PageUnfit(reason=change.kind) from error
        if row.owner != feeder:
            raise BadSignature(what="a feed row of another node")
        try:
            put_fed_row(db, row)
        except sqlite3.IntegrityError as error:
            raise PageUnfit(reason=str(error)) from error
    db.execute(SET_PEER, (page.feeder.bytes, page.generation, page.upto, page.signed_ms))


def forget_rows(db: sqlite3.Connection, feeder: Owner) -> None:
    """A snapshot begins: what the feeder sent before is dropped, in the transaction that brings the new rows."""
    for kind in ALL.feeds:
        text = f"DELETE FROM {kind.TABLE.full_name} WHERE org_id = ? AND node_id = ?"
        db.execute(text, (feeder.org_id.bytes, feeder.node_id.bytes))
