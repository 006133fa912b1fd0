"""One printer at work: its line, its supervisor, what it said lately. Without a line it says why, and others go on."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import structlog

from edge.devices.drawers.kicks import Left
from edge.devices.lines.address import Nowhere, RealLine, Tcp, Virtual, line_text, parse_line
from edge.devices.lines.opening import open_transport
from edge.devices.status import PrinterState
from edge.devices.steering import PROVED_ROLES, check_steered, proves
from edge.devices.supervisor import PrinterStatus, Supervisor
from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.runtime.spool import PrinterQueue
from edge.runtime.trouble_watch import NS_PER_MS, UNDECIDED, TroubleWatch
from edge.runtime.world import World
from firmware_profiles import PrinterProfile, ProfileInvalid, ProfileUnknown, load_printer
from shared.domain.devices.state import DeviceCard
from shared.kernel.clock import Moment
from shared.kernel.errors import TillhouseError

log = structlog.get_logger()
STUCK_MS = 3_000
"""So long a printer may be stuck before another one stands in for it."""
PRINTS = (PrinterState.READY, PrinterState.BUSY, PrinterState.PAPER_LOW)


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
        self.problem: TillhouseError | None = None
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
    def in_service(self) -> bool:
        """Whether nobody took it out of service."""
        return self.card.out_since_ms is None

    @property
    def prints(self) -> bool:
        """Whether what is queued now comes out soon."""
        return self.status.state in PRINTS

    def is_stuck(self, now: Moment) -> bool:
        """Whether nothing has come out of it for so long that another one should stand in."""
        since = self._stuck_since
        lasts = since is not None and now.monotonic_ns - since.monotonic_ns >= STUCK_MS * NS_PER_MS
        return self.problem is not None or lasts

    @property
    def gives_paper(self) -> bool:
        """Whether what it prints can be held in a hand; what a virtual printer prints is seen on a page."""
        return self.card.line != line_text(Virtual())

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

    def follow(self, card: DeviceCard) -> None:
        """The same machine with another name or other roles; in service, or out of it after the slip it prints now."""
        self.card = card
        if self._supervisor is not None:
            (self._supervisor.enable if self.in_service else self._supervisor.disable)()

    def kick(self, pulse: bytes) -> Left | None:
        """Open a drawer that hangs on it; None where it is not at work."""
        return self._supervisor.kick(pulse) if self._supervisor is not None else None

    def _begin(self, line: RealLine, profile: PrinterProfile) -> None:
        self._supervisor = Supervisor(
            self.card.name,
            profile=profile,
            transport=open_transport(line, profile, self._world.printer_patience),
            spool=self._queue,
            changed=self._saw,
            chance=self._world.jitter,
            pace=self._world.printer_pace,
            manners=self._world.printer_manners if isinstance(line, Tcp) and self.virtual is None else None,
        )
        self.follow(self.card)
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
        elif state not in UNDECIDED:
            self._stuck_since = self._stuck_since or now
