"""The catalogue check names each way in which a table, view or function could forget its organisation."""

from typing import Any

import psycopg
import pytest

from hub.runtime.catalogue import catalogue_faults
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import APP, WORKER
from hub.runtime.row_security import (
    definer_function_ddl,
    global_table_ddl,
    schema_ddl,
    tenant_table_ddl,
    tenant_view_ddl,
)

Connection = psycopg.Connection[tuple[Any, ...]]
GLOBAL = {"floor.login": "found before the organisation is known"}
SEAT = """create table floor.seat (
    org_id uuid, table_no int, seat_no int, hours int4range, primary key (org_id, table_no, seat_no),
    exclude using gist (org_id with =, hours with &&)
);"""


@pytest.fixture
def floor(owner: Connection) -> Connection:
    """A schema in which nothing is wrong yet."""
    _run(owner, schema_ddl("floor"), SEAT, tenant_table_ddl("floor.seat"))
    _run(owner, tenant_view_ddl("floor.seat_count", "select org_id, count(*) from floor.seat group by org_id"))
    _run(owner, "create table floor.login (token bytea primary key);", global_table_ddl("floor.login"))
    find = "select exists (select from login where token = asked)"
    _run(owner, definer_function_ddl("floor.find", "asked bytea", "boolean", find, schema="floor", volatility="stable"))
    return owner


def _run(connection: Connection, *ddl: str) -> None:
    for text in ddl:
        connection.execute(text.encode())


def test_a_house_in_order_has_no_faults(floor: Connection) -> None:
    assert catalogue_faults(floor, GLOBAL) == []


def test_an_empty_database_has_no_faults(database: PostgresAddress) -> None:
    with psycopg.connect(database.url(APP)) as connection:
        assert catalogue_faults(connection) == []


def test_app_reaches_a_global_table_only_through_its_function(floor: Connection, database: PostgresAddress) -> None:
    with psycopg.connect(database.url(APP), autocommit=True) as app:
        assert app.execute("select floor.find('x')").fetchone() == (False,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("select * from floor.login")


TENANT = tenant_table_ddl("floor.dealer")
KEYED = "create table floor.dealer (org_id uuid, dealer_id uuid, seat_no int, primary key (org_id, dealer_id));"

PLANTED = {
    "a table without row-level security": (
        KEYED,
        [
            "floor.dealer: no policy binds everybody to tillhouse.org",
            "floor.dealer: row-level security is not forced, so the owner is not bound",
            "floor.dealer: row-level security is off",
        ],
    ),
    "row-level security that spares the owner": (
        KEYED + TENANT + "alter table floor.dealer no force row level security",
        ["floor.dealer: row-level security is not forced, so the owner is not bound"],
    ),
    "a table without a key": (
        "create table floor.dealer (org_id uuid);" + TENANT,
        ["floor.dealer: there is no primary key"],
    ),
    "a primary key that begins elsewhere": (
        "create table floor.dealer (org_id uuid, dealer_id uuid, primary key (dealer_id, org_id));" + TENANT,
        ["floor.dealer: the unique index dealer_pkey does not begin with org_id"],
    ),
    "a unique index without the organisation": (
        KEYED + TENANT + "create unique index dealer_seat on floor.dealer (seat_no)",
        ["floor.dealer: the unique index dealer_seat does not begin with org_id"],
    ),
    "a unique index over an expression": (
        KEYED + TENANT + "create unique index dealer_seat on floor.dealer ((seat_no + 1), org_id)",
        ["floor.dealer: the unique index dealer_seat does not begin with org_id"],
    ),
    "an exclusion between organisations": (
        KEYED + TENANT + "alter table floor.dealer add constraint one_seat exclude using gist (seat_no with =)",
        ["floor.dealer: the exclusion constraint one_seat does not compare org_id"],
    ),
    "a foreign key into another organisation": (
        KEYED
        + TENANT
        + "alter table floor.dealer add employer uuid, add table_no int, add constraint sits"
        + " foreign key (employer, table_no, seat_no) references floor.seat",
        ["floor.dealer: the foreign key sits may lead to another organisation"],
    ),
    "a policy that binds nobody": (
        KEYED + TENANT + "create policy open_day on floor.dealer for select using (true)",
        ["floor.dealer: the policy open_day lets rows of other organisations through"],
    ),
    "a policy for one role only": (
        KEYED + TENANT + f"alter policy tenant on floor.dealer to {APP}",
        ["floor.dealer: no policy binds everybody to tillhouse.org"],
    ),
    "a right to truncate": (
        KEYED + TENANT + f"grant truncate on floor.dealer to {WORKER}",
        [f"floor.dealer: {WORKER} truncate is granted, which no policy binds"],
    ),
    "a partition that was forgotten": (
        "create table floor.dealer (org_id uuid, dealer_id uuid, primary key (org_id, dealer_id))"
        + " partition by hash (org_id);"
        + TENANT
        + "create table floor.dealer_0 partition of floor.dealer for values with (modulus 1, remainder 0)",
        [
            "floor.dealer_0: no policy binds everybody to tillhouse.org",
            "floor.dealer_0: row-level security is not forced, so the owner is not bound",
            "floor.dealer_0: row-level security is off",
        ],
    ),
    "a view with its owner's eyes": (
        "create view floor.all_seats as select * from floor.seat",
        ["floor.all_seats: the view is not security_invoker"],
    ),
    "a view that says no": (
        "create view floor.all_seats with (security_invoker = false) as select * from floor.seat",
        ["floor.all_seats: the view is not security_invoker"],
    ),
    "a materialised view": (
        "create materialized view floor.all_seats as select * from floor.seat",
        ["floor.all_seats: no policy can bind a materialised view or foreign table; list it as global and close it"],
    ),
    "a definer function without search path": (
        "create function floor.peek() returns int language sql security definer as 'select 1'",
        ["floor.peek(): the SECURITY DEFINER function does not set search_path"],
    ),
    "a definer function that temporary tables can fool": (
        "create function floor.peek() returns int language sql security definer set search_path = floor as 'select 1'",
        ["floor.peek(): the SECURITY DEFINER function does not name pg_temp last in its search_path"],
    ),
    "a global table with a grant": (
        f"grant select on floor.login to {APP}",
        [f"floor.login: it is global, yet {APP} select is granted"],
    ),
    "a global table with a grant on one column": (
        f"grant update (token) on floor.login to {WORKER}",
        [f"floor.login: it is global, yet {WORKER} update is granted"],
    ),
    "a global table open to everyone": (
        "grant delete on floor.login to public",
        [
            f"floor.login: it is global, yet {APP} delete is granted",
            f"floor.login: it is global, yet {WORKER} delete is granted",
        ],
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_each_planted_fault_is_found(floor: Connection, planted: str) -> None:
    ddl, faults = PLANTED[planted]
    _run(floor, ddl)
    assert catalogue_faults(floor, GLOBAL) == sorted(faults)
