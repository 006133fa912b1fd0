"""The latest generation of each organisation, outside the database that forgets it when it is put back (design §5.6).

`generation.json` in the hub's folder: organisation to generation. It is written before a generation is told to anybody,
whether a person restored the hub by command or it found out by what a unit showed; so a database that is put back by
hand, once more and to before that, never opens one generation a second time.
"""

import os
from pathlib import Path
from uuid import UUID

import msgspec

GENERATION_FILE = "generation.json"


class GenerationFile:
    """The file, or nothing to remember by where a hub has no folder."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def latest(self, org_id: UUID) -> int:
        """The latest generation that this folder saw of an organisation; 0 for one that was never restored."""
        return self._read().get(org_id, 0)

    def note(self, generations: dict[UUID, int]) -> None:
        """Remember these, unless later ones are known; the disk has them when this returns."""
        if self._path is None:
            return
        known = self._read()
        for org_id, generation in generations.items():
            known[org_id] = max(generation, known.get(org_id, 0))
        write_private(self._path, msgspec.json.encode(known))

    def _read(self) -> dict[UUID, int]:
        if self._path is None:
            return {}
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[UUID, int])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}


def write_private(path: Path, data: bytes) -> None:
    """A file in one piece, mode 600, on the disk when this returns."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
