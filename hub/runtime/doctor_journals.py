"""The doctor follows the hub's journals: each ends where its head says, and its entries follow each other.

The last entries of each journal are followed, or with `--deep` all of them from the first.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from hub.runtime.backup_load import assert_stored, beginning, entries_behind, read_parents
from hub.runtime.doctor import Patient
from hub.runtime.doctor_database import Connection
from shared.console.checkup import Check, Finding, ok, stop
from shared.journal.chain import Tip, follow, origin
from shared.journal.entry import Owner
from shared.kernel.errors import ChainBroken

SAMPLE_ENTRIES = 200
HEADS = "select org_id, node_id, epoch, branch, seq, hash from journal.head order by 1, 2, 3, 4"
WRONG_HEADS = """
    select coalesce(h.org_id, e.org_id), coalesce(h.node_id, e.node_id), coalesce(h.epoch, e.epoch),
        coalesce(h.branch, e.branch), h.seq, e.seq
    from journal.head h full join (
        select distinct on (org_id, node_id, epoch, branch) org_id, node_id, epoch, branch, seq, hash
        from journal.entry order by org_id, node_id, epoch, branch, seq desc
    ) e using (org_id, node_id, epoch, branch)
    where coalesce(h.seq, 0) > 0 and (e.seq is distinct from h.seq or e.hash is distinct from h.hash)
        or h.seq is null
    order by 1, 2, 3, 4
"""
HASH_AT = (
    "select hash from journal.entry where org_id = %s and node_id = %s and epoch = %s and branch = %s and seq = %s"
)
RESTORE = (
    "Stop the hub, keep this database as it is, and restore the last verified backup (tillhouse hub restore). "
    "Units bring what came after it: docs/runbooks/a-damaged-database.md."
)


def journal_checks(patient: Patient, connection: Connection) -> list[Check]:
    """Both looks at every journal."""
    return [
        ("Heads", partial(check_heads, connection)),
        ("Journals", partial(check_chains, patient, connection)),
    ]


def check_heads(connection: Connection) -> Iterator[Finding]:
    """Every cursor stands at its journal's last entry."""
    wrong = connection.execute(WRONG_HEADS).fetchall()
    for org_id, node_id, epoch, branch, head, last in wrong:
        which = f"{origin(Owner(org_id, node_id, epoch))}, branch {branch}"
        said = f"{which}: the head says entry {head or 0}, the last one here is {last or 0}."
        if head == last:
            said = f"{which}: the head names another entry {head} than the one here."
        yield stop("Heads", said, RESTORE)
    if not wrong:
        yield ok("Heads", "Every journal ends where its head says.")


def check_chains(patient: Patient, connection: Connection) -> Iterator[Finding]:
    """Entries follow each other over their exact bytes."""
    parents, count = read_parents(connection), 0
    heads = [(Owner(*row[:4]), Tip(row[4], bytes(row[5]))) for row in connection.execute(HEADS)]
    for place, (owner, head) in enumerate(heads, 1):
        patient.bar.tell(f"Journal {place} of {len(heads)}")
        begins = beginning(connection, owner, parents)
        if not patient.deep and head.seq - SAMPLE_ENTRIES > begins.seq:
            begins = _tip_at(connection, owner, head.seq - SAMPLE_ENTRIES)
        try:
            count += _follow(patient, connection, owner, begins)
        except ChainBroken as error:
            yield stop("Journals", str(error), RESTORE)
            return
    how = "all entries" if patient.deep else f"up to the last {SAMPLE_ENTRIES} entries of each"
    yield ok("Journals", f"{len(heads):,} journals followed, {how}: {count:,} in all.")


def _follow(patient: Patient, connection: Connection, owner: Owner, tip: Tip) -> int:
    begins = tip.seq
    with connection.transaction():
        for hashes, entries in entries_behind(connection, owner, tip.seq):
            read = follow(owner, tip, entries)
            assert_stored(owner, hashes, read)
            tip = Tip(read[-1].envelope.seq, read[-1].hash)
            patient.bar.tell(f"Entry {tip.seq:,} of {owner.node_id}")
    return tip.seq - begins


def _tip_at(connection: Connection, owner: Owner, seq: int) -> Tip:
    row: Any = connection.execute(HASH_AT, (owner.org_id, owner.node_id, owner.epoch, owner.branch, seq)).fetchone()
    return Tip(seq, bytes(row[0]) if row else b"")
