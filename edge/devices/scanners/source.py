"""The port of a scanner: bytes as they come, over whatever line, and the faults a line can have.

Silence is told by nobody: whoever reads notices it. A source never blocks the loop and is used by one task.
"""

import asyncio
import os
from typing import Protocol

from shared.kernel.errors import DeviceFault

READ_BYTES = 4_096


class ScannerAbsent(DeviceFault):
    """It is not there, or went away."""

    code = "scanner.absent"
    sentence = "The scanner at {address} is not there. Plug it in; numbers can be typed meanwhile."


class ScannerForbidden(DeviceFault):
    """It is there, and this unit's user may not read it."""

    code = "scanner.forbidden"
    sentence = "This unit may not read the scanner at {address}. {advice}"


class ScannerTaken(DeviceFault):
    """Another program has it."""

    code = "scanner.taken"
    sentence = "Another program reads the scanner at {address}. Close that program."


class ScannerUnfit(DeviceFault):
    """What is there cannot be used as a scanner, or not as it is set."""

    code = "scanner.unfit"
    sentence = "What is at {address} is no scanner that can be read here: {problem}."


class Source(Protocol):
    """One line to one scanner. `open`, `read` and `send` raise the faults above; then close it."""

    @property
    def address(self) -> str:
        """The line as settings write it."""

    async def open(self) -> None:
        """Connect."""

    async def read(self) -> bytes:
        """The next bytes, one at least. A call that is cancelled takes none."""

    async def send(self, data: bytes) -> None:
        """Hand orders to the scanner."""

    async def close(self) -> None:
        """Hang up; never raises."""


async def read_ready(fd: int, address: str) -> bytes:
    """Bytes of a descriptor that is not blocking, as soon as it has some; ScannerAbsent once it is at its end.

    A terminal without bytes and one whose device is gone both read as nothing, so reading waits for the word that
    there is something: then nothing is the end.
    """
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(fd, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(fd)
        data = os.read(fd, READ_BYTES)
    except OSError as fault:
        raise ScannerAbsent(address=address) from fault
    if not data:
        raise ScannerAbsent(address=address)
    return data
