"""The witness: a small file outside the database that remembers how far the journal was committed (design §5.4).

A database that was put back from an older copy cannot know it. The witness can: it holds node, epoch, last committed
seq and that entry's hash, written after each commit and before its callers have their answers, so a database behind
it sells nothing before the unit is enrolled anew. It guards only against what does not restore both: on a unit whose
whole folder is backed up, let the setting `witness_file` name another disk.

It lies in three slots, each with a checksum. All writes between two syncs go to one slot; then the next slot's turn
comes, so the slot that is safe on the disk is not touched before another one is: a write torn by a power cut leaves
that one. The commit waits for no sync; a thread of its own syncs within a second.

A witness that cannot be written (a read-only path, a broken card) does not stop the unit: design §5.7 names all that
stops selling, and this is not among them. It stays behind the journal, which is what a power cut does to it too, so it
accuses no sound database; the unit says so in its log and on its pages until it is written again. A full disk stops
the database first, and by itself; the witness takes no new room after its first day.

A folder for it that is not there when the unit starts is another matter: its disk is not mounted, and a witness made
anew elsewhere would know nothing of what this unit sold. The unit does not start before a human has looked.
"""

import sqlite3
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from uuid import UUID
from zlib import crc32

import msgspec
import structlog

from edge.runtime.holds import lift_hold, read_holds, set_hold
from edge.runtime.witness_file import FileSlots, Slots
from shared.journal.chain import Tip, empty_tip
from shared.journal.entry import Owner
from shared.kernel.errors import Fault
from shared.pipeline import sqlite_journal
from shared.pipeline.sqlite_writer import SqliteWriter

log = structlog.get_logger()
MAGIC = b"TILLWIT1"
RECORD = struct.Struct(">8sQ16s16sQQ32s")
"""Magic, turn, organisation, node, epoch, seq, hash; a CRC-32 stands behind."""
CHECK = struct.Struct(">I")
SLOTS = 3
SLOT_BYTES = 4_096
"""A slot has a page of its own, so no torn page takes two."""
SYNC_S = 0.5
FIRST_EPOCH = 1
Finding = Literal["sound", "older epoch", "missing", "unreadable", "behind", "other", "foreign"]
ACCUSES: frozenset[Finding] = frozenset({"behind", "other", "foreign"})
"""What a hold is set for; its detail is the finding."""
CAUSE = "witness"


class WitnessAway(Fault):
    """The disk on which the witness lies is not there."""

    code = "edge.witness_away"
    sentence = (
        "The folder {folder} of the witness file is not there, so nothing was started. Mount its disk, or name a folder"
        " that exists with --witness-file. What this unit sold is safe."
    )


class Record(msgspec.Struct, frozen=True):
    """What one slot says; of several the one with the highest `turn` counts."""

    turn: int
    owner: Owner
    tip: Tip


def assert_place(path: Path) -> None:
    """WitnessAway unless the folder is there; whether it can be written is a fault that a unit sells on with."""
    if not path.parent.is_dir():
        raise WitnessAway(folder=path.parent)


def pack_record(record: Record) -> bytes:
    """The bytes of a slot."""
    owner, tip = record.owner, record.tip
    plain = RECORD.pack(
        MAGIC, record.turn, owner.org_id.bytes, owner.node_id.bytes, owner.epoch, tip.seq, tip.hash
    )  # fmt: skip
    return plain + CHECK.pack(crc32(plain))


def read_record(data: bytes) -> Record | None:
    """What a slot says; None when it is empty, torn or something else."""
    if len(data) < RECORD.size + CHECK.size or not data.startswith(MAGIC):
        return None
    plain = data[: RECORD.size]
    if CHECK.unpack_from(data, RECORD.size)[0] != crc32(plain):
        return None
    _, turn, org, node, epoch, seq, digest = RECORD.unpack(plain)
    return Record(turn, Owner(UUID(bytes=org), UUID(bytes=node), epoch), Tip(seq, digest))


def newest(data: bytes) -> Record | None:
    """The latest of the slots in a witness file's bytes."""
    slots = (data[place * SLOT_BYTES : (place + 1) * SLOT_BYTES] for place in range(SLOTS))
    return max((one for one in map(read_record, slots) if one), key=lambda one: one.turn, default=None)


def compare(seen: Record, owner: Owner, tip: Tip, hash_at: Callable[[int], bytes | None]) -> Finding:
    """Hold the journal of `owner`, which ends at `tip` and has these hashes, against what the witness says.

    An entry that was purged has no hash any more; its receipt vouched for it then, so it accuses nobody. Another
    unit's witness stops this one until a human has enrolled it anew.
    """
    if (seen.owner.org_id, seen.owner.node_id) != (owner.org_id, owner.node_id):
        return "older epoch" if owner.epoch > FIRST_EPOCH and tip.seq == 0 else "foreign"
    if seen.owner.epoch < owner.epoch:
        return "older epoch"
    if seen.owner.epoch > owner.epoch or seen.tip.seq > tip.seq:
        return "behind"
    return "sound" if hash_at(seen.tip.seq) in (None, seen.tip.hash) else "other"


class Witness:
    """The file of one unit. `note` is for the writer's thread, `sync` for the witness's own; `begin` for enrolment."""

    def __init__(self, path: Path, owner: Owner, slots: Slots | None = None) -> None:
        """`slots` hold its bytes instead of the file at `path`, for a disk that is played; who gives them syncs."""
        self.path = path
        self.fault = ""
        """Why it cannot be written now; empty when all is well."""
        self.owner = owner
        self._slots = slots or FileSlots(path)
        self._syncs_itself = slots is None
        self._is_there = False
        self._is_open = False
        self._turn = 0
        self._synced_turn = 0
        self._place = 0
        self._last: Tip | None = None
        self._frozen = True
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def read(self) -> Record | None:
        """What the file says now; None when there is none or no slot can be read."""
        try:
            data = self._slots.read()
        except OSError as error:
            self._failed(error)
            return None
        self._is_there = data is not None
        return newest(data) if data is not None else None

    def check(self, tip: Tip, hash_at: Callable[[int], bytes | None]) -> Finding:
        """Hold the database's journal, which ends at `tip` and has these hashes, against the file."""
        seen = self.read()
        if seen is None:
            return "unreadable" if self.fault or self._is_there else "missing"
        self._turn = seen.turn
        return compare(seen, self.owner, tip, hash_at)

    def start(self, tip: Tip) -> None:
        """The database is sound: witness it from `tip` on, and keep the file in step until closed."""
        self._frozen = False
        self._last = tip
        with self._lock:
            self._write()
        self.sync()
        if self._syncs_itself:
            self._thread = threading.Thread(target=self._keep_synced, name="witness", daemon=True)
            self._thread.start()

    def note(self, tip: Tip) -> None:
        """The journal is committed up to `tip`: one write, no sync. While the unit is held, the file stays as it is."""
        if self._frozen:
            return
        with self._lock:
            self._last = tip
            self._write()

    def begin(self, epoch: int) -> None:
        """A new epoch begins with an empty journal: the only way out of a hold, taken by enrolment.

        Call it when the new epoch's membership is stored, and lift the hold in the same step. What the old epoch's
        writer may still commit is no longer witnessed; the unit opens anew for the new epoch.
        """
        with self._lock:
            seen = self.read()
            self._turn = max(self._turn, seen.turn if seen else 0)
            self._frozen = True
            self.owner = msgspec.structs.replace(self.owner, epoch=epoch)
            self._last = empty_tip(self.owner)
            self._write()
        self.sync()

    def sync(self) -> None:
        """Bring what was written to the disk; the next write goes to the next slot."""
        with self._lock:
            if self._last is not None and self.fault and not self._write():
                return
            turn = self._turn
            if not self._is_open or turn == self._synced_turn:
                return
            self._place = (self._place + 1) % SLOTS
        try:
            self._slots.sync()
        except OSError as error:
            self._failed(error)
            return
        self._synced_turn = turn
        if self.fault:
            self.fault = ""
            log.info("the witness file is written again", path=str(self.path))

    def close(self) -> None:
        """Sync and close; after the writer's end."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        if not self._frozen:
            self.sync()
        self._slots.close()
        self._is_open = False

    def _keep_synced(self) -> None:
        while not self._closing.wait(SYNC_S):
            self.sync()

    def _write(self) -> bool:
        """Write the last tip into the slot whose turn it is; with the lock held. Whether it could be written."""
        assert self._last is not None
        self._turn += 1
        try:
            if not self._is_open:
                self._open()
            self._slots.write(pack_record(Record(self._turn, self.owner, self._last)), self._place * SLOT_BYTES)
        except OSError as error:
            self._failed(error)
            return False
        return True

    def _open(self) -> None:
        """The file, with room for all slots, begun behind the slot that is the newest in it."""
        seen = self._slots.read() or b""
        ages = [record.turn if record else 0 for record in (read_record(seen[n * SLOT_BYTES :]) for n in range(SLOTS))]
        self._place = (ages.index(max(ages)) + 1) % SLOTS
        self._slots.open(SLOTS * SLOT_BYTES)
        self._is_open = True

    def _failed(self, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        if reason != self.fault:
            self.fault = reason
            log.error("the witness file cannot be used; the unit sells on", path=str(self.path), reason=reason)


async def stand(witness: Witness, writer: SqliteWriter, now_ms: int) -> Finding:
    """At open: hold the database against its witness; stop selling, or witness every commit from here on.

    A hold of an earlier start stands, whatever became of the file: only a journal of a new epoch begins without it.
    """

    def judge(db: sqlite3.Connection) -> tuple[Finding, bool]:
        finding = witness.check(writer.tip, lambda seq: sqlite_journal.hash_at(db, writer.owner, seq))
        if finding in ACCUSES:
            set_hold(db, CAUSE, finding, now_ms)
        elif writer.tip.seq == 0:
            lift_hold(db, CAUSE)
        return finding, any(hold.cause == CAUSE for hold in read_holds(db))

    finding, held = await writer.write(judge)
    if held:
        log.error("this unit sells nothing before it is enrolled anew", witness=finding, seq=writer.tip.seq)
        return finding
    if finding == "unreadable":
        log.error("the witness file cannot be read; it is written anew", path=str(witness.path))
    elif finding == "missing" and writer.tip.seq:
        log.warning("there was no witness file; it is written from here on", path=str(witness.path))
    witness.start(writer.tip)
    return finding
