"""A printer on the desk: virtual printer, supervisor and a spool in memory, wired over real TCP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec

from edge.devices.lines.address import Tcp
from edge.devices.lines.opening import open_transport
from edge.devices.lines.transport import Patience, Transport
from edge.devices.spool import Job
from edge.devices.status import PrinterState
from edge.devices.supervisor import Pace, PrinterStatus, Supervisor
from edge.devices.virtual.printer import VirtualPrinter
from firmware_profiles import load_printer
from shared.paper.document import Document

QUICK = Pace(
    poll_ms=20, proof_step_ms=20, proof_timeout_ms=400, backoff_first_ms=20, backoff_longest_ms=60, unseen_ms_max=60_000
)
QUICK_PATIENCE = Patience(connect_timeout_ms=500, status_timeout_ms=150, send_timeout_ms=500)
WAIT_STEP_SECONDS = 0.005
WAIT_STEPS_MAX = 1_000


def tcp_line(port: int, profile_name: str = "virtual-58") -> Transport:
    """To a printer on this machine, with little patience."""
    return open_transport(Tcp("127.0.0.1", port), load_printer(profile_name), QUICK_PATIENCE)


class SpoolInMemory:
    """Keeps jobs by their state; `answer_no` is the seller who says that the ticket did not come out."""

    def __init__(self) -> None:
        self.wakeup = asyncio.Event()
        self.waiting: list[Job] = []
        self.begun: dict[UUID, Job] = {}
        self.asked: dict[UUID, Job] = {}
        self.done: list[UUID] = []
        self.at_begin: Callable[[], None] = lambda: None

    def add(self, number: int, document: Document) -> UUID:
        job = Job(UUID(int=number), document)
        self.waiting.append(job)
        self.wakeup.set()
        return job.job_id

    def answer_no(self, job_id: UUID) -> None:
        self.waiting.insert(0, msgspec.structs.replace(self.asked.pop(job_id), begun=True))
        self.wakeup.set()

    async def next_job(self) -> Job | None:
        return self.waiting[0] if self.waiting else None

    async def begin(self, job_id: UUID) -> bool:
        job = self.waiting.pop(0)
        assert job.job_id == job_id
        self.begun[job_id] = job
        self.at_begin()
        return True

    async def issued(self, job_id: UUID) -> None:
        del self.begun[job_id]
        self.done.append(job_id)

    async def interrupted(self, job_id: UUID) -> None:
        self.asked[job_id] = self.begun.pop(job_id)


class Bench:
    """What a test holds in its hands."""

    def __init__(self, printer: VirtualPrinter, supervisor: Supervisor, spool: SpoolInMemory) -> None:
        self.printer = printer
        self.supervisor = supervisor
        self.spool = spool
        self.seen: list[PrinterStatus] = []

    @property
    def state(self) -> PrinterState:
        return self.supervisor.status.state

    async def until(self, true: Callable[[], bool]) -> None:
        for _ in range(WAIT_STEPS_MAX):
            if true():
                return
            await asyncio.sleep(WAIT_STEP_SECONDS)
        raise AssertionError(f"it never happened; the printer is {self.state}")

    async def until_state(self, state: PrinterState) -> None:
        await self.until(lambda: self.state is state)


@asynccontextmanager
async def bench(profile_name: str = "virtual-58") -> AsyncIterator[Bench]:
    """Everything switched on, taken apart at the end."""
    profile = load_printer(profile_name)
    printer = VirtualPrinter(profile)
    await printer.start()
    spool, seen = SpoolInMemory(), list[PrinterStatus]()
    supervisor = Supervisor(
        "counter",
        profile=profile,
        transport=tcp_line(printer.port, profile_name),
        spool=spool,
        changed=seen.append,
        chance=lambda: 0.5,
        pace=QUICK,
    )
    desk = Bench(printer, supervisor, spool)
    desk.seen = seen
    task = asyncio.create_task(supervisor.run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await printer.stop()


def on_the_bench(scene: Callable[[Bench], Awaitable[None]], profile_name: str = "virtual-58") -> None:
    """Run one scene to its end."""

    async def play() -> None:
        async with bench(profile_name) as desk:
            await scene(desk)

    asyncio.run(play())
