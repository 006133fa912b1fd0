"""A database on a simulated disk that the edge's writer and readers take for one of the standard library's."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import apsw

from edge.runtime.database import Reader
from shared.journal.entry import Owner
from shared.pipeline.sqlite_writer import SqliteWriter
from tests.simulation.disk import SYSTEM, Disk

FILE = "edge.db"
Params = Sequence[Any] | Mapping[str, Any]


class Rows:
    """The rows of one statement, all taken at once; how many rows it changed."""

    def __init__(self, rows: list[tuple[Any, ...]], changed: int) -> None:
        self._rows = iter(rows)
        self.rowcount = changed

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All that is left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows


class Database:
    """One connection to the database of one machine."""

    def __init__(self, machine: str, disk: Disk) -> None:
        SYSTEM.disks[machine] = self._disk = disk
        self._db = apsw.Connection(f"/{machine}/{FILE}", vfs=SYSTEM.NAME, statementcachesize=512)
        self.execute("PRAGMA locking_mode = EXCLUSIVE")
        assert self.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)

    def execute(self, text: str, params: Params = ()) -> Rows:
        """Run one statement; what goes wrong is told in the standard library's words."""
        try:
            cursor = self._db.execute(text, params)
            rows = [tuple(row) for row in cursor]
        except apsw.ConstraintError as error:
            raise sqlite3.IntegrityError(str(error)) from error
        except apsw.SQLError as error:
            raise sqlite3.OperationalError(str(error)) from error
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise sqlite3.DatabaseError(str(error)) from error
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error
        return Rows(rows, self._db.changes())

    @property
    def total_changes(self) -> int:
        """Rows changed since it was opened."""
        return self._db.total_changes()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._db.in_transaction

    def close(self) -> None:
        """Close it as an orderly program does, unless the machine is off by now, or its disk full."""
        with contextlib.suppress(apsw.Error):
            self._db.close()
            return
        self._disk.off = self._disk.buried = True
        self._db.close(True)


class WriterReader(Reader):
    """Reads between the writer's groups: one connection is all that a simulated machine has."""

    def __init__(self, writer: SqliteWriter, owner: Owner) -> None:
        super().__init__(cast(Any, None), owner)
        self._writer = writer

    async def _rows(self, text: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        return await self._writer.write(lambda db: db.execute(text, params).fetchall(), rows=False)
