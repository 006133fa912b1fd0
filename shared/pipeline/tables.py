"""From a row's declaration to its table, the same for both sides (design §4).

At the hub a table stands in the Postgres schema of its slice; on an edge the same name stands in SQLite's `main`.
"""

import types
from collections.abc import Callable
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from shared.journal.entry import Owner
from shared.pipeline.changes import Row, TableSpec

OWNER_COLUMNS = ("org_id", "node_id", "epoch", "branch")


class Id(TypeDecorator[UUID]):
    """A UUID: Postgres's own type, sixteen bytes in SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The stored type of the dialect."""
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else LargeBinary())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """To the stored form."""
        return value.bytes if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """From the stored form."""
        return UUID(bytes=value) if isinstance(value, bytes) and dialect.name == "sqlite" else value


COLUMN_TYPES: dict[type, TypeEngine[Any]] = {
    UUID: Id(),
    int: BigInteger(),
    str: Text(),
    bytes: LargeBinary(),
    bool: Boolean(create_constraint=False),
}


def _column(name: str, hint: Any) -> Column[Any]:
    nullable = False
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not types.NoneType]
        nullable, hint = len(kinds) < len(get_args(hint)), kinds[0]
    return Column(name, COLUMN_TYPES[hint], nullable=nullable)


@cache
def fields_of(kind: type[Row]) -> dict[str, Any]:
    """The row's own fields (without the owner) and their types, in the order of its columns."""
    return {
        name: hint for name, hint in get_type_hints(kind).items() if name in kind.__struct_fields__ and name != "owner"
    }


def column_names(kind: type[Row]) -> tuple[str, ...]:
    """All columns of the row's table, the owner's first."""
    return OWNER_COLUMNS + tuple(fields_of(kind))


def add_table(kind: type[Row], metadata: MetaData, *, schemas: bool) -> Table:
    """The row's table in `metadata`, with its schema (hub) or without (edge)."""
    spec = kind.TABLE
    schema = spec.slice_name if schemas else None
    columns = [Column(name, Id() if name.endswith("_id") else BigInteger(), nullable=False) for name in OWNER_COLUMNS]
    columns += [_column(name, hint) for name, hint in fields_of(kind).items()]
    return Table(spec.full_name, metadata, *columns, *_constraints(spec, schema), schema=schema)


def _constraints(spec: TableSpec, schema: str | None) -> list[Any]:
    name = spec.full_name
    prefix = f"{schema}." if schema else ""
    made: list[Any] = [PrimaryKeyConstraint(*OWNER_COLUMNS, *spec.key, name=f"{name}_pkey")]
    made += [CheckConstraint(sql, name=f"{name}_{label}_check") for label, sql in spec.checks.items()]
    made += [UniqueConstraint(*OWNER_COLUMNS, *cols, name=f"{name}_{'_'.join(cols)}_key") for cols in spec.unique]
    made += [
        ForeignKeyConstraint(
            [*OWNER_COLUMNS, *link.columns],
            [f"{prefix}{link.table}.{column}" for column in (*OWNER_COLUMNS, *link.references)],
            name=f"{name}_{link.table}_fkey",
        )
        for link in spec.links
    ]
    made += [Index(f"{name}_{'_'.join(cols)}_idx", "org_id", *cols) for cols in spec.indexes]
    return made


@cache
def table(kind: type[Row]) -> Table:
    """The row's table as queries name it (with its schema; the edge's compiler puts `main` in its place)."""
    return add_table(kind, MetaData(), schemas=True)


@lru_cache(maxsize=64)
def owner_values(owner: Owner) -> tuple[bytes, bytes, int, int]:
    """The owner's columns as SQLite stores them."""
    return owner.org_id.bytes, owner.node_id.bytes, owner.epoch, owner.branch


def row_values(kind: type[Row], *, id_bytes: bool) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a row to the tuple of its columns; ids as sixteen bytes for SQLite."""
    hints = fields_of(kind)
    whole = attrgetter(*(f"owner.{name}" for name in OWNER_COLUMNS), *hints)
    if not id_bytes:
        return whole
    if len(hints) < 2 or any(hint == UUID | None for hint in hints.values()):
        return lambda row: tuple(value.bytes if isinstance(value, UUID) else value for value in whole(row))
    own = attrgetter(*(name + (".bytes" if hint is UUID else "") for name, hint in hints.items()))
    return lambda row: owner_values(row.owner) + own(row)
