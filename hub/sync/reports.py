"""Units' reports: how each is, kept as the latest one; the totals that it may show, in return.

Every unit reports every few seconds, whatever else goes on, so reports cost as little as they can: those that come
while others are written wait and are written together, in one transaction and a handful of statements however many
they are, whose commit waits for no disk. What a crash loses of them, the next ones say again. Nothing of a report but
clock readings within bounds reaches a column by itself, so none can spoil the transaction for the others.

A unit has one report waiting, whose place a newer one takes, and a batch has its limit: whatever one unit sends, it
costs the others no more than one report.
"""

import asyncio
from itertools import islice
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from hub.sync.beside import BATCHES_AT_ONCE
from hub.sync.clock_marks import Reading, keep_marks
from hub.sync.epochs import standing_of
from hub.sync.feed import feed_end
from hub.sync.sessions import UnknownNode, find_nodes_in
from hub.sync.totals import Totals, TotalsBoard
from hub.sync.watermarks import signed_watermarks
from shared.journal.entry import Owner
from shared.kernel.codec import encode
from shared.pipeline.postgres_applier import Connection, execute_each
from shared.sync.protocol import EventTotalHeard, ReportAnswer, Session, UnitReport

KEEP = (
    "insert into sync.unit_report (org_id, node_id, heard_ms, report) values (%s, %s, %s, %s) "
    "on conflict (org_id, node_id) do update set heard_ms = excluded.heard_ms, report = excluded.report"
)
NO_DISK = "select set_config('synchronous_commit', 'off', true)"
BATCH_MAX = 256
"""Reports that are written together; more go in several batches, between which all else has its turn."""


class _Report(msgspec.Struct, eq=False):
    """A report that waits to be kept, for so many who asked; `answer` is there once it is."""

    session: Session
    said: UnitReport
    heard_ms: int
    askers: int = 0
    answer: ReportAnswer | Exception | None = None


class _Queue(msgspec.Struct, eq=False):
    """The reports of one organisation that wait, one of each journal, and the turn to write them.

    `again` are those whose writer was cancelled.
    """

    waiting: dict[Owner, _Report] = {}
    again: list[_Report] = []
    turn: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)

    def join(self, session: Session, said: UnitReport, heard_ms: int) -> _Report:
        """The one that waits, with what was said last, or a new one."""
        mine = self.waiting.setdefault(session.owner, _Report(session, said, heard_ms))
        mine.said, mine.heard_ms = said, heard_ms
        mine.askers += 1
        return mine

    def leave(self, mine: _Report) -> None:
        """Somebody has his answer, or is gone; what nobody waits for is not written."""
        mine.askers -= 1
        if not mine.askers and self.waiting.get(mine.session.owner) is mine:
            del self.waiting[mine.session.owner]

    def next_batch(self) -> list[_Report]:
        """Those who have waited longest."""
        again, self.again = [one for one in self.again if one.askers], []
        first = list(islice(self.waiting, BATCH_MAX - len(again)))
        return again + [self.waiting.pop(owner) for owner in first]


class ReportDesk:
    """One process's reports."""

    def __init__(self, hub: Hub, board: TotalsBoard) -> None:
        self._hub = hub
        self._board = board
        self._queues: dict[UUID, _Queue] = {}
        self._writing = asyncio.Semaphore(BATCHES_AT_ONCE)

    async def take(self, session: Session, said: UnitReport) -> ReportAnswer:
        """Keep a unit's report and tell it the totals it may show; UnknownNode."""
        queue = self._queues.setdefault(session.org, _Queue())
        mine = queue.join(session, said, self._hub.clock.now().wall_ms)
        try:
            async with queue.turn:
                while mine.answer is None:
                    await self._write(session.org, queue)
        finally:
            queue.leave(mine)
        if isinstance(mine.answer, Exception):
            raise _anew(mine.answer)
        return mine.answer

    async def _write(self, org_id: UUID, queue: _Queue) -> None:
        """Write those that have waited longest, for all who sent them."""
        batch = queue.next_batch()
        try:
            async with self._writing:
                await self._answer(org_id, batch)
        except Exception as error:
            for one in batch:
                one.answer = one.answer or error
        finally:
            queue.again = [one for one in batch if one.answer is None]  # this one was cancelled, not the others

    async def _answer(self, org_id: UUID, batch: list[_Report]) -> None:
        async with self._hub.bus.tenant(org_id) as connection:
            entries = await find_nodes_in(connection, {one.session.node for one in batch})
            known = [one for one in batch if (one.session.node, one.session.epoch) in entries]
            await _keep(connection, known)
            generation, position = await feed_end(connection)
            watermarks = await signed_watermarks(self._hub, connection, {one.session.owner for one in known})
        totals = await self._board.totals(org_id)
        for one in batch:
            entry = entries.get((one.session.node, one.session.epoch))
            if entry is None:
                one.answer = UnknownNode()
                continue
            watermark = watermarks.get(one.session.owner, b"")
            standing = standing_of(self._hub, one.session.owner, entry, generation)
            one.answer = _answer_of(one, totals, position=position, standing=standing, watermark=watermark)


def _anew(error: Exception) -> Exception:
    """The same error for one of many who asked; an exception that several tasks raise tells of all of them at once."""
    fresh = type(error).__new__(type(error), *error.args)
    fresh.__dict__.update(vars(error))
    fresh.__cause__ = error
    return fresh


async def _keep(connection: Connection, known: list[_Report]) -> None:
    """The last word of each unit; in one order for all processes, which then never wait for each other in a ring."""
    last = {one.session.node: one for one in known}
    if not last:
        return
    ordered = [last[node] for node in sorted(last)]
    await connection.execute(NO_DISK)
    rows = [(one.session.org, one.session.node, one.heard_ms, encode(one.said)) for one in ordered]
    await execute_each(connection, KEEP, rows)
    await keep_marks(connection, [_reading(one) for one in ordered])


def _reading(one: _Report) -> Reading:
    said = one.said
    return Reading(one.session.owner, said.boot_id, said.monotonic_ns, said.wall_ms, one.heard_ms)


def _answer_of(one: _Report, totals: Totals, *, position: int, standing: bytes, watermark: bytes) -> ReportAnswer:
    own_seq = totals.seqs.get((one.session.node, one.session.epoch), 0)
    heard = [EventTotalHeard(event.event_id, event.sale_count, event.amount_minor, own_seq) for event in totals.events]
    return ReportAnswer(
        hub_time_ms=one.heard_ms, position=position, totals=heard, standing=standing, watermark=watermark
    )
