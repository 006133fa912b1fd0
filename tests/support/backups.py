"""Backups of a running test hub, and the hub that comes out of one: same keys, a database of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg

from hub.runtime.backup_dump import dump, read_shapes
from hub.runtime.backup_file import BackupFile
from hub.runtime.backup_load import load
from hub.runtime.hub import open_hub
from hub.runtime.migrate import migrate
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import BACKUP
from hub.sync.generation import open_generation
from tests.support.hub import RunningHub
from tests.support.postgres import RunningPostgres


def silent(_text: str) -> None:
    """Says nothing."""


def back_up(running: RunningHub, name: str = "hub.backup") -> BackupFile:
    """A backup of the hub as it is now."""
    path = running.folder / name
    now_ms = running.clock.wall_ms
    dump(running.address, path, running.keys, now_ms=now_ms, key_files={}, say=silent)
    return BackupFile(path)


def restored_database(postgres: RunningPostgres, backup: BackupFile) -> PostgresAddress:
    """A database of its own that holds what the backup holds, at today's schema."""
    address = postgres.fresh_database()
    load(address, backup, silent)
    migrate(address)
    return address


@asynccontextmanager
async def restored_hub(postgres: RunningPostgres, running: RunningHub, backup: BackupFile) -> AsyncIterator[RunningHub]:
    """The hub after the restore command, before any unit said hello."""
    address = restored_database(postgres, backup)
    async with open_hub(address, running.keys, running.clock) as hub:
        for organization in backup.manifest.organizations:
            await open_generation(hub, organization.org_id, "restored")
        yield RunningHub(hub, running.org_id, address, running.keys, running.clock, running.folder)
    postgres.drop_database(address)


def all_rows(address: PostgresAddress) -> dict[str, list[Any]]:
    """Every row of every table that a backup holds, in a fixed order."""
    with psycopg.connect(address.url(BACKUP)) as connection:
        return {
            shape.name: sorted(connection.execute(f"select * from {shape.name}".encode()).fetchall(), key=repr)
            for shape in read_shapes(connection)
        }


def flipped(path: Path, place: int, into: Path) -> Path:
    """A copy of the file with one bit of the byte at `place` turned."""
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    into.write_bytes(data)
    return into
