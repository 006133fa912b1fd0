"""Two organisations share the hub's tables and never see each other's rows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import APP, BACKUP, OWNER, WORKER
from hub.runtime.row_security import schema_ddl, tenant_table_ddl, tenant_view_ddl
from hub.runtime.tenant import Pool, tenant

LIONS = UUID(int=1)
ROVERS = UUID(int=2)


@pytest.fixture
def sales(owner: psycopg.Connection[tuple[Any, ...]], database: PostgresAddress) -> PostgresAddress:
    """A sale each of the Lions and of the Rovers, written by the app."""
    table = "create table raffle.sale (org_id uuid, sale_no int, primary key (org_id, sale_no));"
    view = tenant_view_ddl("raffle.sale_count", "select org_id, count(*) as sales from raffle.sale group by org_id")
    for ddl in (schema_ddl("raffle"), table, tenant_table_ddl("raffle.sale"), view):
        owner.execute(ddl.encode())
    with psycopg.connect(database.url(APP)) as app:
        for org_id in (LIONS, ROVERS):
            app.execute("select set_config('tillhouse.org', %s, true)", [str(org_id)])
            app.execute("insert into raffle.sale values (%s, 1)", [org_id])
    return database


def _with_pool(address: PostgresAddress, work: Callable[[Pool], Awaitable[None]]) -> None:
    async def run() -> None:
        async with AsyncConnectionPool(address.url(APP), min_size=1, max_size=1, open=False) as pool:
            await work(pool)

    asyncio.run(run())


def test_each_organisation_sees_its_own_sales_in_tables_and_views(sales: PostgresAddress) -> None:
    async def work(pool: Pool) -> None:
        for org_id in (LIONS, ROVERS):
            async with tenant(pool, org_id) as connection:
                for relation in (b"raffle.sale", b"raffle.sale_count"):
                    seen = await (await connection.execute(b"select org_id from " + relation)).fetchall()
                    assert seen == [(org_id,)]

    _with_pool(sales, work)


def test_a_connection_that_goes_back_to_the_pool_forgets_its_organisation(sales: PostgresAddress) -> None:
    async def work(pool: Pool) -> None:
        async with tenant(pool, LIONS) as connection:
            await connection.execute("select 1")
        async with pool.connection() as connection:
            assert await (await connection.execute("select * from raffle.sale")).fetchall() == []

    _with_pool(sales, work)


def test_a_sale_that_fails_leaves_nothing_behind(sales: PostgresAddress) -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with tenant(pool, LIONS) as connection:
                await connection.execute("insert into raffle.sale values (%s, 2), (%s, 1)", [LIONS, LIONS])
        async with tenant(pool, LIONS) as connection:
            assert await (await connection.execute("select sale_no from raffle.sale")).fetchall() == [(1,)]

    _with_pool(sales, work)


def test_an_organisation_cannot_write_a_row_of_another(sales: PostgresAddress) -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with tenant(pool, LIONS) as connection:
                await connection.execute("insert into raffle.sale values (%s, 2)", [ROVERS])
        async with tenant(pool, LIONS) as connection:
            assert (await connection.execute("delete from raffle.sale where org_id = %s", [ROVERS])).rowcount == 0

    _with_pool(sales, work)


@pytest.mark.parametrize("role", [OWNER, APP, WORKER])
def test_without_an_organisation_nobody_sees_a_row_not_even_the_owner(sales: PostgresAddress, role: str) -> None:
    with psycopg.connect(sales.url(role), autocommit=True) as connection:
        assert connection.execute("select * from raffle.sale").fetchall() == []
        connection.execute("select set_config('tillhouse.org', '', false)")
        assert connection.execute("select * from raffle.sale").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("insert into raffle.sale values (%s, 3)", [LIONS])


def test_the_owner_sees_one_organisation_when_it_says_which(sales: PostgresAddress) -> None:
    with psycopg.connect(sales.url(OWNER)) as connection:
        connection.execute("select set_config('tillhouse.org', %s, true)", [str(ROVERS)])
        assert connection.execute("select org_id from raffle.sale").fetchall() == [(ROVERS,)]


def test_a_backup_reads_every_organisation_and_writes_nothing(sales: PostgresAddress) -> None:
    with psycopg.connect(sales.url(BACKUP), autocommit=True) as connection:
        assert len(connection.execute("select * from raffle.sale").fetchall()) == 2
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from raffle.sale")


def test_the_words_of_committed_migrations_stay_as_they_are() -> None:
    rule = "(org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid))"
    assert tenant_table_ddl("raffle.sale", app="select, insert", worker="").splitlines() == [
        "alter table raffle.sale enable row level security;",
        "alter table raffle.sale force row level security;",
        f"create policy tenant on raffle.sale using {rule} with check {rule};",
        "grant select, insert on table raffle.sale to tillhouse_app;",
    ]
