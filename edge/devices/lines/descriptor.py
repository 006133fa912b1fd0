"""Reading and writing a device node or pipe without ever keeping the event loop waiting."""

import asyncio
import errno
import os
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from edge.devices.lines.transport import PrinterForbidden, PrinterTaken

READ_BYTES = 256
WRITE_BYTES = 4_096


class Descriptor:
    """An open non-blocking file descriptor that can be waited for; plain files cannot."""

    def __init__(self, number: int) -> None:
        self.number = number

    async def read(self) -> bytes:
        """What has come; nothing at the end. It is waited for first: an idle serial port reads like one that ended."""
        loop = asyncio.get_running_loop()
        while True:
            await _ready(self.number, loop.add_reader, loop.remove_reader)
            with suppress(BlockingIOError):
                return os.read(self.number, READ_BYTES)

    async def write(self, data: bytes) -> None:
        """All of it, as fast as the kernel takes it."""
        loop = asyncio.get_running_loop()
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self.number, rest[:WRITE_BYTES]) :]
            except BlockingIOError:
                await _ready(self.number, loop.add_writer, loop.remove_writer)

    def drop(self) -> None:
        """Forget what waits in the kernel; closing a port that stands still would wait for it, half a minute."""
        with suppress(OSError, termios.error):
            termios.tcflush(self.number, termios.TCOFLUSH)


@contextmanager
def named_faults(address: str) -> Iterator[None]:
    """What keeps a device from being opened, as people can mend it; all else stays an OSError."""
    try:
        yield
    except OSError as fault:
        if fault.errno in (errno.EACCES, errno.EPERM):
            raise PrinterForbidden(address=address) from fault
        if fault.errno in (errno.EBUSY, errno.EAGAIN):
            raise PrinterTaken(address=address) from fault
        raise


async def _ready(number: int, add: Callable[..., object], remove: Callable[[int], object]) -> None:
    ready = asyncio.get_running_loop().create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    add(number, tell)
    try:
        await ready
    finally:
        remove(number)
