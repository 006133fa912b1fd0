"""Bytes to a device node, which may answer, to a pipe, or onto the end of a plain file, which never do."""

import asyncio
import errno
import os
import stat
from pathlib import Path

from edge.devices.lines.address import DEVICES, File
from edge.devices.lines.descriptor import Descriptor, named_faults
from edge.devices.lines.transport import PrinterUnfit

PRIVATE = 0o600
NOT_WAITING = os.O_NONBLOCK | os.O_CLOEXEC
EMPTY_READ_SECONDS = 0.05


class FileCarrier:
    """A path. A plain file is made by the first bytes that go there, never by looking whether it is there, and for
    this user's eyes alone: tickets are as good as money. Below /dev, and of a `node`, nothing is made or overwritten.
    """

    byte_ms = 0.0

    def __init__(self, place: File, *, node: bool = False) -> None:
        self.address = place.path
        self._path = Path(place.path)
        self._is_node = node or place.path.startswith(DEVICES)
        self._open: Descriptor | None = None
        self._is_device = self._is_port = self._to_make = False

    async def open(self) -> None:
        """Open without waiting for the other side; a plain file that is not there yet, only where one could be made."""
        self._is_device = self._to_make = False
        with named_faults(self.address):
            self._find()

    def _find(self) -> None:
        if self._is_node or os.path.lexists(self._path):
            self._take()
        elif os.access(self._path.parent, os.W_OK | os.X_OK):
            self._to_make = True
        else:
            raise OSError(errno.EACCES if self._path.parent.is_dir() else errno.ENOENT, self.address)

    def _take(self) -> None:
        mode = self._fit(self._path.stat().st_mode)
        self._is_device = stat.S_ISCHR(mode)
        if self._is_device:
            flags = os.O_RDWR | os.O_NOCTTY
        else:
            flags = os.O_WRONLY if stat.S_ISFIFO(mode) else os.O_WRONLY | os.O_APPEND
        number = os.open(self._path, flags | NOT_WAITING)
        try:
            self._fit(os.fstat(number).st_mode)
        except PrinterUnfit:
            os.close(number)
            raise
        self._open, self._is_port = Descriptor(number), os.isatty(number)

    def _fit(self, mode: int) -> int:
        """This kind of file, where it may be written to."""
        if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or (stat.S_ISREG(mode) and not self._is_node):
            return mode
        kinds = {stat.S_IFREG: "a plain file in a place for devices", stat.S_IFDIR: "a folder", stat.S_IFBLK: "a disk"}
        raise PrinterUnfit(address=self.address, problem=f"it is {kinds.get(stat.S_IFMT(mode), 'something else')}")

    def _make(self) -> None:
        with named_faults(self.address):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | NOT_WAITING
            self._open, self._to_make = Descriptor(os.open(self._path, flags, PRIVATE)), False

    async def close(self) -> None:
        """Close it."""
        self._to_make = False
        opened, self._open = self._open, None
        if opened is not None:
            opened.drop()
            os.close(opened.number)

    async def read(self) -> bytes:
        """What a device says; the others are silent for ever. Printers on the USB send empty packets and go on, while
        a port that says nothing more has lost its other end."""
        if not self._is_device:
            await asyncio.Event().wait()
        opened = self._opened()
        while True:
            data = await opened.read()
            if data or self._is_port:
                return data
            await asyncio.sleep(EMPTY_READ_SECONDS)

    async def write(self, data: bytes, *, urgent: bool = False) -> None:  # noqa: ARG002  there is one order only
        """All of it; the first bytes make the file that they go to."""
        if self._to_make:
            self._make()
        await self._opened().write(data)

    def _opened(self) -> Descriptor:
        if self._open is None:
            raise ConnectionResetError
        return self._open
