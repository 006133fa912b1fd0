"""One process a folder: two writers of one journal would tell two histories of one unit."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.kernel.errors import TillhouseError

LOCK_FILE = "edge.lock"


class AlreadyServed(TillhouseError):
    """Another process serves this folder."""

    code = "edge.already_served"
    sentence = "The unit in {folder} is served already by another process. Stop that one first."


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the folder; the system lets go of it when the process ends, however it ends."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyServed(folder=folder) from error
        yield
    finally:
        os.close(descriptor)
