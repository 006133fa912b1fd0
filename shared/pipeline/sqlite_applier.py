"""Changes into SQLite, inside the writer's hop: prepared statements compiled to text once."""

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from shared.pipeline.changes import Adopt, Change, Delete, Patch, Put, Row
from shared.pipeline.queries import sqlite_params
from shared.pipeline.tables import OWNER_COLUMNS, column_names, row_values

values_of = cache(lambda kind: row_values(kind, id_bytes=True))


@cache
def insert_text(kind: type[Row], *, replaces: bool) -> str:
    """The insert of a row; `replaces` says that it takes the place of the one with its key."""
    names = column_names(kind)
    text = f"INSERT INTO {kind.TABLE.full_name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return text + replace_clause(kind) if replaces else text


@cache
def replace_clause(kind: type[Row]) -> str:
    """What makes an insert take the place of the row with the same key."""
    keys = (*OWNER_COLUMNS, *kind.TABLE.key)
    sets = [f"{name} = excluded.{name}" for name in column_names(kind) if name not in keys]
    action = f"UPDATE SET {', '.join(sets)}" if sets else "NOTHING"
    return f" ON CONFLICT ({', '.join(keys)}) DO {action}"


def _where(kind: type[Row]) -> str:
    return " AND ".join(f"{name} = :{name}" for name in (*OWNER_COLUMNS, *kind.TABLE.key))


def _address(change: Patch | Delete) -> dict[str, Any]:
    owner = change.owner
    found = dict(zip(change.kind.TABLE.key, change.key, strict=True))
    return found | dict(zip(OWNER_COLUMNS, (owner.org_id, owner.node_id, owner.epoch, owner.branch), strict=True))


@cache
def _putting(kind: type[Row]) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    """What puts a row of this kind, and how to get its values."""
    return insert_text(kind, replaces=kind.TABLE.changes), values_of(kind)


def put_row(db: sqlite3.Connection, row: Row) -> None:
    """Insert one row; it replaces by key where the table's rows change."""
    text, values = _putting(type(row))
    db.execute(text, values(row))


def put_fed_row(db: sqlite3.Connection, row: Row) -> None:
    """Insert or replace one row of a feed, which may bring any row a second time."""
    kind = type(row)
    db.execute(insert_text(kind, replaces=True), values_of(kind)(row))


@cache
def adopt_text(kind: type[Row]) -> str:
    """The update that hands all rows of a journal to the node's next one."""
    mine = " AND ".join(f"{name} = :{name}" for name in OWNER_COLUMNS)
    return f"UPDATE {kind.TABLE.full_name} SET epoch = :new_epoch WHERE {mine}"


def _adoption(change: Adopt) -> dict[str, Any]:
    source = change.source
    values = (source.org_id.bytes, source.node_id.bytes, source.epoch, source.branch)
    return dict(zip(OWNER_COLUMNS, values, strict=True)) | {"new_epoch": change.owner.epoch}


def apply(db: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Carry out changes one after another; sqlite3.IntegrityError where a constraint says no."""
    for change in changes:
        if isinstance(change, Put):
            put_row(db, change.row)
        elif isinstance(change, Adopt):
            for kind in change.kinds:
                db.execute(adopt_text(kind), _adoption(change))
        elif isinstance(change, Patch):
            sets = ", ".join(f"{name} = :new_{name}" for name in change.fields)
            params = _address(change) | {f"new_{name}": value for name, value in change.fields.items()}
            text = f"UPDATE {change.kind.TABLE.full_name} SET {sets} WHERE {_where(change.kind)}"
            db.execute(text, sqlite_params(params))
        else:
            text = f"DELETE FROM {change.kind.TABLE.full_name} WHERE {_where(change.kind)}"
            db.execute(text, sqlite_params(_address(change)))
