"""A line and a spool that are watched, so that a fault comes at its moment: real ones do the work behind them."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from edge.devices.encoder import encode
from edge.devices.lines.transport import Transport
from edge.devices.matrix.cells import Moment
from edge.devices.spool import Job, Spool
from edge.devices.status import Reading
from firmware_profiles import PrinterProfile
from shared.paper.document import with_mark


class Gate:
    """Lets prints through to one moment, once, and does there what it is told; then it waits to be set again."""

    def __init__(self, strike: Callable[[], Awaitable[None]]) -> None:
        self.reached = asyncio.Event()
        self._moment: Moment | None = None
        self._strike = strike
        self._to_send = 0

    def set(self, moment: Moment) -> None:
        """Strike at this moment of the next print that comes to it."""
        self._moment = moment
        self.reached.clear()

    def begins(self, data_bytes: int) -> None:
        """From here on so many bytes leave."""
        self._to_send = data_bytes

    def sends(self, data_bytes: int) -> bool:
        """So many leave now; whether they are a job's."""
        is_job = self._to_send > 0
        self._to_send = max(self._to_send - data_bytes, 0)
        return is_job

    @property
    def sent_all(self) -> bool:
        """Whether all bytes of what was begun last are away."""
        return self._to_send == 0

    async def at(self, moment: Moment) -> None:
        """A print is here now."""
        if moment is self._moment:
            self._moment = None
            await self._strike()
            self.reached.set()


class WatchedSpool:
    """The spool of one printer, and its gate."""

    def __init__(self, spool: Spool, gate: Gate, profile: PrinterProfile) -> None:
        self.wakeup = spool.wakeup
        self._spool = spool
        self._gate = gate
        self._profile = profile
        self._job: Job | None = None

    async def next_job(self) -> Job | None:
        """As the spool says."""
        self._job = await self._spool.next_job()
        return self._job

    async def begin(self, job_id: UUID) -> bool:
        """As the spool says; then the moment before the first byte."""
        if not await self._spool.begin(job_id):
            return False
        assert self._job is not None
        document = with_mark(self._job.document, "REPRINT") if self._job.begun else self._job.document
        self._gate.begins(len(encode(document, self._profile)))
        await self._gate.at(Moment.BEGUN)
        return True

    async def issued(self, job_id: UUID) -> None:
        """Between the moments when the proof is here and when it is stored."""
        await self._gate.at(Moment.PROVED)
        await self._spool.issued(job_id)
        await self._gate.at(Moment.AFTER)

    async def interrupted(self, job_id: UUID) -> None:
        """As the spool says."""
        await self._spool.interrupted(job_id)


class WatchedLine:
    """The line to the printer, and the gate of what leaves."""

    def __init__(self, line: Transport, gate: Gate) -> None:
        self._line = line
        self._gate = gate

    @property
    def noise_bytes(self) -> int:
        """As the line says."""
        return self._line.noise_bytes

    @property
    def byte_ms(self) -> float:
        """As the line says."""
        return self._line.byte_ms

    @property
    def one_way(self) -> bool:
        """As the line says."""
        return self._line.one_way

    def on_news(self, told: Callable[[], None]) -> None:
        """As the line does."""
        self._line.on_news(told)

    async def open(self) -> None:
        """As the line does."""
        await self._line.open()

    async def close(self) -> None:
        """As the line does."""
        await self._line.close()

    async def status(self) -> Reading:
        """As the line says."""
        return await self._line.status()

    async def send(self, data: bytes) -> None:
        """In two halves, with the moment between them."""
        half = len(data) // 2 if self._gate.sends(len(data)) else 0
        if half:
            await self._line.send(data[:half])
            await self._gate.at(Moment.MID_DATA)
        await self._line.send(data[half:])
        if half and self._gate.sent_all:
            await self._gate.at(Moment.SENT)

    async def ask_proof(self) -> None:
        """As the line does."""
        await self._line.ask_proof()

    async def proved(self, *, within_ms: int) -> bool:
        """As the line says."""
        return await self._line.proved(within_ms=within_ms)

    async def clear(self) -> None:
        """As the line does."""
        await self._line.clear()

    async def text_of(self, which: int) -> str:
        """As the line says."""
        return await self._line.text_of(which)
