"""Bytes to a printer and its answers back; TCP now, USB and serial later behind the same port.

Real-time status (`DLE EOT`) and the proof (`GS r 1`) come back over one line and carry no name, but differ in fixed
bits: a status byte has bits 1 and 4 set and 0 and 7 clear, a proof byte has bits 4 and 7 clear.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Protocol

import msgspec

from shared.kernel.errors import DeviceFault

STATUS_MASK, STATUS_FIXED = 0x93, 0x12
PROOF_MASK = 0x90
CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
ASK_PROOF = b"\x1dr\x01"
READ_BYTES = 256


class PrinterAbsent(DeviceFault):
    """No connection, or it broke."""

    code = "printer.absent"
    sentence = "The printer does not answer at {address}. Sales are kept; tickets print when it is back."


class PrinterSilent(DeviceFault):
    """Connected, but the answer did not come in time; later answers could be mistaken, so close the line."""

    code = "printer.silent"
    sentence = "The printer at {address} is connected but silent. Switch it off and on."


class Reading(msgspec.Struct, frozen=True):
    """What the printer says of itself (`DLE EOT` 1, 2, 4)."""

    online: bool
    cover_open: bool = False
    paper_out: bool = False
    paper_low: bool = False
    error: bool = False

    @property
    def prints(self) -> bool:
        """Whether data sent now becomes paper."""
        return self.online and not (self.cover_open or self.paper_out or self.error)


class Patience(msgspec.Struct, frozen=True):
    """How long a transport waits, in milliseconds."""

    connect_timeout_ms: int = 2_000
    status_timeout_ms: int = 1_000
    send_timeout_ms: int = 5_000


class Transport(Protocol):
    """One line to one printer. All calls raise PrinterAbsent or PrinterSilent; after either, `close` and `open`."""

    async def open(self) -> None:
        """Connect."""

    async def close(self) -> None:
        """Hang up; never raises."""

    async def status(self) -> Reading:
        """Ask for the state now, past everything that waits in the printer's buffer."""

    async def send(self, data: bytes) -> None:
        """Hand over all bytes of a job; no proof that one of them was printed."""

    async def ask_proof(self) -> None:
        """Ask, behind the job's data, for the byte that proves it was gone through."""

    async def proved(self, *, within_ms: int) -> bool:
        """Whether the proof has come, waiting so long for it."""

    async def clear(self) -> None:
        """Tell the printer to forget what it has not printed."""


class TcpTransport:
    """A printer on a TCP port (9100 as a rule)."""

    def __init__(self, host: str, port: int, patience: Patience | None = None) -> None:
        self.address = f"{host}:{port}"
        self._host = host
        self._port = port
        self._patience = patience or Patience()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._statuses: deque[int] = deque(maxlen=16)
        self._proofs: deque[int] = deque(maxlen=16)

    async def open(self) -> None:
        """Connect within the timeout."""
        await self.close()
        try:
            async with asyncio.timeout(self._patience.connect_timeout_ms / 1_000):
                self._streams = await asyncio.open_connection(self._host, self._port)
        except OSError as fault:
            raise PrinterAbsent(address=self.address) from fault

    async def close(self) -> None:
        """Hang up at once; what was not sent is dropped."""
        streams, self._streams = self._streams, None
        self._statuses.clear()
        self._proofs.clear()
        if streams is not None:
            streams[1].transport.abort()
            with suppress(OSError):
                await streams[1].wait_closed()

    async def status(self) -> Reading:
        """Three questions, one at a time, because an answer does not say which question it belongs to."""
        general, offline, paper = [await self._ask(which) for which in (1, 2, 4)]
        paper_out = bool(paper & 0x60 or offline & 0x20)
        cover_open = bool(offline & 0x04)
        offline_bit = bool(general & 0x08)
        return Reading(
            online=not offline_bit,
            cover_open=cover_open,
            paper_out=paper_out,
            paper_low=bool(paper & 0x0C),
            error=bool(offline & 0x40) or (offline_bit and not (cover_open or paper_out)),
        )

    async def send(self, data: bytes) -> None:
        """Write all of it, or PrinterAbsent / PrinterSilent when the line takes no more."""
        _, writer = self._line()
        try:
            async with asyncio.timeout(self._patience.send_timeout_ms / 1_000):
                writer.write(data)
                await writer.drain()
        except TimeoutError as fault:
            raise PrinterSilent(address=self.address) from fault
        except OSError as fault:
            raise PrinterAbsent(address=self.address) from fault

    async def ask_proof(self) -> None:
        """`GS r 1`: answered in turn, so only after all data before it."""
        self._proofs.clear()
        await self.send(ASK_PROOF)

    async def proved(self, *, within_ms: int) -> bool:
        """Whether the proof byte has come."""
        try:
            await self._take(self._proofs, within_ms)
        except PrinterSilent:
            return False
        return True

    async def clear(self) -> None:
        """`DLE DC4 8`: clear the receive and print buffers."""
        await self.send(CLEAR_BUFFER)

    async def _ask(self, which: int) -> int:
        self._statuses.clear()
        await self.send(bytes((0x10, 0x04, which)))
        return await self._take(self._statuses, self._patience.status_timeout_ms)

    async def _take(self, answers: deque[int], timeout_ms: int) -> int:
        """The next answer of this kind; bytes of the other kind are sorted aside meanwhile."""
        reader, _ = self._line()
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                while not answers:
                    data = await reader.read(READ_BYTES)
                    if not data:
                        raise PrinterAbsent(address=self.address)
                    self._sort(data)
        except TimeoutError as fault:
            raise PrinterSilent(address=self.address) from fault
        except OSError as fault:
            raise PrinterAbsent(address=self.address) from fault
        return answers.popleft()

    def _sort(self, data: bytes) -> None:
        for byte in data:
            if byte & STATUS_MASK == STATUS_FIXED:
                self._statuses.append(byte)
            elif byte & PROOF_MASK == 0:
                self._proofs.append(byte)

    def _line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            raise PrinterAbsent(address=self.address)
        return self._streams
