"""Bytes over a serial port, and only when the printer has room for them.

Printers say that they are busy in one of three ways: by a wire (their DTR, our DSR; or CTS) or by a letter (XOFF).
All three are obeyed here and not by the kernel, because a printer that waits for paper says busy too, and the
question for its paper must reach it all the same. Bytes leave in small pieces, each when the one before is on the
wire: at most one piece arrives after the word “busy”, and every printer keeps more room than that.

Opening and closing a port and looking at its wires talk to an adapter that may hang, so a thread does them.
"""

import asyncio
import termios
from contextlib import suppress

import serial

from edge.devices.lines.address import Serial
from edge.devices.lines.descriptor import Descriptor, named_faults
from edge.devices.lines.room import Room, Wire
from firmware_profiles import PrinterProfile

PIECE_BYTES = 32
BITS_PER_BYTE = 10
LOOK_SECONDS = 0.005
BAUD_UNKNOWN = 9_600


class SerialCarrier:
    """A port at one speed: the address's, else the fastest that the profile knows."""

    def __init__(self, place: Serial, profile: PrinterProfile) -> None:
        self.address = place.path
        self.baud = place.baud or max(profile.bauds or (BAUD_UNKNOWN,))
        self.byte_ms = BITS_PER_BYTE * 1_000 / self.baud
        self._flow = profile.flow
        self._room = Room(self._flow)
        self._port: serial.Serial | None = None

    async def open(self) -> None:
        """Take the port for this program alone."""
        opening = asyncio.ensure_future(asyncio.to_thread(self._take))
        try:
            self._port, has_wires = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_let_go)
            raise
        self._room = Room(self._flow, has_wires=has_wires)

    async def close(self) -> None:
        """Let the port go; what waits in it is dropped."""
        port, self._port = self._port, None
        if port is not None:
            Descriptor(port.fileno()).drop()
            await asyncio.shield(asyncio.to_thread(_close, port))

    async def read(self) -> bytes:
        """What the printer says, among it XON and XOFF, which are heeded and handed on."""
        data = await Descriptor(self._opened().fileno()).read()
        self._room.hear(data)
        return data

    async def write(self, data: bytes, *, urgent: bool = False) -> None:
        """Piece by piece; an urgent word, three bytes or ten, is never held back."""
        descriptor = Descriptor(self._opened().fileno())
        for start in range(0, len(data), PIECE_BYTES):
            while not (urgent or await self._has_room()):  # noqa: ASYNC110  wires call nobody
                await asyncio.sleep(LOOK_SECONDS)
            piece = data[start : start + PIECE_BYTES]
            await descriptor.write(piece)
            await asyncio.sleep(len(piece) * self.byte_ms / 1_000)
        while self._opened().out_waiting:  # noqa: ASYNC110  nor does the port; a report is out before it is closed
            await asyncio.sleep(LOOK_SECONDS)

    async def _has_room(self) -> bool:
        if self._room.wires:
            return await asyncio.to_thread(self._room.is_there, self._level)
        return self._room.is_there(self._level)

    def _level(self, wire: Wire) -> bool:
        return bool(getattr(self._opened(), wire))

    def _take(self) -> tuple[serial.Serial, bool]:
        """The port, and whether it has wires: one over Bluetooth, or between two programs, has none."""
        with named_faults(self.address):
            try:
                port = serial.Serial(self.address, self.baud, timeout=0, write_timeout=0, exclusive=True)
            except (termios.error, ValueError) as fault:  # no port, or none of this speed
                raise OSError(str(fault)) from fault
        try:
            return port, port.dsr is not None
        except OSError:
            return port, False

    def _opened(self) -> serial.Serial:
        if self._port is None:
            raise ConnectionResetError
        return self._port


def _let_go(opening: "asyncio.Future[tuple[serial.Serial, bool]]") -> None:
    """Nobody waits any more for the port that was being opened."""
    if not opening.cancelled() and opening.exception() is None:
        _close(opening.result()[0])


def _close(port: serial.Serial) -> None:
    with suppress(OSError):
        port.close()
