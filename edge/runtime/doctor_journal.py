"""The doctor looks at the unit's database: whole, chained, witnessed, receipted, and its rows those of its journal.

Every check reads in a transaction of its own that never writes, so it does not matter whether the unit serves.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from edge.runtime.database import NEWEST, revision_of
from edge.runtime.doctor import Patient
from edge.runtime.witness import ACCUSES, FIRST_EPOCH, compare, newest
from edge.sync.receipts import read_receipt
from shared.console.checkup import Check, Finding, attention, ok, stop
from shared.domain.slices import ALL
from shared.journal.chain import Tip, entry_hash, follow, origin
from shared.journal.entry import Owner
from shared.journal.head import verify_receipt
from shared.kernel.errors import BadSignature, ChainBroken
from shared.kernel.limits import BUNDLE_ENTRIES_MAX
from shared.pipeline.replay import replay_journal
from shared.pipeline.sqlite_journal import MINE, hash_at, read_checkpoint, read_tip
from shared.pipeline.tables import column_names, owner_values

KEEP_THE_FOLDER = (
    "Sell on another unit. Copy this folder as it is, then write what can be read to a file with "
    "`tillhouse edge export FILE`, import it at the hub, and enrol this unit anew: docs/runbooks/a-damaged-database.md."
)
BEHIND = f"SELECT data, hash, seq FROM journal_entry WHERE {MINE} AND seq > ? ORDER BY seq LIMIT ?"
SCHEMA = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
    "ORDER BY type = 'trigger', type = 'view', type = 'index', rowid"
)
SYNCED_FULL = 2
PROJECTED = tuple(kind for kind in ALL.rows if kind.TABLE.slice_name != "vault")
Examine = Callable[[Patient, sqlite3.Connection], Iterator[Finding]]


def journal_checks(patient: Patient, more: list[tuple[str, Examine]]) -> list[Check]:
    """What is asked of the database of an enrolled unit, `more` last; nothing of one that cannot be opened."""
    settings = patient.settings
    if not settings.database.exists():
        return [("Database", lambda: _never_served(patient))]
    revision = revision_of(settings.database)
    if revision != NEWEST:
        return [("Database", lambda: _other_revision(patient, revision))]
    checks: list[tuple[str, Examine]] = [
        ("Database", check_durable),
        ("Database pages", check_pages),
        ("Journal", check_chain),
        ("Witness", check_witness),
        ("Receipts", check_receipts),
    ]
    if patient.deep:
        checks.append(("Rows", check_rows))
    return [(name, _reading(patient, name, check)) for name, check in (*checks, *more)]


def _reading(patient: Patient, name: str, check: Examine) -> Callable[[], Iterator[Finding]]:
    def carry_out() -> Iterator[Finding]:
        try:
            with reading(patient.settings.database) as db:
                yield from check(patient, db)
        except sqlite3.DatabaseError as error:
            yield stop(name, f"The database cannot be read ({error}).", KEEP_THE_FOLDER)

    return carry_out


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One moment of the database, for reading alone."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("BEGIN")
        yield db


def _never_served(patient: Patient) -> Iterator[Finding]:
    name = patient.settings.database.name
    if patient.settings.witness.exists():
        yield stop("Database", f"{name} is gone, its witness is not.", "Put the whole folder back, or enrol it anew.")
    else:
        yield attention("Database", f"{name} is not there yet.", "Serve the unit once: tillhouse edge serve")


def _other_revision(patient: Patient, revision: str | None) -> Iterator[Finding]:
    if revision is None:
        yield stop("Database", f"{patient.settings.database.name} is no database of a unit.", KEEP_THE_FOLDER)
    else:
        said = f"It stands at revision {revision}, this program at {NEWEST}."
        yield attention("Database", said, "Serve the unit once with this program; it brings the database up to date.")


def check_durable(_patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """Commits survive a power cut: a write-ahead log, and this SQLite waits for the disk when it is asked to."""
    mode = db.execute("PRAGMA journal_mode").fetchone()[0]
    with closing(sqlite3.connect(":memory:")) as other:
        other.execute("PRAGMA synchronous = FULL")
        waits = other.execute("PRAGMA synchronous").fetchone()[0] == SYNCED_FULL
    if mode != "wal":
        yield stop("Database", f"Its journal mode is {mode}, not wal.", "Serve the unit once; it puts this right.")
    elif not waits:
        yield stop("Database", "This SQLite does not wait for the disk.", "Install the SQLite of your system.")
    else:
        yield ok("Database", f"Opens, revision {NEWEST}, write-ahead log, each commit synced.")


def check_pages(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """SQLite finds every page in its place."""
    patient.tell("Database pages")
    faults = [str(row[0]) for row in db.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
    if faults:
        yield stop("Database pages", f"Damaged: {faults[0]}.", KEEP_THE_FOLDER)
    else:
        yield ok("Database pages", "Every page is in its place.")


def check_chain(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """Every entry follows the one before it, from the checkpoint to the tip, in every epoch."""
    count = 0
    for owner in patient.owners:
        try:
            count += _follow(patient, db, owner)
        except ChainBroken as error:
            yield stop("Journal", f"{error}", KEEP_THE_FOLDER)
            return
    owner = patient.owners[-1]
    begins, tip = read_checkpoint(db, owner), read_tip(db, owner)
    purged = f", those up to {begins.seq:,} are purged" if begins.seq else ""
    yield ok("Journal", f"{count:,} entries chained; epoch {owner.epoch} ends at {tip.seq:,}{purged}.")


def _follow(patient: Patient, db: sqlite3.Connection, owner: Owner) -> int:
    tip, count = read_checkpoint(db, owner), 0
    while rows := db.execute(BEHIND, (*owner_values(owner), tip.seq, BUNDLE_ENTRIES_MAX)).fetchall():
        for data, digest, seq in rows:
            if entry_hash(data) != digest:
                raise ChainBroken(seq=seq, origin=origin(owner))
        read = follow(owner, tip, [row[0] for row in rows])
        tip, count = Tip(read[-1].envelope.seq, read[-1].hash), count + len(read)
        patient.tell(f"Journal, entry {tip.seq:,}")
    return count


def check_witness(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """The file outside the database remembers no more than the journal holds.

    The file is read first: a unit that serves writes it after each commit, so the database may only be further.
    """
    path, owner = patient.settings.witness, patient.owners[-1]
    if not path.exists():
        yield attention("Witness", f"There is no {path.name}.", "Serve the unit; it is written from then on.")
        return
    seen = newest(path.read_bytes())
    db.execute("COMMIT")
    db.execute("BEGIN")  # what is read from here on is younger than the file's bytes
    if seen is None:
        yield attention("Witness", f"{path.name} cannot be read.", "Serve the unit; it is written anew.")
        return
    finding = compare(seen, owner, read_tip(db, owner), lambda seq: hash_at(db, owner, seq))
    if finding in ACCUSES or (finding == "older epoch" and owner.epoch == FIRST_EPOCH):
        said = f"The database is not what the witness saw ({finding}; it saw entry {seen.tip.seq:,})."
        yield stop("Witness", said, "Enrol this unit anew with a code from the hub; it sells nothing before.")
    else:
        yield ok("Witness", f"It agrees, up to entry {seen.tip.seq:,}.")


def check_receipts(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """The hub's cosignature is the hub's, and covers this very journal."""
    member = patient.membership
    assert member is not None
    for owner in patient.owners:
        kept, tip = read_receipt(db, owner), read_tip(db, owner)
        which = "" if owner == patient.owner else f"Epoch {owner.epoch}: "
        if kept is None:
            if tip.seq and not which:
                yield ok("Receipts", f"None yet; {tip.seq:,} entries wait for the hub's first.")
            continue
        hub = Owner(owner.org_id, member.hub_node_id, 1)
        try:
            head = verify_receipt(kept.data, owner, patient.public_of(owner), hub, member.hub_key)
        except BadSignature as error:
            yield stop("Receipts", f"{which}{error}", KEEP_THE_FOLDER)
            continue
        known = kept.seq < read_checkpoint(db, owner).seq or hash_at(db, owner, kept.seq) == head.tip.hash
        if head.tip != kept.tip or not known:
            said = f"{which}The hub signed another entry {kept.seq:,} than the one here."
            yield stop("Receipts", said, "Two histories of this unit exist. Enrol it anew with a code from the hub.")
        else:
            yield ok("Receipts", f"{which}The hub's receipt covers up to entry {kept.seq:,} of {tip.seq:,}.")


def check_rows(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """The journal alone brings back the rows that are live; what a purge left behind may be more."""
    with closing(empty_like(db)) as again:
        for owner in patient.owners:
            patient.tell(f"Rows of epoch {owner.epoch}")
            again.execute("BEGIN")
            replay_journal(db, again, ALL, owner)
            again.execute("COMMIT")
            purged = read_checkpoint(db, owner).seq > 0
            other = [kind.TABLE.full_name for kind in PROJECTED if _differs(db, again, kind, owner, purged=purged)]
            if other:
                said = f"Rows of {', '.join(other)} are not what the journal of epoch {owner.epoch} says."
                yield stop("Rows", said, KEEP_THE_FOLDER)
                return
    yield ok("Rows", "The journal brings back every row.")


def empty_like(db: sqlite3.Connection) -> sqlite3.Connection:
    """A database in memory with the same tables and nothing in them."""
    again = sqlite3.connect(":memory:", isolation_level=None)
    for (statement,) in db.execute(SCHEMA):
        again.execute(statement)
    return again


def _differs(db: sqlite3.Connection, again: sqlite3.Connection, kind: Any, owner: Owner, *, purged: bool) -> bool:
    text = f"SELECT {', '.join(column_names(kind))} FROM {kind.TABLE.full_name} WHERE {MINE}"
    live = set(db.execute(text, owner_values(owner)))
    brought = set(again.execute(text, owner_values(owner)))
    return bool(brought - live) or (bool(live - brought) and not purged)
