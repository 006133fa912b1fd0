"""Feed pages into the edge's database: rows and cursor in one transaction, rows of the signing node only.

A program passes over rows of kinds it does not know, and fields. So the cursor says for which kinds and fields it was
moved: a program that knows others begins with a snapshot, and has what passed by before it was upgraded.
"""

import hashlib
import sqlite3
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from edge.runtime.holds import read_holds
from edge.sync.hub_word import sells_until_ms
from shared.domain.slices import ALL
from shared.journal.entry import FeedMark, Owner
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature, EvidenceError
from shared.kernel.limits import FEED_PAGE_CHANGES_MAX
from shared.pipeline.changes import Delete, Row
from shared.pipeline.manifest import Slices
from shared.pipeline.sqlite_applier import apply, put_fed_row
from shared.pipeline.sqlite_writer import Evidence
from shared.pipeline.tables import column_names
from shared.sync.feed import FeedChange, FeedPage

SET_PEER = (
    "INSERT INTO peer (peer_id, generation, position, acked_seq, hub_time_ms, heard_ms, feed_shape) "
    "VALUES (?, ?, ?, 0, ?, 0, ?) ON CONFLICT (peer_id) DO UPDATE SET generation = excluded.generation, "
    "position = excluded.position, hub_time_ms = excluded.hub_time_ms, feed_shape = excluded.feed_shape"
)
UNFIT = (
    msgspec.DecodeError, sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, ValueError,
    OverflowError,
)  # fmt: skip
"""What a row or a key of another program's shape may raise; a full disk or a locked file is not among them."""
KNOWN = "SELECT generation, feed_shape FROM peer WHERE peer_id = ?"
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


@lru_cache(maxsize=4)
def feed_shape(slices: Slices) -> str:
    """Which kinds of rows a program takes from the feed, with which columns, in short."""
    kinds = sorted(f"{kind.TABLE.full_name}({', '.join(column_names(kind))})" for kind in slices.feeds)
    return hashlib.sha256("\n".join(kinds).encode()).hexdigest()


def apply_page(db: sqlite3.Connection, page: FeedPage, slices: Slices = ALL) -> None:
    """Apply a verified page and move its cursor; kinds of rows that this program does not know are passed over."""
    if len(page.changes) > FEED_PAGE_CHANGES_MAX:
        raise PageUnfit(reason=f"more than {FEED_PAGE_CHANGES_MAX} changes in one page")
    feeder = Owner(page.org, page.feeder, page.feeder_epoch)
    shape = feed_shape(slices)
    if page.since == 0:
        forget = forget_earlier_lives if _learns_more(db, page, shape) else forget_rows
        forget(db, feeder, slices)
    for change in page.changes:
        kind = slices.row_kinds.get(change.kind)
        if kind is None or kind not in slices.feeds:
            continue
        try:
            _apply_change(db, feeder, kind, change)
        except UNFIT as error:
            raise PageUnfit(reason=f"{change.kind}: {error}") from error
    db.execute(SET_PEER, (page.feeder.bytes, page.generation, page.upto, page.signed_ms, shape))


def _learns_more(db: sqlite3.Connection, page: FeedPage, shape: str) -> bool:
    """Whether the snapshot only brings what an older program passed over, of the life of the hub that is known here.

    Its rows of now stay until newer ones take their place: the line may break between two pages, and the unit sells on.
    """
    known = db.execute(KNOWN, (page.feeder.bytes,)).fetchone()
    return known is not None and known[0] == page.generation and known[1] != shape


def _apply_change(db: sqlite3.Connection, feeder: Owner, kind: type[Row], change: FeedChange) -> None:
    if change.gone:
        key = tuple(decode(change.key, list[Any]))
        apply(db, [Delete(kind, feeder, key)])
        return
    row = decode(change.row, kind)
    if row.owner != feeder:
        raise BadSignature(what="a feed row of another node")
    put_fed_row(db, row)


def forget_rows(db: sqlite3.Connection, feeder: Owner, slices: Slices = ALL) -> None:
    """A snapshot begins: what the feeder sent before is dropped, in the transaction that brings the new rows."""
    for kind in slices.feeds:
        text = f"DELETE FROM {kind.TABLE.full_name} WHERE org_id = ? AND node_id = ?"
        db.execute(text, (feeder.org_id.bytes, feeder.node_id.bytes))


def forget_earlier_lives(db: sqlite3.Connection, feeder: Owner, slices: Slices) -> None:
    """Rows of kinds that the program which heard of the feeder's new life did not know: it could not drop them."""
    for kind in slices.feeds:
        text = f"DELETE FROM {kind.TABLE.full_name} WHERE org_id = ? AND node_id = ? AND epoch <> ?"
        db.execute(text, (feeder.org_id.bytes, feeder.node_id.bytes, feeder.epoch))
