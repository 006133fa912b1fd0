"""Bytes to a printer and its answers back; TCP now, USB and serial later behind the same port.

Real-time status (`DLE EOT`), pushed status and the proof (`GS r 1`) come back over one line and carry no name;
`edge.devices.answers` tells them apart.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Protocol, TypeVar

import msgspec
import structlog

from edge.devices.answers import Answer, Noise, Question, RealTime, StatusReader, Unasked
from edge.devices.status import Reading
from shared.kernel.errors import DeviceFault

log = structlog.get_logger()

Kind = TypeVar("Kind", RealTime, Answer)

CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
ASK_PROOF = b"\x1dr\x01"
READ_BYTES = 256
LOOK_MS = 1


class PrinterAbsent(DeviceFault):
    """No connection, or it broke."""

    code = "printer.absent"
    sentence = "The printer does not answer at {address}. Sales are kept; tickets print when it is back."


class PrinterSilent(DeviceFault):
    """Connected, but the answer did not come in time; later answers could be mistaken, so close the line."""

    code = "printer.silent"
    sentence = "The printer at {address} is connected but silent. Switch it off and on."


class PrinterConfused(DeviceFault):
    """An answer too many came back; which question the next one answers is not known, so close the line."""

    code = "printer.confused"
    sentence = "The printer at {address} answered what nobody asked. It is called anew; tickets print after that."


class Patience(msgspec.Struct, frozen=True):
    """How long a transport waits, in milliseconds."""

    connect_timeout_ms: int = 2_000
    status_timeout_ms: int = 1_000
    send_timeout_ms: int = 5_000


class Transport(Protocol):
    """One line to one printer. All calls raise PrinterAbsent, PrinterSilent or PrinterConfused; then hang up."""

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
        self._reader = StatusReader()
        self._statuses: deque[RealTime] = deque(maxlen=16)
        self._proofs: deque[Answer] = deque(maxlen=16)
        self._noise_told = False
        self._confused = False

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
        self._reader, self._noise_told, self._confused = StatusReader(), False, False
        self._statuses.clear()
        self._proofs.clear()
        if streams is not None:
            streams[1].transport.abort()
            with suppress(OSError):
                await streams[1].wait_closed()

    async def status(self) -> Reading:
        """Question by question; the causes of an error only when there is one, as some printers know no others."""
        reading = Reading()
        for question in (Question.GENERAL, Question.OFFLINE, Question.PAPER):
            reading = reading.told(await self._ask(question))
        return reading.told(await self._ask(Question.ERROR)) if reading.error else reading

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
        """Whether the proof byte has come; no status looks like it, so it counts on a confused line too."""
        try:
            await self._take(self._proofs, within_ms)
        except PrinterSilent:
            return False
        return True

    async def clear(self) -> None:
        """`DLE DC4 8`: clear the receive and print buffers."""
        await self.send(CLEAR_BUFFER)

    async def _ask(self, question: Question) -> RealTime:
        """One question, with no other open: what has come before it is asked cannot be its answer."""
        with suppress(PrinterSilent):
            await self._take(self._statuses, LOOK_MS)
        self._keep_in_step()
        await self.send(self._reader.ask(question))
        answer = await self._take(self._statuses, self._patience.status_timeout_ms)
        self._keep_in_step()
        return answer

    def _keep_in_step(self) -> None:
        """One answer too many would shift all later ones by one for as long as the line stands."""
        if self._confused:
            raise PrinterConfused(address=self.address)

    async def _take(self, answers: deque[Kind], timeout_ms: int) -> Kind:
        """The next answer of this kind; those of other kinds are sorted aside meanwhile."""
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
        for told in self._reader.read(data):
            match told:
                case RealTime():
                    self._statuses.append(told)
                case Answer():
                    self._proofs.append(told)
                case Unasked():
                    self._confused = True
                case Noise() if not self._noise_told:
                    self._noise_told = True
                    log.warning("printer sent unknown bytes", address=self.address, bytes=told.data.hex())

    def _line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            raise PrinterAbsent(address=self.address)
        return self._streams
