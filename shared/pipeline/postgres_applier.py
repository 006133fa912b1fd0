"""Changes into Postgres, set-wise: COPY into a temporary table, then one insert-select a kind of row.

COPY straight into a table under row-level security is refused by Postgres for every role it binds, hence the detour;
few rows are inserted without it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakSet

from psycopg import AsyncConnection, OperationalError

from shared.pipeline.changes import Adopt, Change, Delete, Folded, Patch, Put, Row, fold
from shared.pipeline.sqlite_applier import replace_clause
from shared.pipeline.tables import OWNER_COLUMNS, column_names, row_values

COPY_ROWS_MIN = 16
WRITE_OUT_ROWS = 64
Connection = AsyncConnection[Any]
_ready: "WeakSet[Connection]" = WeakSet()
"""Sessions whose temporary tables were made when they were opened."""

values_of = cache(lambda kind: row_values(kind, id_bytes=False))


def table_name(kind: type[Row]) -> str:
    """`raffle.raffle_sale`."""
    return f"{kind.TABLE.slice_name}.{kind.TABLE.full_name}"


def _text(value: str) -> str:
    if value.isalnum():
        return value
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


_WRITERS: dict[type, Callable[[Any], str]] = {
    UUID: lambda value: value.hex,
    int: str,
    str: _text,
    bytes: lambda value: "\\\\x" + value.hex(),
    bool: lambda value: "t" if value else "f",
    type(None): lambda _: "\\N",
}


def copy_lines(rows: Iterable[tuple[Any, ...]]) -> bytes:
    """Rows in COPY's text format; twice as fast as handing over one row after another."""
    writers = _WRITERS
    return "".join(["\t".join([writers[type(value)](value) for value in row]) + "\n" for row in rows]).encode()


def _incoming(table: str) -> str:
    return "incoming_" + table.replace(".", "_")


def _make_incoming(table: str) -> str:
    return f"create temporary table if not exists {_incoming(table)} (like {table}) on commit delete rows"


async def make_ready(connection: Connection, tables: Iterable[str]) -> None:
    """Give a new session the temporary tables of these tables, outside any transaction, once."""
    for table in tables:
        await connection.execute(_make_incoming(table))
    _ready.add(connection)


async def insert_rows(
    connection: Connection, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]], *, clause: str = ""
) -> None:
    """Insert rows set-wise; `clause` says what a conflict does. Any constraint that says no fails the whole."""
    if len(rows) >= COPY_ROWS_MIN:
        await insert_lines(connection, table, columns, copy_lines(rows), clause=clause)
        return
    places = ", ".join(["%s"] * len(columns))
    await execute_each(connection, f"insert into {table} ({', '.join(columns)}) values ({places}){clause}", rows)


async def execute_each(connection: Connection, text: str, rows: Sequence[Any]) -> None:
    """One statement with each of these parameters; psycopg.OperationalError when the session ends meanwhile."""
    async with connection.cursor() as cursor:
        try:
            await cursor.executemany(text.encode(), rows)
        except AssertionError as error:  # psycopg's own, when the session ends just as its pipeline begins
            if not connection.closed:
                raise
            raise OperationalError("the session with the database ended") from error


async def insert_lines(
    connection: Connection, table: str, columns: tuple[str, ...], lines: bytes, *, clause: str = ""
) -> None:
    """The same for rows already in COPY's text format."""
    names = ", ".join(columns)
    incoming = _incoming(table)
    async with connection.cursor() as cursor:
        if connection not in _ready:
            await cursor.execute(_make_incoming(table))
        await cursor.execute(f"delete from {incoming}")
        async with cursor.copy(f"copy {incoming} ({names}) from stdin") as copy:
            await copy.write(lines)
        await cursor.execute(f"insert into {table} ({names}) select {names} from {incoming}{clause}")


class Batch:
    """Changes on their way to a set-wise apply: rows that never change are written out for COPY as they come.

    Adding is plain computing, so a caller may do it piece by piece while the database is busy with something else.
    """

    def __init__(self) -> None:
        self._rows: dict[type[Row], list[tuple[Any, ...]]] = {}
        self._lines: dict[type[Row], list[bytes]] = {}
        self._written: dict[type[Row], int] = {}
        self._changing: list[Change] = []
        self._adopts: list[Adopt] = []

    def add(self, changes: Iterable[Change]) -> None:
        """Take more changes, in the order of their facts."""
        for change in changes:
            if isinstance(change, Put) and not type(change.row).TABLE.changes:
                kind = type(change.row)
                self._rows.setdefault(kind, []).append(values_of(kind)(change.row))
            elif isinstance(change, Adopt):
                began = bool(self._rows or self._changing)
                assert not began, "a journal adopts rows before it does anything else"
                self._adopts.append(change)
            else:
                self._changing.append(change)
        for kind, rows in self._rows.items():
            if len(rows) - self._written.get(kind, 0) >= WRITE_OUT_ROWS:
                self._write_out(kind)

    def _write_out(self, kind: type[Row]) -> None:
        rows, written = self._rows[kind], self._written.get(kind, 0)
        self._lines.setdefault(kind, []).append(copy_lines(rows[written:]))
        self._written[kind] = len(rows)

    async def apply(self, connection: Connection) -> None:
        """Carry everything out; rows that refer to others come after them."""
        for adopt in self._adopts:
            await _adopt(connection, adopt)
        for kind in sorted(self._rows, key=_links_last):
            if len(self._rows[kind]) < COPY_ROWS_MIN:
                await insert_rows(connection, table_name(kind), column_names(kind), self._rows[kind])
                continue
            self._write_out(kind)
            await insert_lines(connection, table_name(kind), column_names(kind), b"".join(self._lines[kind]))
        await _apply_changing(connection, fold(self._changing))


async def apply(connection: Connection, changes: Iterable[Change]) -> None:
    """Carry out a batch of changes; psycopg.IntegrityError where a constraint says no."""
    batch = Batch()
    batch.add(changes)
    await batch.apply(connection)


async def _adopt(connection: Connection, change: Adopt) -> None:
    """Hand all rows of a journal to the node's next one, a statement a kind."""
    source = change.source
    params = (change.owner.epoch, source.org_id, source.node_id, source.epoch, source.branch)
    for kind in change.kinds:
        mine = " and ".join(f"{name} = %s" for name in OWNER_COLUMNS)
        await connection.execute(f"update {table_name(kind)} set epoch = %s where {mine}", params)


async def _apply_changing(connection: Connection, folded: Folded) -> None:
    for kind, rows in folded.puts.items():
        values = [values_of(kind)(row) for row in rows]
        clause = replace_clause(kind)
        await insert_rows(connection, table_name(kind), column_names(kind), values, clause=clause)
    for patch in folded.patches:
        sets = ", ".join(f"{name} = %(new_{name})s" for name in patch.fields)
        params = _address(patch) | {f"new_{name}": value for name, value in patch.fields.items()}
        await connection.execute(f"update {table_name(patch.kind)} set {sets} where {_where(patch.kind)}", params)
    for delete in folded.deletes:
        text = f"delete from {table_name(delete.kind)} where {_where(delete.kind)}"
        await connection.execute(text, _address(delete))


def _links_last(kind: type[Row]) -> int:
    """Rows that refer to others are inserted after them."""
    return len(kind.TABLE.links)


def _where(kind: type[Row]) -> str:
    return " and ".join(f"{name} = %({name})s" for name in (*OWNER_COLUMNS, *kind.TABLE.key))


def _address(change: Patch | Delete) -> dict[str, Any]:
    owner = change.owner
    values = (owner.org_id, owner.node_id, owner.epoch, owner.branch, *change.key)
    return dict(zip((*OWNER_COLUMNS, *change.kind.TABLE.key), values, strict=True))
