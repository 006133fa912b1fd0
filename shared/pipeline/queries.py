"""Queries: Core statements with a decoder, compiled to text once, executed by whoever holds the connection.

A slice's `queries.load` is a generator: it yields what it asks and receives the rows, so the same function runs
inside the edge's writer (one hop) and async at the hub.
"""

from collections.abc import Generator, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import msgspec
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from shared.pipeline.tables import Id

R = TypeVar("R")
S = TypeVar("S")
SCHEMAS_OF_EDGE = dict.fromkeys(("identity", "persons", "raffle", "cases", "vault", "devices", "till"), "main")


class Ask(msgspec.Struct, frozen=True):
    """One question of a load: rows of a query, or a value that a keyring holds."""

    query: "Query[Any]"
    params: dict[str, Any]
    first: bool = False


class KeyAsk(msgspec.Struct, frozen=True):
    """Asks the keyring for the key of `kind` about a thing; `sealed` is what opens to it, where it is sealed."""

    kind: str
    about: UUID
    sealed: bytes = b""


Load = Generator[Ask | KeyAsk, Any, S]


class Query(Generic[R]):
    """A select whose columns, in order, are the arguments of `into`.

    Parameters `org_id`, `node_id`, `epoch` and `branch` are the reader's own journal unless given.
    """

    def __init__(self, statement: "Select[*tuple[Any, ...]]", into: type[R], *, steady: bool = False) -> None:
        """`steady` says that it reads fed rows only, so an edge may keep its answer until rows are written."""
        self.into = into
        self.steady = steady
        self.fixed: dict[str, Any] = {}
        self._statement = statement
        columns = list(statement.selected_columns)
        self._ids = [place for place, column in enumerate(columns) if isinstance(column.type, Id)]
        self._flags = [place for place, column in enumerate(columns) if column.type.python_type is bool]
        self.sqlite_text = str(self._compiled(SQLiteDialect(paramstyle="named"), SCHEMAS_OF_EDGE))
        self.postgres_text = str(self._compiled(cast(Any, PGDialect_psycopg)(paramstyle="pyformat"), None))

    def _compiled(self, dialect: Any, schemas: Mapping[str, str] | None) -> Any:
        translate: dict[str, Any] = {"schema_translate_map": schemas, "render_schema_translate": True}
        compiled = self._statement.compile(dialect=dialect, **(translate if schemas else {}))
        self.fixed |= {name: value for name, value in compiled.params.items() if value is not None}
        return compiled

    @cached_property
    def sqlite_hot(self) -> tuple[str, tuple[str, ...]]:
        """For whoever asks a thousand times a second: the text with question marks, and the parameters in order."""
        compiled = self._compiled(SQLiteDialect(paramstyle="qmark"), SCHEMAS_OF_EDGE)
        return str(compiled), tuple(compiled.positiontup)

    def read_sqlite(self, values: tuple[Any, ...]) -> R:
        """One SQLite row as `into`."""
        row = list(values)
        for place in self._ids:
            if row[place] is not None:
                row[place] = UUID(bytes=row[place])
        for place in self._flags:
            row[place] = bool(row[place])
        return self.into(*row)

    def read_postgres(self, values: tuple[Any, ...]) -> R:
        """One Postgres row as `into`."""
        return self.into(*values)

    def one(self, **params: Any) -> Load[R | None]:
        """Ask for the first row."""
        return cast("R | None", (yield Ask(self, params, first=True)))

    def many(self, **params: Any) -> Load[list[R]]:
        """Ask for all rows."""
        return cast("list[R]", (yield Ask(self, params)))


def key(kind: str, about: UUID, sealed: bytes = b"") -> Load[bytes]:
    """Ask the keyring; the key lives in memory only."""
    return cast(bytes, (yield KeyAsk(kind, about, sealed)))


def sqlite_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as sqlite3 takes them: ids as sixteen bytes."""
    return {name: value.bytes if type(value) is UUID else value for name, value in params.items()}
