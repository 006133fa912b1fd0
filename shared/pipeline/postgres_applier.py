"""Changes into Postgres, set-wise: COPY into a temporary table, then one insert-select a kind of row.

COPY straight into a table under row-level security is refused by Postgres for every role it binds, hence the detour;
few rows are inserted without it.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from psycopg import AsyncConnection

from shared.pipeline.changes import Change, Delete, Folded, Patch, Row, fold
from shared.pipeline.sqlite_applier import replace_clause
from shared.pipeline.tables import OWNER_COLUMNS, column_names, row_values

COPY_ROWS_MIN = 16
Connection = AsyncConnection[Any]

values_of = cache(lambda kind: row_values(kind, id_bytes=False))


def table_name(kind: type[Row]) -> str:
    """`raffle.raffle_sale`."""
    return f"{kind.TABLE.slice_name}.{kind.TABLE.full_name}"


async def insert_rows(
    connection: Connection, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]], *, clause: str = ""
) -> None:
    """Insert rows set-wise; `clause` says what a conflict does. Any constraint that says no fails the whole."""
    names = ", ".join(columns)
    if len(rows) < COPY_ROWS_MIN:
        places = ", ".join(["%s"] * len(columns))
        async with connection.cursor() as cursor:
            await cursor.executemany(f"insert into {table} ({names}) values ({places}){clause}", rows)
        return
    incoming = "incoming_" + table.replace(".", "_")
    await connection.execute(f"create temporary table if not exists {incoming} (like {table}) on commit delete rows")
    async with connection.cursor() as cursor:
        async with cursor.copy(f"copy {incoming} ({names}) from stdin") as copy:
            for row in rows:
                await copy.write_row(row)
        await cursor.execute(f"insert into {table} ({names}) select {names} from {incoming}{clause}")
        await cursor.execute(f"truncate {incoming}")


async def apply(connection: Connection, changes: Iterable[Change]) -> Folded:
    """Carry out a batch of changes; psycopg.IntegrityError where a constraint says no."""
    folded = fold(changes)
    for kind in sorted(folded.puts, key=_links_last):
        values = values_of(kind)
        rows = [values(row) for row in folded.puts[kind]]
        clause = replace_clause(kind) if kind.TABLE.changes else ""
        await insert_rows(connection, table_name(kind), column_names(kind), rows, clause=clause)
    for patch in folded.patches:
        sets = ", ".join(f"{name} = %(new_{name})s" for name in patch.fields)
        params = _address(patch) | {f"new_{name}": value for name, value in patch.fields.items()}
        await connection.execute(f"update {table_name(patch.kind)} set {sets} where {_where(patch.kind)}", params)
    for delete in folded.deletes:
        text = f"delete from {table_name(delete.kind)} where {_where(delete.kind)}"
        await connection.execute(text, _address(delete))
    return folded


def _links_last(kind: type[Row]) -> int:
    """Rows that refer to others are inserted after them."""
    return len(kind.TABLE.links)


def _where(kind: type[Row]) -> str:
    return " and ".join(f"{name} = %({name})s" for name in (*OWNER_COLUMNS, *kind.TABLE.key))


def _address(change: Patch | Delete) -> dict[str, Any]:
    owner = change.owner
    values = (owner.org_id, owner.node_id, owner.epoch, owner.branch, *change.key)
    return dict(zip((*OWNER_COLUMNS, *change.kind.TABLE.key), values, strict=True))
