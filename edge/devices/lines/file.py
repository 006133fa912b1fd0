"""Bytes to a device node, which may answer, to a pipe, or onto the end of a plain file, which never do."""

import asyncio
import os
import stat
from pathlib import Path

from edge.devices.lines.address import File
from edge.devices.lines.descriptor import Descriptor, named_faults

PRIVATE = 0o600
EMPTY_READ_SECONDS = 0.05


class FileCarrier:
    """A path. A plain file is made where it is missing, for this user's eyes alone: tickets are as good as money."""

    byte_ms = 0.0

    def __init__(self, place: File) -> None:
        self.address = place.path
        self._path = Path(place.path)
        self._open: Descriptor | None = None
        self._is_device = self._is_port = False

    async def open(self) -> None:
        """Open without waiting for the other side."""
        with named_faults(self.address):
            mode = self._path.stat().st_mode if self._path.exists() else stat.S_IFREG
            self._is_device = stat.S_ISCHR(mode)
            if self._is_device:
                flags = os.O_RDWR | os.O_NOCTTY
            elif stat.S_ISFIFO(mode):
                flags = os.O_WRONLY
            else:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            number = os.open(self._path, flags | os.O_NONBLOCK | os.O_CLOEXEC, PRIVATE)
        self._open, self._is_port = Descriptor(number), os.isatty(number)

    async def close(self) -> None:
        """Close it."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.drop()
            os.close(opened.number)

    async def read(self) -> bytes:
        """What a device says; the others are silent for ever. Printers on the USB send empty packets and go on, while
        a port that says nothing more has lost its other end."""
        opened = self._opened()
        if not self._is_device:
            await asyncio.Event().wait()
        while True:
            data = await opened.read()
            if data or self._is_port:
                return data
            await asyncio.sleep(EMPTY_READ_SECONDS)

    async def write(self, data: bytes, *, urgent: bool = False) -> None:  # noqa: ARG002  there is one order only
        """All of it."""
        await self._opened().write(data)

    def _opened(self) -> Descriptor:
        if self._open is None:
            raise ConnectionResetError
        return self._open
