"""The edge's SQLite file: brought up to date, opened for its one writer, opened for its readers."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite
import msgspec

from shared.journal.entry import Owner
from shared.kernel.errors import StorageFault
from shared.pipeline.queries import Query, sqlite_params

if TYPE_CHECKING:
    from alembic.config import Config

R = TypeVar("R")
MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0005"
"""The revision of this program; a database that stands there is opened without loading the migrations."""


class DatabaseUnusable(StorageFault):
    """The file cannot be opened for writing, or is no database."""

    code = "storage.unusable"
    sentence = (
        "{path} cannot be opened ({reason}). Free the disk when it is full; otherwise copy this folder as it is and "
        "follow docs/runbooks/a-damaged-database.md."
    )


class DatabaseDamaged(StorageFault):
    """A page of the file is not what was written."""

    code = "storage.damaged"
    sentence = (
        "{path} is damaged ({reason}). Sell on another unit, copy this folder as it is, and follow "
        "docs/runbooks/a-damaged-database.md."
    )


@contextmanager
def telling_damage(path: Path) -> Iterator[None]:
    """SQLite's word for a torn page, as a sentence that leads on; a locked or full database is something else."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise
        raise DatabaseDamaged(path=path.name, reason=str(error)) from error


def alembic_config() -> "Config":
    """Alembic's settings, without a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def migrate(path: Path) -> None:
    """Bring the database at `path` to this program's tables; StorageFault when it cannot be written."""
    if revision_of(path) == NEWEST:
        return
    from alembic import command
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DatabaseError
    from sqlalchemy.pool import NullPool

    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    config = alembic_config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (DatabaseError, sqlite3.Error) as error:
        raise DatabaseUnusable(path=path.name, reason=str(getattr(error, "orig", error))) from error
    finally:
        engine.dispose()


def revision_of(path: Path) -> str | None:
    """At which migration the database stands; None before the first."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        try:
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.Error:
            return None
    return str(row[0]) if row else None


class Reader:
    """Reads for pages: one connection that never writes and never checkpoints.

    Each read is one hop that takes all its rows, so no statement stays open over an await: an open one would hold
    the connection's snapshot, and another task would not see what it has just written.
    """

    def __init__(self, db: aiosqlite.Connection, owner: Owner) -> None:
        self._db = db
        self._mine = sqlite_params(msgspec.structs.asdict(owner))

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """The first row of a query, or None."""
        rows = await self._rows(query.sqlite_text, self._mine | query.fixed | sqlite_params(params))
        return query.read_sqlite(rows[0]) if rows else None

    async def many(self, query: Query[R], **params: Any) -> list[R]:
        """All rows of a query."""
        rows = await self._rows(query.sqlite_text, self._mine | query.fixed | sqlite_params(params))
        return [query.read_sqlite(row) for row in rows]

    async def values(self, text: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of one of the edge's own tables, as tuples; ids as sixteen bytes."""
        return await self._rows(text, sqlite_params(params or {}))

    async def _rows(self, text: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._db.execute_fetchall(text, params)]


@asynccontextmanager
async def open_reader(path: Path, owner: Owner) -> AsyncIterator[Reader]:
    """A reader of the database at `path`, closed at the end."""
    db = await aiosqlite.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    try:
        await db.execute("PRAGMA wal_autocheckpoint = 0")
        yield Reader(db, owner)
    finally:
        await db.close()
