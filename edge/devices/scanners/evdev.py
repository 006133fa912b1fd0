"""A scanner that types, read where its keys arrive: `/dev/input/event*`, whatever page is open.

Its records are read without a package: `evdev` comes as C source only, so every unit would need a compiler and the
kernel's headers, and what it would save here is one struct and one ioctl. The device is grabbed: its keys then reach
this unit and nothing else, so that no page gets them a second time.
"""

import errno
import fcntl
import os
from collections.abc import Callable

from edge.devices.group import JOIN_GROUP
from edge.devices.scanners.keys import KeyReader
from edge.devices.scanners.source import ScannerAbsent, ScannerForbidden, ScannerTaken, ScannerUnfit, read_ready
from shared.kernel.errors import DeviceFault

EVIOCGRAB = 0x40044590
"""`_IOW('E', 0x90, int)` of linux/input.h."""
ADVICE = (
    JOIN_GROUP
    + ", then start the unit again; until then the scanner types into the page that is open, and works there."
)


def grab(fd: int) -> None:
    """Take the device for this unit alone."""
    fcntl.ioctl(fd, EVIOCGRAB, 1)


class EvdevSource:
    """One keyboard device by its path; best one below /dev/input/by-id, which stays with the scanner."""

    def __init__(self, path: str, *, take: Callable[[int], None] = grab) -> None:
        self.path = path
        self._take = take
        self._fd: int | None = None
        self._keys = KeyReader()

    @property
    def address(self) -> str:
        """`hid:PATH`."""
        return f"hid:{self.path}"

    async def open(self) -> None:
        """Open and grab it; a fault says what keeps it."""
        await self.close()
        try:
            self._fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
            self._take(self._fd)
        except OSError as fault:
            await self.close()
            raise fault_of(self.address, fault) from fault
        self._keys = KeyReader()

    async def read(self) -> bytes:
        """What was typed, as bytes of UTF-8; keys without a sign of their own are none."""
        while True:
            if self._fd is None:
                raise ScannerAbsent(address=self.address)
            text = self._keys.read(await read_ready(self._fd, self.address))
            if text:
                return text.encode()

    async def send(self, data: bytes) -> None:  # noqa: ARG002 - the form of every source
        """ScannerUnfit: a keyboard takes no orders."""
        raise ScannerUnfit(address=self.address, problem="it types like a keyboard and takes no orders")

    async def close(self) -> None:
        """Let it go; what it types goes to the page again."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def fault_of(address: str, fault: OSError) -> DeviceFault:
    """What keeps a device from being opened, and what to do about it."""
    match fault.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return ScannerAbsent(address=address)
        case errno.EACCES | errno.EPERM:
            return ScannerForbidden(address=address, advice=ADVICE)
        case errno.EBUSY:
            return ScannerTaken(address=address)
    return ScannerUnfit(address=address, problem=fault.strerror or "it cannot be opened")
