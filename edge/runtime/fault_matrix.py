"""The fault matrix with this program's real spool: SQLite files in a folder of their own, as a kill leaves them."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

from edge.devices.matrix.cells import Blow, Cell
from edge.devices.matrix.paper import Ticket
from edge.devices.matrix.stage import Verdict, play_all
from edge.devices.spool import Spool
from edge.runtime.database import Reader, migrate, open_reader
from edge.runtime.spool import SpoolTable, queue_job, void_jobs
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.clock import SystemClock
from shared.journal.entry import Owner
from shared.kernel.clock import Clock
from shared.kernel.ids import uuid7
from shared.pipeline.queries import KeyAsk
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable

FILE, LOG = "edge.db", "edge.db-wal"
NOBODY = Owner(UUID(int=1), UUID(int=2), 1)


class SpoolProgram:
    """A program that runs, reduced to its spool: what a sale, its undoing and an answer do to it."""

    def __init__(self, writer: SqliteWriter, reader: Reader, clock: Clock) -> None:
        self.table = SpoolTable(writer, reader, clock)
        self.spool: Spool = self.table.queue()
        self._writer = writer
        self._clock = clock
        self._sold: list[UUID] = []

    async def sell(self, ticket: Ticket) -> None:
        """In the sale's own transaction, as ever."""
        now_ms = self._clock.now().wall_ms

        def sold(db: sqlite3.Connection) -> None:
            queue_job(db, job_id=ticket.job_id, entity_id=ticket.sale_id, document=ticket.document, now_ms=now_ms)

        await self._writer.write(sold, rows=False)
        self.table.wake()

    async def undo(self, ticket: Ticket) -> None:
        """In the transaction of the void."""
        now_ms = self._clock.now().wall_ms
        await self._writer.write(lambda db: void_jobs(db, entity_id=ticket.sale_id, now_ms=now_ms), rows=False)
        self.table.wake()

    async def states(self) -> dict[UUID, str]:
        """Of every job that was ever queued here."""
        rows = await self._writer.write(lambda db: db.execute("SELECT entity_id, state FROM spool_job").fetchall())
        return {UUID(bytes=sale_id): state for sale_id, state in rows}

    async def say_again(self) -> None:
        """The seller's answer to all that asks."""
        for slip in await self.table.held():
            await self.table.answer_held(slip.job_id, "again")


class FolderHouse:
    """A unit's disk: a folder for each program in turn. What one leaves behind is copied as it lies there."""

    def __init__(self, template: Path, folder: Path, clock: Clock) -> None:
        self._place = folder
        self._clock = clock
        self._count = 0
        self._stack = AsyncExitStack()
        self._writer: SqliteWriter | None = None
        folder.mkdir()
        shutil.copyfile(template, folder / FILE)

    async def start(self) -> SpoolProgram:
        """As a unit starts: one writer, one reader, and what was begun is known to be cut short."""
        db = await asyncio.to_thread(open_durable, self._place / FILE)
        writer = self._writer = SqliteWriter(db, ALL, NOBODY, Tools(self._clock, chance, _no_key))
        self._stack.push_async_callback(asyncio.to_thread, writer.close)
        reader = await self._stack.enter_async_context(open_reader(self._place / FILE, NOBODY))
        program = SpoolProgram(writer, reader, self._clock)
        await program.table.after_start()
        return program

    async def end(self, blow: Blow) -> None:  # noqa: ARG002  what was committed was synced: the same for both
        """The next program finds the files as they lie there now: nothing was checkpointed, nothing closed."""
        assert self._writer is not None
        self._count += 1
        before, self._place = self._place, self._place / f"{self._count}"
        self._place.mkdir()
        await self._writer.write(lambda _: _copy(before, self._place), rows=False)
        await self._stack.aclose()

    async def close(self) -> None:
        """Close the last program's files."""
        await self._stack.aclose()


def _copy(before: Path, after: Path) -> None:
    for name in (FILE, LOG):
        if (before / name).exists():
            shutil.copyfile(before / name, after / name)


def _no_key(_: KeyAsk) -> bytes:
    raise AssertionError("no ticket of the matrix is sealed")


def _ticket(clock: Clock) -> Ticket:
    return Ticket(uuid7(clock.now().wall_ms, chance()))


def run_matrix(cells: tuple[Cell, ...], told: Callable[[Verdict], None]) -> list[Verdict]:
    """Play these cells in a folder that is removed afterwards."""
    clock = SystemClock()

    def pair() -> tuple[Ticket, Ticket]:
        return _ticket(clock), _ticket(clock)

    with tempfile.TemporaryDirectory(prefix="tillhouse-fault-matrix-") as folder:
        template = Path(folder) / "template.db"
        migrate(template)
        houses = Path(folder) / "cells"
        houses.mkdir()

        def house_of(cell: Cell) -> FolderHouse:
            return FolderHouse(template, houses / cell.name.replace("/", "-"), clock)

        return asyncio.run(play_all(cells, house_of, pair, told))
