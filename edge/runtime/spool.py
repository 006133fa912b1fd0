"""The spool in the edge's database: jobs are queued in the sale's own transaction, and end as issued or voided.

waiting ── begin ──> begun ── proof ──> issued
   │                   └── cut short ──> interrupted ── begin ──> begun …    (comes out marked REPRINT)
   └── sale undone ──> voided
A job that was begun when its sale was undone is on its `last_try`: it is not printed again, whatever came out.
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from uuid import UUID

import structlog

from edge.devices.document import Document
from edge.devices.spool import Job
from edge.runtime.database import Reader
from shared.kernel.clock import Clock
from shared.kernel.codec import decode, encode
from shared.pipeline.sqlite_writer import SqliteWriter

log = structlog.get_logger()
TRIES_MAX = 10
"""So often one document may be begun; then it is held, lest it keep all others from paper."""

QUEUE = (
    "INSERT INTO spool_job (job_id, entity_id, role, document, state, tries, queued_ms) "
    "VALUES (?, ?, ?, ?, 'waiting', 0, ?)"
)
VOID = (
    "UPDATE spool_job SET state = CASE state WHEN 'begun' THEN 'last_try' ELSE 'voided' END, ended_ms = ? "
    "WHERE entity_id = ? AND state IN ('waiting', 'interrupted', 'held', 'begun')"
)
OPEN = "state IN ('waiting', 'interrupted', 'begun')"
"""One printer prints one job at a time: what is begun when the next is asked for was cut short unheard."""
NEXT = f"SELECT job_id, document, tries FROM spool_job WHERE {OPEN} ORDER BY rowid LIMIT 1"
BEGIN = f"UPDATE spool_job SET state = 'begun', tries = tries + 1 WHERE job_id = ? AND {OPEN}"
ISSUED = "UPDATE spool_job SET state = 'issued', ended_ms = ? WHERE job_id = ? AND state IN ('begun', 'last_try')"
CUT_SHORT = (
    "UPDATE spool_job SET state = CASE WHEN state = 'last_try' THEN 'voided' "
    f"WHEN tries >= {TRIES_MAX} THEN 'held' ELSE 'interrupted' END WHERE state IN ('begun', 'last_try')"
)
STATES = "SELECT entity_id, state FROM spool_job WHERE entity_id IN ({})"
COUNT = f"SELECT count(*) FROM spool_job WHERE {OPEN}"


def queue_job(db: sqlite3.Connection, *, job_id: UUID, entity_id: UUID, document: Document, now_ms: int) -> None:
    """Queue a document about `entity_id`, inside the transaction of the fact that asks for it."""
    db.execute(QUEUE, (job_id.bytes, entity_id.bytes, "receipt", encode(document), now_ms))


def void_jobs(db: sqlite3.Connection, *, entity_id: UUID, now_ms: int) -> None:
    """Nothing about `entity_id` is begun from now on."""
    db.execute(VOID, (now_ms, entity_id.bytes))


class SpoolTable:
    """The spool of the edge's one receipt printer."""

    def __init__(self, writer: SqliteWriter, reader: Reader, clock: Clock) -> None:
        self.wakeup = asyncio.Event()
        self._writer = writer
        self._reader = reader
        self._clock = clock

    async def after_start(self) -> None:
        """Jobs that were begun when the program ended: nobody knows what came out of them."""
        cut = await self._writer.write(lambda db: db.execute(CUT_SHORT).rowcount, rows=False)
        if cut:
            log.warning("jobs were cut short by the last stop", jobs=cut)

    async def next_job(self) -> Job | None:
        """The oldest job that is not yet on paper; once begun before, it comes out marked REPRINT."""
        rows = await self._reader.values(NEXT)
        if not rows:
            return None
        job_id, document, tries = rows[0]
        return Job(UUID(bytes=job_id), decode(document, Document), begun=tries > 0)

    async def begin(self, job_id: UUID) -> bool:
        """Mark that bytes leave now; False when its sale was undone since."""
        return await self._writer.write(lambda db: db.execute(BEGIN, (job_id.bytes,)).rowcount, rows=False) == 1

    async def issued(self, job_id: UUID) -> None:
        """The printer proved it."""
        now_ms = self._clock.now().wall_ms
        await self._writer.write(lambda db: db.execute(ISSUED, (now_ms, job_id.bytes)), rows=False)

    async def interrupted(self, job_id: UUID) -> None:
        """Cut short; it is printed again, with REPRINT on it, as soon as the printer can."""
        await self._writer.write(lambda db: db.execute(f"{CUT_SHORT} AND job_id = ?", (job_id.bytes,)), rows=False)

    async def states(self, entity_ids: Iterable[UUID]) -> dict[UUID, str]:
        """The state of the job of each of these things."""
        params = {f"p{place}": entity_id for place, entity_id in enumerate(entity_ids)}
        if not params:
            return {}
        rows = await self._reader.values(STATES.format(", ".join(f":{name}" for name in params)), params)
        return {UUID(bytes=entity): state for entity, state in rows}

    async def unprinted(self) -> int:
        """How many jobs are not on paper yet."""
        return int((await self._reader.values(COUNT))[0][0])
