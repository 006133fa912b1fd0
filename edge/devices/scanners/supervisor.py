"""One task per scanner: connects, reads, frames, and comes back by itself after whatever happened to the line.

Scanners know nothing of each other, so one that fails touches no other. What a scan means, and whether it was seen
before, is decided above.
"""

import asyncio
import math
from collections.abc import Callable
from enum import StrEnum

import msgspec
import structlog

from edge.devices.framing import Framed, Framer, Reason, Refused, Scan
from edge.devices.scanners.source import ScannerAbsent, Source
from firmware_profiles import Order, ScannerProfile, octets
from shared.kernel.errors import DeviceFault

log = structlog.get_logger()
GARBLED = (Reason.NOT_TEXT, Reason.CONTROL)
GARBLED_MAX = 3
GARBLED_SAYS = "What it sends is no text. Check that its speed is the one that is set here."
BUG_SAYS = "This unit could not read it and begins anew."


class ScannerState(StrEnum):
    """How a scanner is: not there; being opened; read; there and no use; taken out of service."""

    ABSENT = "absent"
    CONNECTING = "connecting"
    READY = "ready"
    ERROR = "error"
    DISABLED = "disabled"


class ScannerStatus(msgspec.Struct, frozen=True):
    """The status line of one scanner; `problem` is a sentence, empty when it is well. Counts are since the start."""

    scanner: str
    state: ScannerState
    address: str
    problem: str = ""
    scans: int = 0
    refused: int = 0


class ScannerPace(msgspec.Struct, frozen=True):
    """Milliseconds. Backoff doubles from first to longest, with full jitter: so soon a scanner is found that was
    plugged in. `answer_timeout_ms` is how long an order may take to be obeyed.
    """

    backoff_first_ms: int = 250
    backoff_longest_ms: int = 2_000
    answer_timeout_ms: int = 1_000


class ScannerSupervisor:
    """Owns one scanner. `heard` gets each frame, `changed` each new status; `chance` numbers in [0, 1) for jitter."""

    def __init__(
        self,
        name: str,
        *,
        profile: ScannerProfile,
        source: Source,
        heard: Callable[[Framed], None],
        changed: Callable[[ScannerStatus], None],
        chance: Callable[[], float],
        pace: ScannerPace | None = None,
    ) -> None:
        self.status = ScannerStatus(name, ScannerState.CONNECTING, source.address)
        self.profile, self.source = profile, source
        self._heard, self._changed, self._chance = heard, changed, chance
        self._pace = pace or ScannerPace()
        self._enabled = asyncio.Event()
        self._enabled.set()
        self._waiting: asyncio.Timeout | None = None
        self._failures = 0
        self._garbled = 0
        self._halves = Halves()
        self._answer: tuple[bytes, bytearray, asyncio.Event] | None = None

    def disable(self) -> None:
        """Take it out of service now; what it types goes to the page again."""
        self._enabled.clear()
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def enable(self) -> None:
        """Take it into service again."""
        self._enabled.set()

    async def run(self) -> None:
        """Until cancelled. A scanner that fails is tried again for ever; so is one that our own bug met."""
        try:
            while True:
                if not self._enabled.is_set():
                    self._show(ScannerState.DISABLED)
                    await self._enabled.wait()
                    self._show(ScannerState.CONNECTING)
                try:
                    await self._session()
                except DeviceFault as fault:
                    self._failed(fault)
                except Exception:
                    log.exception("scanner task failed", scanner=self.status.scanner)
                    self._show(ScannerState.ERROR, BUG_SAYS)
                await self.source.close()
                if self._enabled.is_set():
                    await self._back_off()
        finally:
            await self.source.close()

    async def pull_trigger(self, *, on: bool = True) -> None:
        """Make it look for a code, or stop looking; nothing where the profile knows no such orders."""
        if self.profile.trigger is not None:
            await self.source.send(octets(self.profile.trigger.start if on else self.profile.trigger.stop))

    async def give(self, order: Order) -> bool:
        """Send an order of the profile; whether it was obeyed, where the profile says what the scanner answers."""
        if order.answer is None:
            await self.source.send(octets(order.send))
            return True
        come = asyncio.Event()
        self._answer = (octets(order.answer), bytearray(), come)
        try:
            await self.source.send(octets(order.send))
            async with asyncio.timeout(self._pace.answer_timeout_ms / 1_000):
                await come.wait()
        except TimeoutError:
            return False
        finally:
            self._answer = None
        return True

    async def _session(self) -> None:
        """Connected until a fault, or until taken out of service."""
        await self.source.open()
        framer, self._halves, self._garbled = Framer(self.profile.framing), Halves(), 0
        self._show(ScannerState.READY)
        while self._enabled.is_set():
            data = self._without_answer(await self._next_bytes(framer.silent_at_ms))
            now_ms = math.ceil(asyncio.get_running_loop().time() * 1_000)
            for framed in framer.read(data, now_ms):
                self._take(framed)

    async def _next_bytes(self, silent_at_ms: int | None) -> bytes:
        """What comes until the line has been silent too long; nothing then."""
        until = None if silent_at_ms is None else silent_at_ms / 1_000
        try:
            async with asyncio.timeout_at(until) as self._waiting:
                data = await self.source.read()
        except TimeoutError:
            return b""
        finally:
            self._waiting = None
        self._failures = 0
        return data

    def _without_answer(self, data: bytes) -> bytes:
        """What is no answer to an order."""
        if self._answer is None:
            return data
        wanted, so_far, come = self._answer
        so_far += data
        before, found, after = bytes(so_far).partition(wanted)
        if not found:
            return b""
        come.set()
        self._answer = None
        return before + after

    def _take(self, framed: Framed) -> None:
        framed = self._halves.judge(framed)
        good = isinstance(framed, Scan)
        garbled = isinstance(framed, Refused) and framed.reason in GARBLED
        self._garbled = 0 if good else self._garbled + garbled
        counts = {"scans": self.status.scans + good, "refused": self.status.refused + (not good)}
        self.status = msgspec.structs.replace(self.status, **counts)
        if self._garbled >= GARBLED_MAX:
            self._show(ScannerState.ERROR, GARBLED_SAYS)
        elif good:
            self._show(ScannerState.READY)
        self._heard(framed)

    def _failed(self, fault: DeviceFault) -> None:
        state = ScannerState.ABSENT if isinstance(fault, ScannerAbsent) else ScannerState.ERROR
        if self.status.state is not state:
            log.info("scanner away", scanner=self.status.scanner, code=fault.code, sentence=str(fault))
        self._show(state, str(fault))

    async def _back_off(self) -> None:
        self._failures += 1
        ceiling_ms = min(self._pace.backoff_first_ms * 2 ** min(self._failures, 16), self._pace.backoff_longest_ms)
        await asyncio.sleep(ceiling_ms * self._chance() / 1_000)

    def _show(self, state: ScannerState, problem: str = "") -> None:
        status = msgspec.structs.replace(self.status, state=state, problem=problem)
        if status != self.status:
            self.status = status
            self._changed(status)


class Halves:
    """Which frames that silence ended are whole, on one connection.

    A scanner that has not sent its suffix yet may never send it: then silence is what ends its scans. From one that
    has, such a frame is the half of a scan, and scanning again helps. When the same comes a second time it is whole
    after all: somebody switched the suffix off.
    """

    def __init__(self) -> None:
        self._sends_suffix = False
        self._half = ""

    def judge(self, framed: Framed) -> Framed:
        """The frame, or its refusal."""
        if not isinstance(framed, Scan):
            return framed
        if not framed.by_silence:
            self._sends_suffix, self._half = True, ""
            return framed
        if self._sends_suffix and framed.text != self._half:
            self._half = framed.text
            return Refused(Reason.HALF, len(framed.text.encode()))
        self._sends_suffix = False
        return framed
