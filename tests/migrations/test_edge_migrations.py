"""The committed statements and the declared tables of an edge are the same thing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.pool import NullPool

from edge.runtime.database import migrate
from edge.runtime.tables import EdgeTable
from shared.domain.slices import ALL
from shared.kernel.errors import StorageFault
from shared.pipeline.tables import OWNER_COLUMNS, column_names

TABLES = EdgeTable.metadata.tables


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Connection]:
    """A migrated edge database."""
    migrate(tmp_path / "edge.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'edge.db'}", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _columns(connection: Connection, name: str) -> list[tuple[str, str, bool, bool]]:
    rows: list[Any] = list(connection.exec_driver_sql(f"PRAGMA table_info({name})"))
    return [(row[1], row[2].upper(), bool(row[3]), bool(row[5])) for row in rows]


def test_alembic_finds_nothing_to_do_after_the_migrations(migrated: Connection) -> None:
    context = MigrationContext.configure(migrated, opts={"compare_type": True, "compare_server_default": True})
    assert compare_metadata(context, EdgeTable.metadata) == []


@pytest.mark.parametrize("name", sorted(TABLES))
def test_each_table_has_exactly_the_declared_columns(migrated: Connection, name: str) -> None:
    dialect = SQLiteDialect()
    declared = [
        (column.name, column.type.compile(dialect).upper(), not column.nullable, column.primary_key)
        for column in TABLES[name].columns
    ]
    assert _columns(migrated, name) == declared


def test_the_database_has_no_table_that_is_not_declared(migrated: Connection) -> None:
    rows = migrated.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert {row[0] for row in rows} == {*TABLES, "alembic_version"}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_checks_uniques_and_links_stand_in_the_database_as_declared(migrated: Connection, name: str) -> None:
    sql = migrated.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).scalar_one()
    for constraint in TABLES[name].constraints:
        if constraint.name is not None:
            assert f"CONSTRAINT {constraint.name} " in sql
    for check in (one for kind in ALL.rows if kind.TABLE.full_name == name for one in kind.TABLE.checks.values()):
        assert f"CHECK ({check})" in sql


@pytest.mark.parametrize("kind", ALL.rows, ids=lambda kind: kind.TABLE.full_name)
def test_every_row_has_its_organisation_first_in_its_key(migrated: Connection, kind: Any) -> None:
    columns = _columns(migrated, kind.TABLE.full_name)
    assert tuple(column[0] for column in columns) == column_names(kind)
    table = TABLES[kind.TABLE.full_name]
    assert tuple(column.name for column in table.primary_key.columns) == (*OWNER_COLUMNS, *kind.TABLE.key)
    info = migrated.exec_driver_sql(f"PRAGMA table_info({kind.TABLE.full_name})")
    assert {row[1]: row[5] for row in info}["org_id"] == 1


def test_a_second_start_migrates_nothing_and_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    migrate(path)
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO pin_tries VALUES (x'01', 2, 3)")
    db.close()
    migrate(path)
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT failures FROM pin_tries").fetchall() == [(2,)]
    db.close()


def test_a_file_that_is_no_database_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "edge.db").write_bytes(b"not a database, " * 64)
    with pytest.raises(StorageFault):
        migrate(tmp_path / "edge.db")
