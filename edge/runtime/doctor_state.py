"""The doctor asks how it stands with the unit: what waits, what stops selling, how long it may sell, its clock."""

import sqlite3
from collections.abc import Iterator

from edge.runtime.doctor import Patient
from edge.runtime.doctor_journal import Examine
from edge.runtime.holds import read_holds
from edge.runtime.reporting import Lag, age_ms
from edge.sync.hub_word import sells_until_ms
from edge.sync.receipts import read_receipt
from shared.console.checkup import Finding, attention, ok, stop
from shared.domain.raffle.errors import stop_words
from shared.journal.entry import Envelope, Owner
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, paper_text
from shared.kernel.codec import decode
from shared.pipeline.sqlite_journal import MINE, read_tip
from shared.pipeline.tables import owner_values

WAITING_MS_MAX = DAY_MS
"""What waits for longer should be brought to the hub by hand."""
CERTIFICATE_MS_MIN = 3 * DAY_MS
CLOCK_MS_MAX = 5 * MINUTE_MS
PEER = "SELECT acked_seq, heard_ms FROM peer WHERE peer_id = ?"
WAITING = f"SELECT count(*), coalesce(sum(length(data)), 0) FROM journal_entry WHERE {MINE} AND seq > ?"
OLDEST = f"SELECT data FROM journal_entry WHERE {MINE} AND seq > ? ORDER BY seq LIMIT 1"
LAST = f"SELECT data FROM journal_entry WHERE {MINE} ORDER BY seq DESC LIMIT 1"
HUB_TIME = "SELECT hub_ms FROM clock_state"


def state_examinations() -> list[tuple[str, Examine]]:
    """What is asked of a database that can be read."""
    return [
        ("Waiting", check_waiting),
        ("Holds", check_holds),
        ("Certificate", check_certificate),
        ("Clock", check_clock),
    ]


def check_waiting(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """What the hub does not hold yet; that is weather, unless it lasts."""
    lag = sum((_lag(patient, db, owner) for owner in patient.owners), start=Lag())
    if not lag.entries:
        yield ok("Waiting", "Nothing waits for the hub.")
        return
    entries = "1 entry" if lag.entries == 1 else f"{lag.entries:,} entries"
    said = f"{entries}, {lag.bytes:,} bytes, the oldest {_span(lag.oldest_ms)} old."
    if lag.oldest_ms > WAITING_MS_MAX:
        todo = "Bring the unit where it reaches the hub, or carry a file: tillhouse edge export FILE"
        yield attention("Waiting", said, todo)
    else:
        yield ok("Waiting", said)


def _lag(patient: Patient, db: sqlite3.Connection, owner: Owner) -> Lag:
    acked = _acked(patient, db, owner)
    oldest = db.execute(OLDEST, (*owner_values(owner), acked)).fetchone()
    if oldest is None:
        return Lag()
    count, size = db.execute(WAITING, (*owner_values(owner), acked)).fetchone()
    return Lag(count, size, age_ms(decode(oldest[0], Envelope), patient.clock.now()))


def _acked(patient: Patient, db: sqlite3.Connection, owner: Owner) -> int:
    """Up to where the hub holds a journal: as the line of today knows, else by its receipt."""
    kept = read_receipt(db, owner)
    receipted = kept.seq if kept else 0
    if owner != patient.owner or patient.membership is None or (kept is None and owner.epoch > 1):
        return receipted
    row = db.execute(PEER, (patient.membership.hub_node_id.bytes,)).fetchone()
    return max(receipted, min(row[0], read_tip(db, owner).seq)) if row else receipted


def check_holds(_patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """Nothing stops selling, or each cause by its name."""
    holds = read_holds(db)
    for hold in holds:
        words = stop_words(f"{hold.cause}:{hold.detail}" if hold.detail else hold.cause)
        yield stop("Holds", words["reason"], words["advice"])
    if not holds:
        yield ok("Holds", "Nothing stops this unit from selling.")


def check_certificate(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """How long the hub's word still counts."""
    until_ms = sells_until_ms(db)
    if until_ms is None:
        yield ok("Certificate", "None; this unit was added before there were any.")
        return
    left_ms = until_ms - patient.clock.now().wall_ms
    said = f"Valid until {paper_text(until_ms, 'UTC')} UTC, {max(0, left_ms) // DAY_MS} days left."
    todo = "Bring the unit where it reaches the hub; it fetches a new one by itself."
    if left_ms <= 0:
        yield stop("Certificate", f"It ended {paper_text(until_ms, 'UTC')} UTC; the unit sells nothing.", todo)
    elif left_ms < CERTIFICATE_MS_MIN:
        yield attention("Certificate", said, todo)
    else:
        yield ok("Certificate", said)


def check_clock(patient: Patient, db: sqlite3.Connection) -> Iterator[Finding]:
    """This machine's clock is not earlier than what it has written itself, nor than the hub's last word."""
    assert patient.owner is not None
    now_ms = patient.clock.now().wall_ms
    last = db.execute(LAST, owner_values(patient.owner)).fetchone()
    entry_ms = decode(last[0], Envelope).wall_ms if last else 0
    hub = db.execute(HUB_TIME).fetchone()
    known_ms = max(entry_ms, hub[0] if hub else 0)
    if now_ms < known_ms - CLOCK_MS_MAX:
        said = f"It says {paper_text(now_ms, 'UTC')} UTC, yet it was {paper_text(known_ms, 'UTC')} UTC before."
        yield attention("Clock", said, "Set the machine's clock, or bring the unit where it reaches the hub.")
    else:
        yield ok("Clock", f"{paper_text(now_ms, 'UTC')} UTC, not earlier than anything known here.")


def _span(ms: int) -> str:
    """`12 s`, `47 min`, `3 h`, `2 days`."""
    if ms < 2 * MINUTE_MS:
        return f"{ms // 1_000} s"
    if ms < 2 * HOUR_MS:
        return f"{ms // MINUTE_MS} min"
    return f"{ms // HOUR_MS} h" if ms < 2 * DAY_MS else f"{ms // DAY_MS} days"
