"""The printer beside a unit: its spool is the program's, its paper is what really came out, on no disk at all."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from edge.runtime.database import Reader
from edge.runtime.membership import UnitIdentity
from edge.runtime.slips import Slips
from edge.runtime.spool import PrinterQueue, SpoolTable
from shared.journal.entry import Owner
from shared.kernel.clock import Clock
from shared.pipeline.sqlite_writer import SqliteWriter

JOBS = "SELECT job_id, state FROM spool_job"
TRIES_MAX = 1_000


@dataclass(frozen=True)
class Paper:
    """A slip that came out: `marked` says REPRINT, `whole` that nothing of it is missing."""

    job_id: UUID
    marked: bool
    whole: bool


class Printer:
    """What the unit's program knows of it begins anew with each start; the paper stays."""

    def __init__(self) -> None:
        self.paper: list[Paper] = []
        self.slips: Slips
        self.spool: SpoolTable
        self.queue: PrinterQueue

    def plug_in(self, owner: Owner, unit: UnitIdentity) -> Slips:
        """What puts slips into the spool, inside the sale's transaction."""
        self.slips = Slips(owner, unit)
        return self.slips

    async def start(self, writer: SqliteWriter, reader: Reader, clock: Clock, *, stale: bool) -> None:
        """The program starts: what it had begun was cut short; a card that was put back asks people."""
        self.spool = SpoolTable(writer, reader, clock)
        await self.spool.after_start(stale=stale)
        self.queue = self.spool.queue()

    async def print_all(self) -> None:
        """With paper in and the cable where it belongs: everything comes out, and people answer what they are asked."""
        for _ in range(TRIES_MAX):
            for slip in await self.spool.held():
                await self.spool.answer_held(slip.job_id, "again")
            job = await self.queue.next_job()
            if job is None:
                return
            if await self.queue.begin(job.job_id):
                self.paper.append(Paper(job.job_id, marked=job.begun, whole=True))
                await self.queue.issued(job.job_id)
        raise AssertionError(f"the spool never empties: {job}")

    async def each_slip_is_issued_or_voided(self, reader: Reader, name: str) -> None:
        """In the spool, and on paper: issued is there whole, and never twice without the mark."""
        unmarked = Counter(one.job_id for one in self.paper if not one.marked)
        twice = [job_id for job_id, count in unmarked.items() if count > 1]
        assert not twice, f"{name} printed {twice} twice without REPRINT"
        whole = {one.job_id for one in self.paper if one.whole}
        for job_id, state in await reader.values(JOBS):
            assert state in ("issued", "voided"), f"{name}: a slip is {state}"
            assert state == "voided" or UUID(bytes=job_id) in whole, f"{name}: a slip counts as issued, and is nowhere"
