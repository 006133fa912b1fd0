"""Who was erased, outside the database: a restored backup holds keys that were gone, and this says which (design §3).

One line an erasure, `organisation person ms`, appended and synced before the erasing transaction commits. A line whose
transaction failed stays: the order was given, and a restore that carries it out does no more than was asked for. The
file holds ids alone; it belongs into every backup of the hub's folder and must be newer than the database beside it.
"""

import os
from pathlib import Path
from uuid import UUID

import msgspec

ERASED_FILE = "erased.log"


class Erasure(msgspec.Struct, frozen=True):
    """One order to erase, given at `erased_ms` (ms UTC)."""

    org_id: UUID
    person_id: UUID
    erased_ms: int


class ErasedLog:
    """The file in the hub's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, erasure: Erasure) -> None:
        """Add a line and wait until the disk has it; a line that a power cut left unfinished is ended first."""
        line = f"{erasure.org_id} {erasure.person_id} {erasure.erased_ms}\n"
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "rb+") as file:
            end = file.seek(0, os.SEEK_END)
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
                line = "\n" + line
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Erasure]:
        """Every erasure once, oldest first; an unfinished line is passed over, for its order never took effect."""
        if not self._path.exists():
            return []
        found: dict[tuple[UUID, UUID], Erasure] = {}
        for line in self._path.read_text(errors="replace").splitlines():
            erasure = _parsed(line)
            if erasure is not None:
                found.setdefault((erasure.org_id, erasure.person_id), erasure)
        return list(found.values())


def _parsed(line: str) -> Erasure | None:
    words = line.split(" ")
    try:
        org_id, person_id, erased_ms = words
        return Erasure(UUID(org_id), UUID(person_id), int(erased_ms))
    except ValueError:
        return None
