"""Rows built again from a journal's bytes: what makes rows disposable (design §2, §3: replay == live).

Only rows that facts made come back: what the feed brought is fetched again, and the vault is no projection.
"""

import sqlite3
from collections.abc import Iterable, Iterator

from shared.journal.chain import Read, Tip, follow
from shared.journal.entry import Entry, Fact, Owner
from shared.kernel.limits import BUNDLE_ENTRIES_MAX
from shared.pipeline import sqlite_applier, sqlite_journal
from shared.pipeline.changes import Change
from shared.pipeline.manifest import Slices


def changes_of(slices: Slices, owner: Owner, read: Iterable[Read]) -> Iterator[Change]:
    """What verified entries change, upcast to today's facts; a type that this program does not know shows nowhere."""
    for one in read:
        envelope = one.envelope
        fact = slices.facts.read(envelope.type, envelope.version, envelope.body)
        if fact is not None:
            yield from slices.project(Entry[Fact](envelope, one.hash, fact, owner))


def replay(db: sqlite3.Connection, slices: Slices, owner: Owner, tip: Tip, entries: Iterable[bytes]) -> Tip:
    """Verify `entries` behind `tip`, carry out what they change in `db`, and return where they end.

    ChainBroken where the bytes do not follow each other; sqlite3.IntegrityError where rows contradict a constraint.
    The transaction is the caller's.
    """
    read = follow(owner, tip, entries)
    sqlite_applier.apply(db, changes_of(slices, owner, read))
    return Tip(read[-1].envelope.seq, read[-1].hash) if read else tip


def replay_journal(source: sqlite3.Connection, into: sqlite3.Connection, slices: Slices, owner: Owner) -> Tip:
    """Replay the journal of `owner` that `source` holds, from its checkpoint on, into fresh tables; its tip.

    What finished events had made went with their entries, so what is left needs nothing from before the checkpoint.
    """
    tip = sqlite_journal.read_checkpoint(source, owner)
    while entries := sqlite_journal.entries_behind(source, owner, tip.seq, BUNDLE_ENTRIES_MAX):
        tip = replay(into, slices, owner, tip, entries)
    return tip
