"""The edge's journal in SQLite: entries as exact bytes, with the command that made them.

A purged journal begins at its checkpoint: the seq and hash of the last entry that went (design §5.5). Everything that
asks for a tip, or for the hash at a seq, finds the checkpoint where an entry would have been.
"""

import sqlite3
from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.journal.chain import Sealed, Tip, empty_tip
from shared.journal.entry import Entry, Envelope, Fact, Owner
from shared.kernel.codec import decode
from shared.pipeline.command import Command
from shared.pipeline.manifest import Slices
from shared.pipeline.tables import owner_values

INSERT = (
    "INSERT INTO journal_entry (org_id, node_id, epoch, branch, seq, command_id, command_digest, hash, data) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
MINE = "org_id = ? AND node_id = ? AND epoch = ? AND branch = ?"
SEEN = (
    "SELECT epoch, command_digest, hash, data FROM journal_entry "
    "WHERE command_id = ? AND org_id = ? AND node_id = ? AND branch = ? ORDER BY epoch, seq"
)
TIP = f"SELECT seq, hash FROM journal_entry WHERE {MINE} ORDER BY seq DESC LIMIT 1"
CHECKPOINT = f"SELECT seq, hash FROM checkpoint WHERE {MINE}"
HASH_AT = f"SELECT hash FROM journal_hash WHERE {MINE} AND seq = ?"
BEHIND = f"SELECT data FROM journal_entry WHERE {MINE} AND seq > ? ORDER BY seq LIMIT ?"


def append(db: sqlite3.Connection, owner: Owner, command: Command, digest: bytes, sealed: Sequence[Sealed]) -> None:
    """Store sealed entries behind each other."""
    mine = owner_values(owner)
    command_id = command.command_id.bytes
    for one in sealed:
        db.execute(INSERT, (*mine, one.entry.seq, command_id, digest, one.entry.hash, one.data))


def read_tip(db: sqlite3.Connection, owner: Owner) -> Tip:
    """Where the journal ends."""
    row = db.execute(TIP, owner_values(owner)).fetchone()
    return Tip(row[0], row[1]) if row else read_checkpoint(db, owner)


def read_checkpoint(db: sqlite3.Connection, owner: Owner) -> Tip:
    """Where the journal that is kept here begins: behind its last purged entry, or at its very beginning."""
    row = db.execute(CHECKPOINT, owner_values(owner)).fetchone()
    return Tip(row[0], row[1]) if row else empty_tip(owner)


def hash_at(db: sqlite3.Connection, owner: Owner, seq: int) -> bytes | None:
    """The hash of the entry at `seq`; None where the journal has none, or it was purged before the checkpoint's."""
    if seq == 0:
        return empty_tip(owner).hash
    row = db.execute(HASH_AT, (*owner_values(owner), seq)).fetchone()
    return None if row is None else bytes(row[0])


def entry_of(slices: Slices, owner: Owner, digest: bytes, data: bytes) -> Entry[Fact]:
    """A stored entry of a type this program knows, read back."""
    envelope = decode(data, Envelope)
    fact = slices.facts.read(envelope.type, envelope.version, envelope.body)
    assert fact is not None, f"this program wrote {envelope.type} and cannot read it"
    return Entry(envelope, digest, fact, owner)


def seen(
    db: sqlite3.Connection, slices: Slices, owner: Owner, command_id: UUID
) -> tuple[bytes, list[Entry[Fact]]] | None:
    """The digest and the answer of a command that this node carried out, in whichever epoch; None when it did not.

    Who saw no answer asks again, perhaps after the unit was enrolled anew.
    """
    rows = db.execute(SEEN, (command_id.bytes, owner.org_id.bytes, owner.node_id.bytes, owner.branch)).fetchall()
    if not rows:
        return None
    then = msgspec.structs.replace(owner, epoch=rows[0][0])
    return rows[0][1], [entry_of(slices, then, row[2], row[3]) for row in rows if row[0] == then.epoch]


def entries_behind(db: sqlite3.Connection, owner: Owner, seq: int, most: int) -> list[bytes]:
    """The exact bytes of up to `most` entries behind `seq`."""
    return [data for (data,) in db.execute(BEHIND, (*owner_values(owner), seq, most))]
