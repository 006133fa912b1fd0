"""The latest generation of each organisation, outside the database that forgets it when it is put back (design §5.6).

`generation.json` in the hub's folder: organisation to generation. It is written before a generation is told to anybody,
whether a person restored the hub by command or it found out by what a unit showed; so a database that is put back by
hand, once more and to before that, never opens one generation a second time. Several processes of a hub share it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import msgspec

from hub.runtime.durable_file import write_private
from hub.runtime.postgres_faults import DatabaseFault
from shared.kernel.codec import decode_json

GENERATION_FILE = "generation.json"
LOCK_FILE = f"{GENERATION_FILE}.lock"


class GenerationsUnreadable(DatabaseFault):
    """The file is there and holds no generations: to go on as if there were none could open one twice."""

    code = "hub.generations_unreadable"
    sentence = (
        "{file} cannot be read: {reason}. Put a copy of it in its place; without one remove it, and open no new draw "
        "over old numbers before every unit has shown what it holds."
    )


class GenerationFile:
    """The file, or nothing to remember by where a hub has no folder."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def latest(self, org_id: UUID) -> int:
        """The latest generation that this folder saw of an organisation; 0 for one that was never restored."""
        return self.read().get(org_id, 0)

    def note(self, generations: dict[UUID, int]) -> None:
        """Remember these, unless later ones are known; the disk has them when this returns."""
        if self._path is None:
            return
        with _alone(self._path):
            known = self.read()
            for org_id, generation in generations.items():
                known[org_id] = max(generation, known.get(org_id, 0))
            write_private(self._path, msgspec.json.encode(known))

    def read(self) -> dict[UUID, int]:
        """All of them; GenerationsUnreadable when something else stands there."""
        if self._path is None:
            return {}
        try:
            return decode_json(self._path.read_bytes(), dict[UUID, int])
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError as problem:
            raise GenerationsUnreadable(file=self._path, reason=str(problem).rstrip(".")) from problem


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time between reading the file and writing it; a short wait, freed when a process dies."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
