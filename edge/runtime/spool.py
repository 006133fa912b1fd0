"""The spool in the edge's database: jobs are queued in the sale's own transaction, and end as issued or voided.

waiting ── begin ──> begun ── proof ──> issued
   │                   ├── cut short ──> interrupted ── begin ──> begun …    (comes out marked REPRINT)
   │                   └── cut short too often, or nobody may reprint it unasked ──> held ── answer ──> interrupted
   └── sale undone, or a person's answer ──> voided
A job that was begun when its sale was undone is on its `last_try`: it is not printed again, whatever came out.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Literal
from uuid import UUID

import msgspec
import structlog

from edge.devices.spool import Job
from edge.runtime.database import Reader
from shared.kernel.clock import Clock
from shared.kernel.codec import decode, encode
from shared.kernel.errors import StorageFault
from shared.kernel.ids import derived_id
from shared.paper.document import Document
from shared.pipeline.sqlite_writer import SqliteWriter

log = structlog.get_logger()
TICKET = "ticket"
TRIES_MAX = 10
"""So often one document may be begun before a person is asked, lest it keep all others from paper."""

QUEUE = (
    "INSERT INTO spool_job (job_id, entity_id, role, document, state, tries, queued_ms) "
    "VALUES (?, ?, ?, ?, 'waiting', 0, ?)"
)
VOID = (
    "UPDATE spool_job SET state = CASE state WHEN 'begun' THEN 'last_try' ELSE 'voided' END, ended_ms = ? "
    "WHERE entity_id = ? AND state IN ('waiting', 'interrupted', 'held', 'begun')"
)
FREE = "state IN ('waiting', 'interrupted')"
NEXT = f"SELECT job_id, document, tries FROM spool_job WHERE {FREE} {{}} ORDER BY role <> 'ticket', rowid LIMIT 1"
"""Tickets come before the counterfoils of others: a buyer stands there."""
BEGIN = f"UPDATE spool_job SET state = 'begun', tries = tries + 1 WHERE job_id = ? AND {FREE}"
ISSUED = "UPDATE spool_job SET state = 'issued', ended_ms = ? WHERE job_id = ? AND state IN ('begun', 'last_try')"
CUT_SHORT = (
    "UPDATE spool_job SET state = CASE WHEN state = 'last_try' THEN 'voided' "
    f"WHEN tries % {TRIES_MAX} = 0 THEN 'held' ELSE 'interrupted' END WHERE state IN ('begun', 'last_try')"
)
HOLD_ALL = f"UPDATE spool_job SET state = 'held', tries = max(tries, 1) WHERE {FREE}"
HOLD = "UPDATE spool_job SET state = 'held' WHERE job_id = ? AND state = 'interrupted'"
AGAIN = "UPDATE spool_job SET state = 'interrupted' WHERE job_id = ? AND state = 'held'"
END_HELD = "UPDATE spool_job SET state = '{}', ended_ms = ? WHERE job_id = ? AND state = 'held'"
SLIP = "SELECT job_id, entity_id, role, tries, queued_ms FROM spool_job"
HELD = f"{SLIP} WHERE state = 'held' ORDER BY rowid"
TRIED = f"{SLIP} WHERE job_id = :job_id"
BESIDE = ("counterfoil", "receipt")
"""Slips that come with a ticket, or take it back: how the ticket is, they do not say."""
STATES = f"SELECT entity_id, state FROM spool_job WHERE role NOT IN {BESIDE} AND entity_id IN ({{}})"
KNOWN = "SELECT 1 FROM spool_job WHERE job_id = ?"
BEGUN_BEFORE = "SELECT 1 FROM spool_job WHERE job_id = ? AND tries > 0"
COUNT = "SELECT count(*) FROM spool_job WHERE state IN ('waiting', 'interrupted', 'begun') {}"

Answer = Literal["again", "out", "void"]


class SpooledSlip(msgspec.Struct, frozen=True):
    """A job as people are asked about it: what it is about, what kind of slip, how often it was begun."""

    job_id: UUID
    entity_id: UUID
    role: str
    tries: int
    queued_ms: int


def queue_job(
    db: sqlite3.Connection, *, job_id: UUID, entity_id: UUID, document: Document, now_ms: int, role: str = TICKET
) -> None:
    """Queue a document about `entity_id`, inside the transaction of the fact that asks for it."""
    db.execute(QUEUE, (job_id.bytes, entity_id.bytes, role, encode(document), now_ms))


def void_jobs(db: sqlite3.Connection, *, entity_id: UUID, now_ms: int) -> None:
    """Nothing about `entity_id` is begun from now on."""
    db.execute(VOID, (now_ms, entity_id.bytes))


def was_begun(db: sqlite3.Connection, job_id: UUID) -> bool:
    """Whether something of this job may be on paper."""
    return db.execute(BEGUN_BEFORE, (job_id.bytes,)).fetchone() is not None


async def _allowed(_: SpooledSlip) -> bool:
    return True


class SpoolTable:
    """The spool of one edge. Each of its printers works off a queue of its own; all see the same jobs.

    `before_reprint` is asked before a job is begun once more: False holds it until a person answers.
    """

    def __init__(self, writer: SqliteWriter, reader: Reader, clock: Clock) -> None:
        self.before_reprint: Callable[[SpooledSlip], Awaitable[bool]] = _allowed
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._queues: list[PrinterQueue] = []
        self._orphans = Unsettled(self)
        self._answered: set[UUID] = set()

    def queue(self, takes: Callable[[], Collection[str]] | None = None) -> "PrinterQueue":
        """The queue of one printer; `takes` gives the roles of slips that it prints now, without it all."""
        queue = PrinterQueue(self, takes)
        self._queues.append(queue)
        return queue

    def wake(self) -> None:
        """A job was queued, or another printer takes it from now on."""
        for queue in self._queues:
            queue.wakeup.set()

    def forget(self, queue: "PrinterQueue") -> None:
        """This queue's printer is no more; what it could not settle, the others do."""
        self._queues = [one for one in self._queues if one is not queue]
        self._orphans.take_over(queue.unsettled)
        self.wake()

    async def settle_orphans(self) -> None:
        """End what printers that are gone had begun."""
        await self._orphans.settle()

    async def after_start(self, *, stale: bool = False) -> None:
        """Jobs that were begun when the program ended: nobody knows what came out of them.

        In a `stale` copy of the database that is so for every open job, also for one that still waits in it: a person
        answers for each, and what is printed again says REPRINT.
        """
        cut = await self._changed(CUT_SHORT)
        if cut:
            log.warning("jobs were cut short by the last stop", jobs=cut)
        if stale:
            log.warning("jobs of an older copy wait for a person", jobs=await self._changed(HOLD_ALL))

    async def next_job(self, roles: Collection[str] | None = None) -> Job | None:
        """The oldest job of these roles that is not yet on paper; once begun before, it comes out marked REPRINT."""
        rows = await self._reader.values(*_of_roles(NEXT, roles))
        if not rows:
            return None
        job_id, document, tries = rows[0]
        return Job(UUID(bytes=job_id), decode(document, Document), begun=tries > 0)

    async def begin(self, job_id: UUID) -> bool:
        """Mark that bytes leave now; False when its sale was undone since, another printer has it, or it is held."""
        return await self.may_begin(job_id) and await self.mark_begun(job_id)

    async def may_begin(self, job_id: UUID) -> bool:
        """Whether it comes out unasked; one that does not is held from here on."""
        rows = await self._reader.values(TRIED, {"job_id": job_id})
        if rows and rows[0][3] and job_id not in self._answered and not await self.before_reprint(_slip(rows[0])):
            await self._changed(HOLD, job_id.bytes)
            return False
        return True

    async def mark_begun(self, job_id: UUID) -> bool:
        """Begun from here on; False when it is void, or another printer has it."""
        self._answered.discard(job_id)
        return await self._changed(BEGIN, job_id.bytes) == 1

    async def issued(self, job_id: UUID) -> None:
        """The printer proved it."""
        await self._changed(ISSUED, self._clock.now().wall_ms, job_id.bytes)

    async def interrupted(self, job_id: UUID) -> None:
        """Cut short; it is printed again, with REPRINT on it, as soon as a printer can."""
        await self._changed(f"{CUT_SHORT} AND job_id = ?", job_id.bytes)
        self.wake()

    async def held(self) -> tuple[SpooledSlip, ...]:
        """Jobs that wait for a person's answer, oldest first."""
        return tuple(_slip(row) for row in await self._reader.values(HELD))

    async def answer_held(self, job_id: UUID, answer: Answer) -> bool:
        """A person's word on a held job: again with REPRINT, it is out, or it is void. False: it is not held."""
        if answer == "again":
            self._answered.add(job_id)
            held = await self._changed(AGAIN, job_id.bytes)
        else:
            ended = END_HELD.format("issued" if answer == "out" else "voided")
            held = await self._changed(ended, self._clock.now().wall_ms, job_id.bytes)
        if not held:
            self._answered.discard(job_id)
        self.wake()
        return held == 1

    async def add(self, *, entity_id: UUID, role: str, document: Document) -> UUID:
        """Queue a document that belongs to no fact, such as a test print; the id of its job."""
        now_ms = self._clock.now().wall_ms
        job_id = derived_id(entity_id, f"{role}-{now_ms}")

        def queued(db: sqlite3.Connection) -> None:
            queue_job(db, job_id=job_id, entity_id=entity_id, document=document, now_ms=now_ms, role=role)

        await self._writer.write(queued, rows=False)
        self.wake()
        return job_id

    async def add_once(self, *, entity_id: UUID, role: str, document: Document) -> None:
        """The same for an order that may come twice, also at once: it is queued the first time."""
        now_ms, job_id = self._clock.now().wall_ms, derived_id(entity_id, role)

        def queued(db: sqlite3.Connection) -> None:
            if db.execute(KNOWN, (job_id.bytes,)).fetchone() is None:
                queue_job(db, job_id=job_id, entity_id=entity_id, document=document, now_ms=now_ms, role=role)

        await self._writer.write(queued, rows=False)
        self.wake()

    async def void(self, entity_id: UUID) -> None:
        """Nothing about this thing is begun from now on."""
        now_ms = self._clock.now().wall_ms
        await self._writer.write(lambda db: void_jobs(db, entity_id=entity_id, now_ms=now_ms), rows=False)

    async def states(self, entity_ids: Iterable[UUID]) -> dict[UUID, str]:
        """The state of the job of each of these things."""
        params = {f"p{place}": entity_id for place, entity_id in enumerate(entity_ids)}
        if not params:
            return {}
        rows = await self._reader.values(STATES.format(", ".join(f":{name}" for name in params)), params)
        return {UUID(bytes=entity): state for entity, state in rows}

    async def unprinted(self, roles: Collection[str] | None = None) -> int:
        """How many jobs (of these roles) are not on paper yet."""
        return int((await self._reader.values(*_of_roles(COUNT, roles)))[0][0])

    async def _changed(self, text: str, *params: int | bytes) -> int:
        return await self._writer.write(lambda db: db.execute(text, params).rowcount, rows=False)


class Unsettled:
    """Jobs that were begun and have no end in the database yet; `proved` of them came out."""

    def __init__(self, table: SpoolTable) -> None:
        self.begun: set[UUID] = set()
        self.proved: set[UUID] = set()
        self._table = table
        self._turn = asyncio.Lock()

    async def settle(self) -> None:
        """What is begun still was cut short unheard, or proved unwritten. What a full disk refuses stays here."""
        async with self._turn:  # two printers may find the same orphan
            for job_id in tuple(self.proved):
                await self.issued(job_id)
            for job_id in tuple(self.begun):
                await self.interrupted(job_id)

    async def issued(self, job_id: UUID) -> None:
        """It is on paper."""
        await self._table.issued(job_id)
        self.proved.discard(job_id)
        self.begun.discard(job_id)

    async def interrupted(self, job_id: UUID) -> None:
        """Nobody can know what came out."""
        await self._table.interrupted(job_id)
        self.begun.discard(job_id)

    def take_over(self, other: "Unsettled") -> None:
        """What `other` could not settle."""
        self.begun |= other.begun
        self.proved |= other.proved


class PrinterQueue:
    """One printer's part of the spool. It ends what it began, also where the database refused that once."""

    def __init__(self, table: SpoolTable, takes: Callable[[], Collection[str]] | None) -> None:
        self.wakeup = asyncio.Event()
        self.unsettled = Unsettled(table)
        self._table = table
        self._takes = takes

    async def next_job(self) -> Job | None:
        """The oldest job for this printer, which prints one at a time: what it began before is over."""
        await self.unsettled.settle()
        await self._table.settle_orphans()
        return await self._table.next_job(self._takes() if self._takes else None)

    async def begin(self, job_id: UUID) -> bool:
        """Bytes leave now, unless it was voided since, is held, or another printer was faster."""
        if not await self._table.may_begin(job_id):
            return False
        self.unsettled.begun.add(job_id)  # before the wait: an end in the middle of it may come after the commit
        try:
            begun = await self._table.mark_begun(job_id)
        except StorageFault:
            self.unsettled.begun.discard(job_id)  # it was not stored, so another printer may begin it
            raise
        if not begun:
            self.unsettled.begun.discard(job_id)
        return begun

    async def issued(self, job_id: UUID) -> None:
        """The printer proved it; what a full disk refuses now is written as soon as it takes it."""
        self.unsettled.proved.add(job_id)
        await self.unsettled.issued(job_id)

    async def interrupted(self, job_id: UUID) -> None:
        """Nobody can know what came out."""
        await self.unsettled.interrupted(job_id)

    async def release(self) -> None:
        """The printer is out of use: what it had begun goes to another."""
        try:
            await self.unsettled.settle()
        finally:
            self._table.forget(self)


def _of_roles(text: str, roles: Collection[str] | None) -> tuple[str, dict[str, str]]:
    if roles is None:
        return text.format(""), {}
    params = {f"r{place}": role for place, role in enumerate(sorted(roles))}
    return text.format(f"AND role IN ({', '.join(f':{name}' for name in params)})"), params


def _slip(row: tuple[bytes, bytes, str, int, int]) -> SpooledSlip:
    job_id, entity_id, role, tries, queued_ms = row
    return SpooledSlip(UUID(bytes=job_id), UUID(bytes=entity_id), role, tries, queued_ms)
