"""Every row of the hub's database into a backup file, from one snapshot, while the hub serves.

The backup role reads; the tables come in an order in which rows that others refer to come first. Sessions are left out:
who was logged in, and logged out since, logs in anew after a restore.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import IsolationLevel
from psycopg.sql import SQL, Composed, Identifier

from hub.runtime.backup_file import (
    FRAME_BYTES,
    KEYS_SECTION,
    BackupWriter,
    JournalMark,
    Manifest,
    OrganizationMark,
    Section,
)
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import BACKUP
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.kernel.codec import encode

Connection = psycopg.Connection[tuple[Any, ...]]
Say = Callable[[str], None]
LEFT_OUT = frozenset({"staff_access.session", "migrations.alembic_version"})
TABLES = """
    select n.nspname || '.' || c.relname,
        array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
            and not a.attisdropped and a.attgenerated = '' order by a.attnum),
        array(select fn.nspname || '.' || f.relname from pg_constraint o join pg_class f on f.oid = o.confrelid
            join pg_namespace fn on fn.oid = f.relnamespace where o.conrelid = c.oid and o.contype = 'f')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
    order by 1
"""
HEADS = "select org_id, node_id, epoch, branch, seq, hash from journal.head order by 1, 2, 3, 4"
STATES = "select org_id, generation, epoch from sync.hub_state"
ORGANIZATIONS = "select org_id from directory.organization order by org_id"


class TableShape(msgspec.Struct, frozen=True):
    """A table as it is dumped and loaded."""

    name: str
    columns: tuple[str, ...]
    refers_to: frozenset[str]

    @property
    def identifier(self) -> Identifier:
        """Its quoted name."""
        return Identifier(*self.name.split("."))

    def copy(self, direction: str) -> Composed:
        """The COPY statement, `to stdout` or `from stdin`."""
        columns = SQL(", ").join(map(Identifier, self.columns))
        way = {"to stdout": SQL("to stdout"), "from stdin": SQL("from stdin")}[direction]
        return SQL("copy {} ({}) {}").format(self.identifier, columns, way)


def read_shapes(connection: Connection) -> list[TableShape]:
    """All tables whose rows a backup holds, those that others refer to first."""
    rows = connection.execute(TABLES.encode()).fetchall()
    left = {
        name: TableShape(name, tuple(columns), frozenset(refers) - {name})
        for name, columns, refers in rows
        if name not in LEFT_OUT
    }
    ordered: list[TableShape] = []
    while left:
        free = [shape for shape in left.values() if not shape.refers_to & left.keys()]
        assert free, "tables that refer to each other in a ring"
        ordered += free
        for shape in free:
            del left[shape.name]
    return ordered


def dump(
    address: PostgresAddress, path: Path, keys: Keys, *, now_ms: int, key_files: dict[str, bytes], say: Say
) -> tuple[Manifest, bytes]:
    """Write the backup; its manifest and digest. BackupThere when the file exists; nothing is left of a failure."""
    writer = BackupWriter(path)
    try:
        with psycopg.connect(address.url(BACKUP)) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            for setting in ("client_encoding to 'utf8'", "bytea_output to 'hex'", "datestyle to 'ISO'"):
                connection.execute(f"set {setting}".encode())
            connection.commit()
            manifest = _write(connection, writer, keys, now_ms=now_ms, key_files=key_files, say=say)
        return manifest, writer.finish(manifest, keys.node_key())
    except BaseException:
        writer.give_up()
        raise


def _write(
    connection: Connection, writer: BackupWriter, keys: Keys, *, now_ms: int, key_files: dict[str, bytes], say: Say
) -> Manifest:
    organizations = _organizations(connection)
    tables: dict[str, int] = {}
    for shape in read_shapes(connection):
        tables[shape.name] = _write_table(connection, writer, shape)
        say(f"Backing up: {shape.name}, {tables[shape.name]} rows")
    if key_files:
        writer.begin(Section(KEYS_SECTION, ()))
        writer.add(encode(key_files))
        writer.end()
    return Manifest(
        revision=str(_one(connection, "select version_num from migrations.alembic_version")),
        made_ms=now_ms,
        hub_node=keys.node_id,
        hub_key=keys.node_key().sign_public,
        organizations=organizations,
        tables=tables,
        with_keys=bool(key_files),
    )


def _write_table(connection: Connection, writer: BackupWriter, shape: TableShape) -> int:
    """The table's rows in frames; how many. In COPY's text format every row ends in the only line feed it has."""
    writer.begin(Section(shape.name, shape.columns))
    rows, frame = 0, bytearray()
    with connection.cursor() as cursor, cursor.copy(shape.copy("to stdout")) as copy:
        for data in copy:
            rows += bytes(data).count(b"\n")
            frame += data
            if len(frame) >= FRAME_BYTES:
                writer.add(bytes(frame))
                frame.clear()
    if frame:
        writer.add(bytes(frame))
    writer.end()
    return rows


def _organizations(connection: Connection) -> tuple[OrganizationMark, ...]:
    known = _one(connection, "select to_regclass('sync.hub_state')") is not None
    states = {row[0]: row[1:] for row in connection.execute(STATES)} if known else {}
    marks: dict[Any, list[JournalMark]] = {row[0]: [] for row in connection.execute(ORGANIZATIONS)}
    for org_id, node_id, epoch, branch, seq, digest in connection.execute(HEADS):
        mark = JournalMark(Owner(org_id, node_id, epoch, branch), seq, bytes(digest))
        marks.setdefault(org_id, []).append(mark)
    found = []
    for org_id, journals in marks.items():
        generation, epoch = states.get(org_id, (1, 1))
        found.append(OrganizationMark(org_id, generation, epoch, tuple(journals)))
    return tuple(found)


def _one(connection: Connection, query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
