"""A scanner on a serial port: RS-232, a port over USB or Bluetooth, a pseudo-terminal."""

import asyncio
import errno
from collections.abc import Callable
from contextlib import suppress

import serial

from edge.devices.group import JOIN_GROUP
from edge.devices.lines.descriptor import Descriptor
from edge.devices.scanners.source import ScannerAbsent, ScannerForbidden, ScannerTaken, ScannerUnfit, read_ready
from firmware_profiles import ScannerProfile
from shared.kernel.errors import DeviceFault

BAUDS = 9_600
SEND_TIMEOUT_S = 1.0
ADVICE = JOIN_GROUP + ", then start the unit again."


class SerialSource:
    """One port at one speed, taken for this unit alone. Opening, sending and closing may block: a thread does them."""

    def __init__(self, path: str, bauds: int, *, take: Callable[[], serial.Serial] | None = None) -> None:
        self.path, self.bauds = path, bauds
        self._take = take or self._taken_alone
        self._port: serial.Serial | None = None

    @property
    def address(self) -> str:
        """`serial:PATH@BAUDS`."""
        return f"serial:{self.path}@{self.bauds}"

    async def open(self) -> None:
        """Take the port; a fault says what keeps it."""
        await self.close()
        opening = asyncio.ensure_future(asyncio.to_thread(self._open))
        try:
            self._port = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_late)
            raise

    def _open(self) -> serial.Serial:
        try:
            return self._take()
        except (OSError, ValueError) as fault:
            raise fault_of(self.address, fault) from fault

    def _taken_alone(self) -> serial.Serial:
        return serial.Serial(
            self.path, self.bauds, timeout=0, write_timeout=SEND_TIMEOUT_S, exclusive=True, xonxoff=False
        )

    async def read(self) -> bytes:
        """What came."""
        return await read_ready(self._taken().fileno(), self.address)

    async def send(self, data: bytes) -> None:
        """All of it, or ScannerAbsent."""
        port = self._taken()
        try:
            await asyncio.to_thread(port.write, data)
        except OSError as fault:
            raise ScannerAbsent(address=self.address) from fault

    async def close(self) -> None:
        """Give the port back; an order that a scanner which stands still did not take is dropped."""
        port, self._port = self._port, None
        if port is not None:
            Descriptor(port.fileno()).drop()
            await asyncio.shield(asyncio.to_thread(_close, port))

    def _taken(self) -> serial.Serial:
        if self._port is None:
            raise ScannerAbsent(address=self.address)
        return self._port


def serial_source(path: str, bauds: int | None, profile: ScannerProfile) -> SerialSource:
    """The port at the speed that was set, else at the first the profile knows."""
    known = profile.bauds or (BAUDS,)
    return SerialSource(path, bauds or known[0])


def _close_late(opening: "asyncio.Future[serial.Serial]") -> None:
    """A port that was opened after nobody waited for it any more."""
    if not opening.cancelled() and opening.exception() is None:
        _close(opening.result())


def _close(port: serial.Serial) -> None:
    with suppress(OSError):
        port.close()


def fault_of(address: str, fault: OSError | ValueError) -> DeviceFault:
    """What keeps a port from being opened, and what to do about it."""
    number = fault.errno if isinstance(fault, OSError) else None
    match number:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV | errno.EIO:
            return ScannerAbsent(address=address)
        case errno.EACCES | errno.EPERM:
            return ScannerForbidden(address=address, advice=ADVICE)
        case errno.EBUSY | errno.EAGAIN:
            return ScannerTaken(address=address)
    return ScannerUnfit(address=address, problem="it takes no such speed, or is no serial port")
