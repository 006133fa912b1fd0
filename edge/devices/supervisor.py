"""One task per printer: connects, watches, prints, and never keeps a sale waiting.

A job ends as issued only by the printer's own proof. In every other end after `begin` nobody can know what came
out, so the spool is told `interrupted`, and the job comes again with REPRINT on it (decision 0010).

A job leaves in parts that the printer's buffer holds, each when the one before is proved: so there is always room for
a question, and a slow printer is waited for as long as it goes on.

A line that other units use too (`manners`) is let go while nothing is to be printed (decision 0022).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from uuid import UUID

import msgspec
import structlog

from edge.devices.drawers.kicks import Kicks, Left
from edge.devices.encoder import encode_in_pieces
from edge.devices.lines.transport import Transport
from edge.devices.manners import Ended, Manners, Turn
from edge.devices.spool import Job, Spool
from edge.devices.status import Connection, DeviceFacts, PrinterState, Reading, state_of
from firmware_profiles import PrinterProfile
from shared.journal.clock import steady_s
from shared.kernel.errors import DeviceFault
from shared.paper.document import with_mark

log = structlog.get_logger()

PART_BYTES_MAX = 2_048
"""So much may be on its way unproved, where the printer's buffer holds more: some centimetres of paper."""
PADDING = bytes(4_096)
"""Means nothing to a printer, and ends an order whose rest was lost."""
STRAYS_MAX = 16


class PrinterStatus(msgspec.Struct, frozen=True):
    """What pages show: the state, the job in print, and the one that was interrupted since the last issued one."""

    printer: str
    state: PrinterState
    job_id: UUID | None = None
    interrupted_job_id: UUID | None = None
    drawer_pin_high: bool = False


class Pace(msgspec.Struct, frozen=True):
    """How often and how long, in milliseconds; backoff doubles from first to longest, with full jitter.

    A proof counts only where the printer was seen printing `unseen_ms_max` before, and what the bytes since then are on
    the wire: in less, nobody changes a roll, and a ticket may come out in two halves while this program sleeps.
    """

    poll_ms: int = 2_000
    unseen_ms_max: int = 2_000
    proof_step_ms: int = 250
    proof_timeout_ms: int = 10_000
    backoff_first_ms: int = 250
    backoff_longest_ms: int = 10_000


class Supervisor:
    """Owns one printer. `changed` gets each new status; `chance` gives numbers in [0, 1) for the jitter.

    `manners` are for a line that other units use too; without them it is held for ever. `steady_s` is a clock that
    only goes forward, and goes on while the machine sleeps where there is such a one.
    """

    def __init__(
        self,
        name: str,
        *,
        profile: PrinterProfile,
        transport: Transport,
        spool: Spool,
        changed: Callable[[PrinterStatus], None],
        chance: Callable[[], float],
        pace: Pace | None = None,
        manners: Manners | None = None,
        steady_s: Callable[[], float] = steady_s,
    ) -> None:
        self._facts = DeviceFacts()
        self.status = PrinterStatus(name, state_of(self._facts))
        self._profile = profile
        self._transport = transport
        self._transport.on_news(spool.wakeup.set)  # what it tells by itself is looked at now, not at the next poll
        self._spool = spool
        self._changed = changed
        self._chance = chance
        self._pace = pace or Pace()
        self._turn = Turn(manners) if manners else None
        self._enabled = asyncio.Event()
        self._enabled.set()
        self._kicks = Kicks()
        self._failures = 0
        self._leftovers = True  # of the program before this one
        self._unproved = True  # whether proofs of others may come on this connection, ahead of ours
        self._deaf = False
        self._steady_s = steady_s
        self._counts_until_s = 0.0

    def disable(self) -> None:
        """Take the printer out of service after the job it prints now."""
        self._enabled.clear()
        self._spool.wakeup.set()

    def enable(self) -> None:
        """Take it into service again."""
        self._enabled.set()

    def kick(self, pulse: bytes) -> Left:
        """Open a drawer that hangs on it, as soon as it takes anything; whoever waits too long cancels."""
        left = self._kicks.add(pulse)
        self._spool.wakeup.set()
        return left

    async def run(self) -> None:
        """Until cancelled. A device that fails is tried again for ever; so is one that our own bug met."""
        try:
            while True:
                await self._wait_until_enabled()
                ended = await self._tried(self._session)
                await self._transport.close()
                if self._enabled.is_set():
                    await self._tried(partial(self._stay_away, ended))
        finally:
            await self._transport.close()

    async def _tried(self, act: Callable[[], Awaitable[Ended]]) -> Ended:
        """How it ended; what went wrong is shown."""
        try:
            return await act()
        except DeviceFault as fault:
            return self._missed(fault)
        except Exception:
            log.exception("printer task failed", printer=self.status.printer)
            self._show(DeviceFacts(failed=True))
        return Ended.FAILED

    def _missed(self, fault: DeviceFault) -> Ended:
        """Away, or with another unit; one call that found the line taken is nothing to tell."""
        taken = self._turn is not None and self._turn.finds_it_taken(fault)
        if self._turn is not None and taken and self._turn.is_believed(self._steady_s()):
            if self._turn.knocks > 1:
                self._show(DeviceFacts(connection=Connection.TAKEN))
            return Ended.TAKEN
        if self.status.state is not PrinterState.ABSENT:
            log.info("printer away", printer=self.status.printer, code=fault.code)
        self._show(DeviceFacts(connection=Connection.AWAY))
        return Ended.TAKEN if taken else Ended.FAILED

    async def _stay_away(self, ended: Ended) -> Ended:
        """Between two connections: others have their turn, or the printer has time to come back."""
        turn = self._turn
        if turn is None or ended is Ended.FAILED:
            await self._back_off()
        elif ended is Ended.TURN_OVER:
            await asyncio.sleep(turn.manners.pause_ms / 1_000)
        elif ended is Ended.TAKEN:
            await asyncio.sleep(turn.knock_again_s(self._steady_s(), self._chance()))
            if turn.knocks > 1:
                await self._rest(turn)
        else:
            await self._rest(turn)
        return ended

    async def _rest(self, turn: Turn) -> None:
        """Until there is a slip for a printer that prints, as far as is known, or it is time to look at it."""
        stands = self._facts.reading is not None and not self._facts.reading.prints
        until_s = self._steady_s() + turn.next_visit_s(self._chance())
        while self._enabled.is_set() and self._steady_s() < until_s:
            self._spool.wakeup.clear()
            if not stands and (self._kicks or await self._spool.next_job() is not None):
                return
            await self._wait_for_news(until_s - self._steady_s())

    async def _wait_until_enabled(self) -> None:
        if not self._enabled.is_set():
            self._show(DeviceFacts(enabled=False))
            await self._enabled.wait()
            self._show(DeviceFacts())

    async def _session(self) -> Ended:
        """Connected until a fault, until taken out of service, or until it is somebody else's turn."""
        await self._connect()
        poll_ms = self._pace.poll_ms
        poll_s = (poll_ms if self._turn is None else min(poll_ms, self._turn.manners.linger_ms)) / 1_000
        while self._enabled.is_set():
            self._spool.wakeup.clear()
            reading = await self._look()
            self._failures = 0
            deaf = self._deaf and reading.prints
            self._show(DeviceFacts(connection=Connection.UP, reading=reading, failed=deaf))
            if deaf:
                if not await self._in_step():
                    break
                continue
            if reading.prints and self._kicks and not await self._kicked():
                break
            job = await self._spool.next_job() if reading.prints else None
            if job is None:
                if self._turn is not None and self._turn.is_idle(self._steady_s()):
                    return Ended.IDLE
                await self._wait_for_news(poll_s)
            elif not await self._print(job):
                break
            elif self._turn is not None:
                self._turn.work(self._steady_s())
                if self._turn.is_over(self._steady_s()):
                    return Ended.TURN_OVER
        return Ended.FAILED

    async def _connect(self) -> None:
        """Call the printer. What an interrupted job left in it must not come out beside its reprint.

        On a line that others use, our own leftovers are cleared once and never what others left: it may be a slip that
        is being printed still. The first answer says that the order was heard.
        """
        if self._turn is not None:
            self._turn.call()
        await self._transport.open()
        if self._leftovers and self._profile.clears_buffer:
            await self._transport.clear()
        if self._turn is not None:
            self._turn.begin(self._steady_s())
            self._unproved = True
            await self._look()
            self._leftovers = False

    async def _wait_for_news(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._spool.wakeup.wait()
        except TimeoutError:
            return

    async def _in_step(self) -> bool:
        """Before the first job, and after each that was cut short: what is left of an earlier one goes through, and so

        do proofs of it that come late, lest they count for this one. False when the printer answers nothing: then it is
        in error, another may stand in, and it is tried again until it proves.
        """
        if not (self._leftovers or self._unproved) or not self._profile.proves:
            return True
        self._deaf = not await self._proves(PADDING if self._deaf else b"")
        if self._deaf:
            reading = self._facts.reading
            self._show(msgspec.structs.replace(self._facts, failed=reading is None or reading.prints))
            return False
        for _ in range(STRAYS_MAX):
            if not await self._transport.proved(within_ms=self._pace.proof_step_ms):
                break
        self._leftovers = self._unproved = False
        return True

    async def _kicked(self) -> bool:
        """Give the pulses that wait, behind what may be left of an order that was cut short."""
        if not await self._in_step():
            return False
        await self._kicks.give(self._transport.send)
        if self._turn is not None:
            self._turn.work(self._steady_s())  # the line is kept until the pulse is through
        return True

    async def _print(self, job: Job) -> bool:
        """False when the job was cut short: the line is closed, lest a late proof be taken for the next job's."""
        if not await self._in_step():
            return False
        if not await self._spool.begin(job.job_id):
            return True
        parts = self._parts_of(job)
        if parts is None:
            await self._interrupted(job)
            return True
        self._leftovers = True  # until it is proved; also where our own bug ends this
        self._show(msgspec.structs.replace(self._facts, printing=True), job_id=job.job_id)
        try:
            whole = await self._bring_out(parts)
        except DeviceFault:
            await self._interrupted(job)
            raise
        if not whole:
            await self._interrupted(job)
            return False
        self._leftovers = False
        await self._spool.issued(job.job_id)
        self.status = msgspec.structs.replace(self.status, interrupted_job_id=None)
        return True

    async def _bring_out(self, parts: list[bytes]) -> bool:
        """Part by part, a look before each; then a proof of nothing more, for a byte of noise may look like one."""
        for part in (*parts, b""):
            reading = await self._look()
            if not _goes_on(reading):
                return False
            if reading.prints:  # one that waits would open the drawer late
                await self._kicks.give(self._transport.send)
            if not await self._proves(part):
                return False
        return True

    async def _look(self) -> Reading:
        """How the printer is now."""
        reading = await self._transport.status()
        if self._turn is not None:
            self._turn.hear(self._steady_s())
        if _goes_on(reading):
            self._counts_until_s = self._steady_s() + self._pace.unseen_ms_max / 1_000
        return reading

    async def _proves(self, data: bytes) -> bool:
        """Hand this over, and wait for the proof that the printer went through it and all before."""
        wire_ms = len(data) * self._transport.byte_ms
        self._counts_until_s += wire_ms / 1_000
        if data:
            await self._transport.send(data)
        await self._transport.ask_proof()
        return await self._proved(wire_ms)

    def _parts_of(self, job: Job) -> list[bytes] | None:
        """The job for this printer; None when our own bug keeps it from being set, so it must not block the others."""
        document = with_mark(job.document, "REPRINT") if job.begun else job.document
        try:
            pieces = encode_in_pieces(document, self._profile)
        except Exception:
            log.exception("document cannot be set", printer=self.status.printer, job_id=str(job.job_id))
            return None
        if self._transport.one_way:
            return [b"".join(pieces)]
        return parts_of(pieces, min(self._profile.buffer_bytes, PART_BYTES_MAX))

    async def _proved(self, wire_ms: float) -> bool:
        """Wait for the proof, with an eye on paper and cover; False as soon as the printer stopped before it."""
        steps = max(int(self._pace.proof_timeout_ms + wire_ms) // self._pace.proof_step_ms, 1)
        for _ in range(steps):
            if await self._transport.proved(within_ms=self._pace.proof_step_ms):
                return self._transport.one_way or self._steady_s() <= self._counts_until_s
            reading = await self._look()
            self._show(msgspec.structs.replace(self._facts, reading=reading), job_id=self.status.job_id)
            if not _goes_on(reading):
                return False
        return False

    async def _interrupted(self, job: Job) -> None:
        await self._spool.interrupted(job.job_id)
        self.status = msgspec.structs.replace(self.status, interrupted_job_id=job.job_id)
        log.warning("print interrupted", printer=self.status.printer, job_id=str(job.job_id))
        self._changed(self.status)

    async def _back_off(self) -> None:
        self._failures += 1
        ceiling_ms = min(self._pace.backoff_first_ms * 2 ** min(self._failures, 16), self._pace.backoff_longest_ms)
        await asyncio.sleep(ceiling_ms * self._chance() / 1_000)

    def _show(self, facts: DeviceFacts, *, job_id: UUID | None = None) -> None:
        self._facts = facts
        high = facts.reading is not None and facts.reading.drawer_pin_high
        status = msgspec.structs.replace(self.status, state=state_of(facts), job_id=job_id, drawer_pin_high=high)
        if status != self.status:
            self.status = status
            self._changed(status)


def _goes_on(reading: Reading) -> bool:
    """Whether it prints, or will without anybody mending it."""
    return reading.prints or reading.goes_on_alone


def parts_of(pieces: Iterable[bytes], room_bytes: int) -> list[bytes]:
    """As many pieces together as there is room for; one that is larger by itself goes alone."""
    parts: list[bytes] = []
    for piece in pieces:
        if parts and len(parts[-1]) + len(piece) <= room_bytes:
            parts[-1] += piece
        else:
            parts.append(piece)
    return parts
