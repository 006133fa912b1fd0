"""A unit of the fault matrix whose disk is simulated, so that a power cut may lose and tear what was not synced."""

import sqlite3
from random import Random
from typing import cast
from uuid import uuid4

from edge.devices.matrix.cells import Blow
from edge.runtime.fault_matrix import NOBODY, SpoolProgram
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, make_durable
from tests.simulation.database import FILE, Database, WriterReader
from tests.simulation.disk import SYSTEM, Disk
from tests.support.clock import HandClock
from tests.support.evening import lease_secret, migrated_bytes


class DiskHouse:
    """A unit whose disk is simulated: what was not synced when the power fails is lost, kept or torn."""

    def __init__(self, seed: int = 0) -> None:
        self._name = f"matrix-{uuid4().hex}"
        self._rng = Random(seed)
        self.disk = Disk()
        self.disk.put(FILE, migrated_bytes())
        self._open: tuple[SqliteWriter, Database] | None = None

    @property
    def writer(self) -> SqliteWriter:
        """The one that writes there now."""
        assert self._open is not None
        return self._open[0]

    async def start(self) -> SpoolProgram:
        """A program with what the disk holds."""
        database, clock = Database(self._name, self.disk), HandClock()
        db = cast(sqlite3.Connection, database)
        make_durable(db)
        writer = SqliteWriter(db, ALL, NOBODY, Tools(clock, chance, lease_secret))
        self._open = writer, database
        program = SpoolProgram(writer, WriterReader(writer, NOBODY), clock)
        await program.table.after_start()
        return program

    async def end(self, blow: Blow) -> None:
        """Killed, or the power is cut."""
        self.disk.off = True
        self._shut()
        self.disk = self.disk.power_cut(self._rng) if blow is Blow.POWER else self.disk.killed()

    async def close(self) -> None:
        """All is over."""
        self._shut()
        SYSTEM.disks.pop(self._name)

    def _shut(self) -> None:
        assert self._open is not None
        for part in self._open:
            part.close()
