"""The committed statements and the declared tables of the hub are the same thing."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from hub.runtime.migrate import migrate
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import OWNER
from hub.runtime.tables import HubTable
from shared.domain.slices import ALL
from shared.pipeline.tables import OWNER_COLUMNS, column_names


def _not_alembics_own(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    return not (kind == "table" and name == "alembic_version")


def test_alembic_finds_nothing_to_do_after_the_migrations(migrated: PostgresAddress) -> None:
    engine = create_engine(migrated.sqlalchemy_url(OWNER), poolclass=NullPool)
    options = {"include_schemas": True, "compare_type": True, "include_object": _not_alembics_own}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, HubTable.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("kind", ALL.rows, ids=lambda kind: kind.TABLE.full_name)
def test_every_row_has_its_organisation_first_in_its_key(kind: Any) -> None:
    table = HubTable.metadata.tables[f"{kind.TABLE.slice_name}.{kind.TABLE.full_name}"]
    assert tuple(column.name for column in table.columns) == column_names(kind)
    assert tuple(column.name for column in table.primary_key.columns) == (*OWNER_COLUMNS, *kind.TABLE.key)


def test_checks_uniques_and_links_stand_in_the_database_as_declared(migrated: PostgresAddress) -> None:
    engine = create_engine(migrated.sqlalchemy_url(OWNER), poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(text("select conname from pg_constraint where contype in ('c', 'u', 'f', 'p', 'x')"))
        there = {row[0] for row in rows}
    engine.dispose()
    declared = {
        str(constraint.name)[:63]
        for table in HubTable.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is not None
    }
    assert declared - there == set()


def test_a_second_start_migrates_nothing(migrated: PostgresAddress) -> None:
    migrate(migrated)
