"""What the hub signed about this unit's journal, kept: its latest receipt, and how far a backup of it is verified.

Both are latest only. The receipt proves that the hub took the sales, and shows a restored hub what it lacks; together
with the watermark it says what may be purged (design §5.5, §5.6).
"""

import sqlite3

import msgspec
import structlog

from edge.runtime.database import Reader
from shared.journal.chain import Tip, origin
from shared.journal.entry import Owner
from shared.journal.head import Head
from shared.journal.signing import SignedDocument
from shared.kernel.codec import decode
from shared.kernel.errors import Fork
from shared.pipeline.sqlite_journal import MINE, hash_at, read_checkpoint
from shared.pipeline.tables import owner_values
from shared.sync.watermark import Watermark

log = structlog.get_logger()
NAMED = "org_id = :org_id AND node_id = :node_id AND epoch = :epoch AND branch = :branch"
FOUND = "SELECT seq, hash, data, heard_ms FROM {} WHERE "
RECEIPT, WATERMARK = FOUND.format("receipt"), FOUND.format("watermark")
KEEP = (
    "INSERT INTO {0} (org_id, node_id, epoch, branch, seq, hash, data, heard_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (org_id, node_id, epoch, branch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, "
    "data = excluded.data, heard_ms = excluded.heard_ms"
)
KEEP_RECEIPT = KEEP.format("receipt") + " WHERE excluded.seq >= receipt.seq"
KEEP_WATERMARK = (
    "INSERT INTO watermark (org_id, node_id, epoch, branch, seq, hash, data, heard_ms, generation) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, node_id, epoch, branch) DO UPDATE SET seq = excluded.seq, "
    "hash = excluded.hash, data = excluded.data, heard_ms = excluded.heard_ms, generation = excluded.generation"
)
FORGET_WATERMARKS = "DELETE FROM watermark WHERE org_id = ? AND node_id = ? AND generation < ?"
HEARD = "SELECT coalesce(max(generation), 0) FROM peer UNION ALL SELECT coalesce(max(generation), 0) FROM watermark"
WORDS = "SELECT data FROM hub_word"


class _Word(msgspec.Struct, frozen=True):
    generation: int = 0


class Kept(msgspec.Struct, frozen=True):
    """A signed document about the journal up to `seq`: its exact bytes, and when it was heard (ms UTC)."""

    seq: int
    hash: bytes
    data: bytes
    heard_ms: int

    @property
    def tip(self) -> Tip:
        """The last entry that the document speaks of."""
        return Tip(self.seq, self.hash)


def keep_receipt(db: sqlite3.Connection, owner: Owner, head: Head, data: bytes, now_ms: int) -> None:
    """Keep a receipt; `head` is what `verify_receipt` found in `data`. An earlier one never takes a later one's place.

    Fork, before anything is written, when the hub signed another history than ours.
    """
    _refuse_other(db, owner, head.tip)
    db.execute(KEEP_RECEIPT, (*owner_values(owner), head.tip.seq, head.tip.hash, data, now_ms))


def keep_watermark(db: sqlite3.Connection, owner: Owner, said: Watermark, data: bytes, now_ms: int) -> None:
    """Keep a watermark; `said` is what `read_watermark` found in `data`. The hub's last word holds, also a lower one:

    a restored hub may have an older backup than it spoke of before. What an earlier life of it said is not kept, for
    whoever ends TLS in between could bring it again. Fork when it names another history than ours.
    """
    if not said.is_obeyed(known_generation(db)):
        log.warning("a watermark of an earlier life of the hub", generation=said.generation, backup_ms=said.backup_ms)
        return
    _refuse_other(db, owner, said.tip)
    db.execute(KEEP_WATERMARK, (*owner_values(owner), said.seq, said.hash, data, now_ms, said.generation))


def forget_watermarks(db: sqlite3.Connection, owner: Owner, generation: int) -> None:
    """The hub is in a new generation: nothing of any epoch is purged until it says anew what its backups hold."""
    db.execute(FORGET_WATERMARKS, (*owner_values(owner)[:2], generation))


def known_generation(db: sqlite3.Connection) -> int:
    """The latest life of the hub that speaks from what it signed and this unit keeps: pages, standing, certificate."""
    told = [row[0] for row in db.execute(HEARD)]
    for (data,) in db.execute(WORDS):
        try:
            told.append(decode(decode(data, SignedDocument).payload, _Word).generation)
        except msgspec.DecodeError:
            continue
    return int(max(told))


def read_receipt(db: sqlite3.Connection, owner: Owner) -> Kept | None:
    """The latest receipt, inside the writer."""
    return _read(db, RECEIPT, owner)


def read_safe_mark(db: sqlite3.Connection, owner: Owner) -> Kept | None:
    """The hub's last watermark, inside the writer."""
    return _read(db, WATERMARK, owner)


async def receipt_of(reader: Reader, owner: Owner) -> Kept | None:
    """The latest receipt, for hello and for pages."""
    rows = await reader.values(RECEIPT + NAMED, msgspec.structs.asdict(owner))
    return Kept(*rows[0]) if rows else None


async def safe_mark_of(reader: Reader, owner: Owner) -> Kept | None:
    """The hub's last watermark, for the link and for pages."""
    rows = await reader.values(WATERMARK + NAMED, msgspec.structs.asdict(owner))
    return Kept(*rows[0]) if rows else None


def _read(db: sqlite3.Connection, text: str, owner: Owner) -> Kept | None:
    row = db.execute(text + MINE, owner_values(owner)).fetchone()
    return Kept(*row) if row else None


def _refuse_other(db: sqlite3.Connection, owner: Owner, tip: Tip) -> None:
    """What was purged is not compared again: a receipt covered it."""
    if tip.seq >= read_checkpoint(db, owner).seq and hash_at(db, owner, tip.seq) != tip.hash:
        raise Fork(origin=origin(owner), seq=tip.seq)
