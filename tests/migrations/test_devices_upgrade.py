"""A unit and a hub of before know devices after their upgrade, and keep every row that they had."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from edge.runtime.database import NEWEST, alembic_config, migrate, revision_of
from hub.runtime.doctor_database import head_revision
from hub.runtime.migrate import migrate as migrate_hub
from hub.runtime.roles import APP, OWNER
from shared.domain.devices.manifest import ROWS
from shared.domain.devices.rows import DeviceRow, SlipRow
from shared.domain.raffle.rows import SaleRow
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import table_name
from shared.pipeline.sqlite_applier import put_row
from shared.pipeline.tables import column_names, row_values
from tests.support.postgres import RunningPostgres

UNIT = Owner(UUID(int=0xA), UUID(int=0xC), 1)
SALE = SaleRow(
    owner=UNIT, seq=2, sale_id=UUID(int=1), event_id=UUID(int=2), package_id=UUID(int=3), seller_id=UUID(int=4),
    ticket_count=10, amount_minor=1_000, currency="USD", tender="cash", received_minor=1_000, reference="",
    validation_number="V", sold_ms=5, chain="9F3A C41E",
)  # fmt: skip
SLIP = SlipRow(
    owner=UNIT, seq=3, job_id=UUID(int=8), entity_id=UUID(int=1), device_id=UUID(int=7), what="reprinted",
    role="ticket", reason="torn", person_id=UUID(int=4), times=1, at_ms=5,
)  # fmt: skip
SEEN = msgspec.structs.replace(SLIP, seq=4, what="confirmed", times=0)
DEVICE = DeviceRow(
    owner=UNIT, device_id=UUID(int=7), kind="printer", name="Bar", profile="virtual-80", line="virtual",
    roles="ticket", fallback_id=None, firmware="", in_use=True,
)  # fmt: skip


def _edge_at(path: Path, revision: str) -> None:
    engine, config = create_engine(f"sqlite:///{path}", poolclass=NullPool), alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def _sales(db: sqlite3.Connection) -> list[Any]:
    return db.execute("SELECT * FROM raffle_sale").fetchall()


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_unit_of_before_keeps_its_sales_and_takes_devices(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "edge.db"
    _edge_at(path, revision)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        put_row(db, SALE)
        before = _sales(db)
    migrate(path)
    assert revision_of(path) == NEWEST
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert _sales(db) == before
        assert [db.execute(f"SELECT count(*) FROM {kind.TABLE.full_name}").fetchone()[0] for kind in ROWS] == [0] * 4
        put_row(db, DEVICE)


def test_a_unit_of_before_keeps_what_became_of_its_slips_and_lets_them_be_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    _edge_at(path, "0003")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        put_row(db, SLIP)
        with pytest.raises(sqlite3.IntegrityError):
            put_row(db, SEEN)
        before = db.execute("SELECT * FROM devices_slip").fetchall()
    migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert db.execute("SELECT * FROM devices_slip").fetchall() == before
        put_row(db, SEEN)
        put_row(db, msgspec.structs.replace(DEVICE, out_since_ms=5, out_by=UUID(int=4)))


def _insert(connection: psycopg.Connection[Any], row: Any) -> None:
    names = column_names(type(row))
    text = f"insert into {table_name(type(row))} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})"
    connection.execute(text.encode(), row_values(type(row), id_bytes=False)(row))


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_hub_of_before_keeps_its_sales_and_shows_each_organisation_its_own_devices(
    postgres: RunningPostgres, revision: str
) -> None:
    address = postgres.fresh_database()
    migrate_hub(address, revision)
    with psycopg.connect(address.url(APP)) as connection:
        connection.execute("select set_config('tillhouse.org', %s, true)", [str(UNIT.org_id)])
        _insert(connection, SALE)
    migrate_hub(address)
    with psycopg.connect(address.url(APP)) as connection:
        for org, seen in ((UNIT.org_id, 1), (UUID(int=0xB), 0)):
            connection.execute("select set_config('tillhouse.org', %s, true)", [str(org)])
            if seen:
                _insert(connection, DEVICE)
                _insert(connection, SEEN)
            for table in ("raffle.raffle_sale", "devices.devices_device"):
                assert connection.execute(f"select count(*) from {table}".encode()).fetchone() == (seen,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _insert(connection, DEVICE)
        connection.rollback()
    with psycopg.connect(address.url(OWNER)) as connection:
        assert connection.execute("select version_num from migrations.alembic_version").fetchone() == (head_revision(),)
    postgres.drop_database(address)
