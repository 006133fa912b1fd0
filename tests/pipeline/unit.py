"""One unit with its SQLite file, for tests of the writer: opened durable, looked at from outside."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from edge.runtime.database import migrate
from shared.domain.raffle.commands import TakeLease
from shared.domain.slices import ALL
from shared.journal.chain import Tip, empty_tip, follow
from shared.journal.entry import Owner
from shared.pipeline.sqlite_journal import entries_behind
from shared.pipeline.sqlite_writer import Effect, SqliteWriter, Tools, open_durable
from tests.support.clock import HandClock
from tests.support.evening import Dice, lease_secret

UNIT = Owner(UUID(int=0xA), UUID(int=0xC), 1)


def make_database(path: Path) -> Path:
    """A migrated edge database at `path`."""
    migrate(path)
    return path


@contextmanager
def open_writer(
    path: Path, *, bytes_max: int | None = None, effects: dict[str, Effect] | None = None, owner: Owner = UNIT
) -> Iterator[SqliteWriter]:
    """A durable writer of the unit on the database at `path`, closed at the end."""
    tools = Tools(HandClock(), Dice(str(path)), lease_secret, effects or {})
    writer = SqliteWriter(open_durable(path, bytes_max=bytes_max), ALL, owner, tools)
    try:
        yield writer
    finally:
        writer.close()


def journal(path: Path, owner: Owner = UNIT) -> tuple[list[bytes], Tip]:
    """The journal on disk, verified; ChainBroken when it is not whole."""
    db = sqlite3.connect(path)
    try:
        entries = entries_behind(db, owner, 0, 1_000_000)
    finally:
        db.close()
    read = follow(owner, empty_tip(owner), entries)
    return entries, Tip(read[-1].envelope.seq, read[-1].hash) if read else empty_tip(owner)


def take(place: int, *, document: bytes = b"signed", command_id: UUID | None = None) -> TakeLease:
    """The `place`-th order to take a lease: the smallest command that a unit carries out alone."""
    return TakeLease(
        command_id=command_id or UUID(int=0x1000 + place),
        lease_id=UUID(int=0x2000 + place),
        event_id=UUID(int=0xE),
        granter_id=UUID(int=0xB),
        first=place * 100 + 1,
        last=place * 100 + 100,
        document=document,
    )


@asynccontextmanager
async def held(writer: SqliteWriter) -> AsyncIterator[None]:
    """While inside, the writer waits: what is ordered meanwhile comes to it as one group."""
    begun, released = threading.Event(), threading.Event()

    def wait(_db: sqlite3.Connection) -> None:
        begun.set()
        released.wait(30)

    waiting = asyncio.create_task(writer.write(wait))
    await asyncio.to_thread(begun.wait, 30)
    try:
        yield
        await asyncio.sleep(0)
    finally:
        released.set()
        await waiting


def rows(path: Path, text: str) -> list[tuple[Any, ...]]:
    """What a reader sees on disk."""
    db = sqlite3.connect(path)
    try:
        return db.execute(text).fetchall()
    finally:
        db.close()
