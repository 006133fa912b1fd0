"""What one connection to a printer has brought, sorted by kind; a new connection takes a new one of these."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import structlog

from edge.devices.answers import Answer, Block, Noise, Pushed, RealTime, StatusReader, Unasked
from edge.devices.lines.transport import Carrier, PrinterAbsent, PrinterConfused, PrinterSilent
from edge.devices.status import Reading
from shared.kernel.errors import DeviceFault

log = structlog.get_logger()

Kind = TypeVar("Kind", RealTime, Pushed, Answer, Block)

KEPT_ANSWERS = 16
UNASKED_BYTES_MAX = 4_096
"""A printer that says so much between two questions says nothing of worth; its line is closed, not read for ever."""


class Hearing:
    """Answers as they come. `news` is called when the printer tells of a change by itself, and when the line breaks."""

    def __init__(self, address: str, news: Callable[[], None]) -> None:
        self.reader = StatusReader()
        self.statuses: deque[RealTime] = deque(maxlen=KEPT_ANSWERS)
        self.frames: deque[Pushed] = deque(maxlen=KEPT_ANSWERS)
        self.proofs: deque[Answer] = deque(maxlen=KEPT_ANSWERS)
        self.blocks: deque[Block] = deque(maxlen=KEPT_ANSWERS)
        self.noise_bytes = 0
        self.last_frame: Pushed | None = None
        self.frame_awaited = False
        self._address = address
        self._news = news
        self._confused = False
        self._broken: DeviceFault | None = None
        self._unasked_bytes = 0
        self._heard = asyncio.Event()

    @property
    def word(self) -> Reading | None:
        """What the printer last told by itself."""
        return None if self.last_frame is None else Reading().told(self.last_frame)

    def asking(self) -> None:
        """Somebody asks: what has come until now was not too much."""
        self._unasked_bytes = 0

    async def next(self, answers: deque[Kind], timeout_ms: int) -> Kind:
        """The next answer of this kind; one that came before the line broke counts."""
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                while not answers:
                    self.keep_line()
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError as fault:
            raise PrinterSilent(address=self._address) from fault
        return answers.popleft()

    def keep_line(self) -> None:
        """Raise what broke the line, if anything did."""
        if self._broken is not None:
            raise self._broken

    def keep_in_step(self) -> None:
        """One answer too many would shift all later ones by one for as long as the line stands."""
        if self._confused:
            raise PrinterConfused(address=self._address)

    async def listen(self, carrier: Carrier) -> None:
        """Until the line ends, in whatever way; it never raises, and whoever waits for an answer learns of it."""
        self._broken = await self._until_broken(carrier)
        self._heard.set()
        self._news()

    async def _until_broken(self, carrier: Carrier) -> DeviceFault:
        try:
            while data := await carrier.read():
                self._unasked_bytes += len(data)
                if self._unasked_bytes > UNASKED_BYTES_MAX:
                    return PrinterConfused(address=self._address)
                self._sort(data)
        except DeviceFault as fault:
            return fault
        except OSError as fault:
            log.info("line to printer broke", address=self._address, problem=str(fault))
        except Exception:
            log.exception("listening to a printer failed", address=self._address)
        return PrinterAbsent(address=self._address)

    def _sort(self, data: bytes) -> None:
        for told in self.reader.read(data):
            match told:
                case RealTime():
                    self.statuses.append(told)
                case Pushed():
                    self._hear_push(told)
                case Answer():
                    self.proofs.append(told)
                case Block():
                    self.blocks.append(told)
                case Unasked():
                    self._confused = True
                case Noise():
                    self._note_noise(told.data)
        self._heard.set()

    def _hear_push(self, frame: Pushed) -> None:
        """News only when it differs: the answer to each question is such a frame too, but one that says that it stands
        still is no answer, for questions wait then."""
        is_news = self.last_frame != frame
        self.last_frame = frame
        self.frame_awaited = self.frame_awaited and not Reading().told(frame).prints
        self.frames.append(frame)
        if is_news:
            self._news()

    def _note_noise(self, data: bytes) -> None:
        if not self.noise_bytes:
            log.warning("printer sent unknown bytes", address=self._address, bytes=data.hex())
        self.noise_bytes += len(data)
