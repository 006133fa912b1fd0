"""One printer at work: its line, its supervisor, what it said lately. Without a line it says why, and others go on."""

import asyncio
from collections import deque
from collections.abc import Callable
from uuid import UUID

import msgspec
import structlog

from edge.devices.lines.address import Nowhere, RealLine, Tcp, Virtual, parse_line
from edge.devices.lines.opening import open_transport
from edge.devices.status import PrinterState
from edge.devices.steering import PROVED_ROLES, check_steered, proves
from edge.devices.supervisor import PrinterStatus, Supervisor
from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.runtime.spool import PrinterQueue
from edge.runtime.trouble_watch import NS_PER_MS, TroubleWatch
from edge.runtime.world import World
from firmware_profiles import PrinterProfile, ProfileInvalid, ProfileUnknown, load_printer
from shared.domain.devices.state import DeviceCard
from shared.kernel.clock import Moment
from shared.kernel.errors import TillhouseError

log = structlog.get_logger()
CHANGES_KEPT = 20
STUCK_MS = 3_000
"""So long a printer may be stuck before another one stands in for it."""
PRINTS = (PrinterState.READY, PrinterState.BUSY, PrinterState.PAPER_LOW)
UNDECIDED = PrinterState.CONNECTING


class StateChange(msgspec.Struct, frozen=True):
    """That a device was in a state from an instant on (ms UTC)."""

    at_ms: int
    state: PrinterState


class ModelUnknown(TillhouseError):
    """No profile that a printer could be steered by has this name."""

    code = "edge.printer_model"
    sentence = "The printer's model “{profile}” is not known: {problem}."


class VirtualPortTaken(TillhouseError):
    """The virtual printer cannot listen."""

    code = "edge.virtual_printer_port"
    sentence = "The virtual printer cannot listen on port {port} ({reason}). Choose another with --printer-port."


def profile_of(name: str) -> PrinterProfile:
    """The profile of a model; ModelUnknown when there is none to steer by."""
    try:
        return load_printer(name)
    except (ProfileUnknown, ProfileInvalid) as error:
        raise ModelUnknown(profile=name[:60], problem=str(error).rstrip(".")) from error


class Station:
    """One printer of this unit, from `start` to `stop`. `changed` is told all news, `cut_short` which slips were."""

    def __init__(
        self,
        card: DeviceCard,
        queue: PrinterQueue,
        world: World,
        *,
        changed: Callable[[], None],
        cut_short: Callable[[UUID], None],
        noted: str,
    ) -> None:
        self.card = card
        self.watch = TroubleWatch(noted)
        self.history: deque[StateChange] = deque(maxlen=CHANGES_KEPT)
        self.problem: TillhouseError | None = None
        self.in_service = True
        self.proves = False
        """Whether it proves what came out, over its line; known once it started."""
        self.profile: PrinterProfile | None = None
        self.virtual: VirtualPrinter | None = None
        self._queue = queue
        self._world = world
        self._changed = changed
        self._cut_short = cut_short
        self._was_cut: UUID | None = None
        self._stuck_since: Moment | None = None
        self._supervisor: Supervisor | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> PrinterStatus:
        """How it is; an error where its line or its model keeps it from beginning."""
        if self._supervisor is None:
            return PrinterStatus(self.card.name, PrinterState.ERROR if self.problem else PrinterState.CONNECTING)
        return self._supervisor.status

    @property
    def prints(self) -> bool:
        """Whether what is queued now comes out soon."""
        return self.status.state in PRINTS

    def is_stuck(self, now: Moment) -> bool:
        """Whether nothing has come out of it for so long that another one should stand in."""
        since = self._stuck_since
        lasts = since is not None and now.monotonic_ns - since.monotonic_ns >= STUCK_MS * NS_PER_MS
        return self.problem is not None or lasts

    def takes(self, role: str) -> bool:
        """Whether slips of this role may be queued for it; where it cannot begin, none comes out unproved."""
        return self.proves or role not in PROVED_ROLES or self.problem is not None

    def is_same_machine(self, card: DeviceCard) -> bool:
        """Whether it need not begin anew to be this device."""
        return (self.card.line, self.card.profile) == (card.line, card.profile) and self.problem is None

    async def start(self, *, virtual_port: int = 0) -> None:
        """Let it print; what keeps it from that stands in `problem` afterwards."""
        try:
            line = parse_line(self.card.line)
            self.profile = profile_of(self.card.profile)
            self.proves = proves(self.profile, line)
            check_steered(self.profile, virtual=isinstance(line, Virtual), line=line, roles=self.card.roles)
            if isinstance(line, Virtual):
                line = await self._virtual(self.profile, virtual_port)
        except TillhouseError as error:
            self.problem = error
            log.warning("printer cannot begin", printer=self.card.name, code=error.code, sentence=str(error))
            self._saw(self.status)
            return
        if not isinstance(line, Nowhere):
            self._begin(line, self.profile)

    async def stop(self) -> None:
        """Take it from its line; what it was printing counts as cut short."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.virtual is not None:
            await self.virtual.stop()
        await self._queue.release()

    def serve(self, *, on: bool) -> None:
        """Put it into service, or take it out after the slip it prints now."""
        self.in_service = on
        if self._supervisor is not None:
            (self._supervisor.enable if on else self._supervisor.disable)()

    def _begin(self, line: RealLine, profile: PrinterProfile) -> None:
        self._supervisor = Supervisor(
            self.card.name,
            profile=profile,
            transport=open_transport(line, profile),
            spool=self._queue,
            changed=self._saw,
            chance=self._world.jitter,
            pace=self._world.printer_pace,
        )
        self._task = asyncio.create_task(self._supervisor.run())

    async def _virtual(self, profile: PrinterProfile, port: int) -> Tcp:
        """The virtual printer, which listens from here on."""
        virtual = VirtualPrinter(profile, changed=self._changed)
        try:
            place = Tcp(HOST, await virtual.start(port))
        except OSError as error:
            raise VirtualPortTaken(port=port, reason=error.strerror or "refused") from error
        self.virtual = virtual
        return place

    def _saw(self, status: PrinterStatus) -> None:
        now = self._world.clock.now()
        if not self.history or self.history[-1].state is not status.state:
            self.history.append(StateChange(now.wall_ms, status.state))
        self.watch.saw(status.state, now)
        self._note_stuck(status.state, now)
        if status.interrupted_job_id not in (None, self._was_cut):
            assert status.interrupted_job_id is not None
            self._cut_short(status.interrupted_job_id)
        self._was_cut = status.interrupted_job_id
        self._changed()

    def _note_stuck(self, state: PrinterState, now: Moment) -> None:
        if state in PRINTS:
            self._stuck_since = None
        elif state is not UNDECIDED:
            self._stuck_since = self._stuck_since or now
