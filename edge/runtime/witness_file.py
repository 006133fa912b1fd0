"""Where a witness keeps its slots: a file that is made once, with all its room, and written in place from then on."""

import os
from pathlib import Path
from typing import Protocol

MODE = 0o600


class Slots(Protocol):
    """The bytes of a witness. Each of these raises OSError when the disk does not do it."""

    def read(self) -> bytes | None:
        """All of it as it is now; None when there is nothing."""

    def open(self, size: int) -> None:
        """Make it, and give it so much room, for certain."""

    def write(self, data: bytes, at: int) -> None:
        """Write in place; the next sync brings it to the disk."""

    def sync(self) -> None:
        """What was written is on the disk for certain."""

    def close(self) -> None:
        """Nothing more is written."""


class FileSlots:
    """A file of the machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def read(self) -> bytes | None:
        """All of it as it is now; None when there is no such file."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def open(self, size: int) -> None:
        """Make it, and give it so much room; its folder is synced too, or a power cut would take the name."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
        try:
            have = os.fstat(fd).st_size
            if have < size:
                os.pwrite(fd, bytes(size - have), have)
                os.fsync(fd)
                _sync_folder(self._path.parent)
        except OSError:
            os.close(fd)
            raise
        self._fd = fd

    def write(self, data: bytes, at: int) -> None:
        """Write in place."""
        assert self._fd is not None, "opened before"
        os.pwrite(self._fd, data, at)

    def sync(self) -> None:
        """What was written is on the disk for certain."""
        assert self._fd is not None, "opened before"
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Nothing more is written."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
