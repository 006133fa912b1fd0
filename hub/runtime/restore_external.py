"""Restoring into a Postgres that an operator runs: beside the old database and swapped by renaming, where we may.

An empty database is filled, and what a failure leaves in it is taken back. To replace one that is not empty needs a
superuser's address: the backup is restored into a database of its own, which then takes the old one's name.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from hub.runtime.backup import DatabaseNotEmpty, drop_schemas, schemas_of
from hub.runtime.database import open_external
from hub.runtime.place import HubPlace
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_faults import DatabaseFault
from hub.runtime.roles import APP, WORKER, ensure_database

SESSIONS = "select count(*) from pg_stat_activity where datname = %s and usename = any(%s)"
REPLACE = "With --replace and a superuser's address it is renamed, and the backup takes its place."
PREPARE = "Let its administrator rename it and make an empty one, or give a superuser's address with --replace."


class HubServes(DatabaseFault):
    """A hub holds sessions in the database that is to be replaced."""

    code = "restore.hub_serves"
    sentence = "A hub serves on the database {database} now. Stop every hub of it first; nothing was changed."


def restore_external(place: HubPlace, fill: Callable[[PostgresAddress], None], *, replace: bool, stamp: str) -> str:
    """Restore by `fill`; the name that the old database has now, or nothing where there was none."""
    url = place.settings.database_url
    address = open_external(url, place.folder)
    with psycopg.connect(url, autocommit=True) as login:
        is_superuser = login.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,)
        if login.execute(SESSIONS, (address.database, [APP, WORKER])).fetchone() != (0,):
            raise HubServes(database=address.database)
    before = schemas_of(address)
    if before and not (replace and is_superuser):
        raise DatabaseNotEmpty(database=address.database, advice=REPLACE if not replace else PREPARE)
    if not before:
        try:
            fill(address)
        except BaseException:
            drop_schemas(address, schemas_of(address))
            raise
        return ""
    return _beside(url, address, fill, stamp)


def _beside(url: str, address: PostgresAddress, fill: Callable[[PostgresAddress], None], stamp: str) -> str:
    building, aside = f"{address.database}_restoring", f"{address.database}_replaced_{stamp.lower()}"

    def login(database: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(make_conninfo(url, dbname=database), autocommit=True)

    made = SQL("select 1 from pg_database where datname = %s")
    with login("postgres") as superuser:
        if superuser.execute(made, [building]).fetchone():
            advice = "An earlier restore was cut off there; drop this database, then restore again."
            raise DatabaseNotEmpty(database=building, advice=advice)
    ensure_database(login, building)
    try:
        fill(address.in_database(building))
    except BaseException:
        with login("postgres") as superuser:
            superuser.execute(SQL("drop database {} with (force)").format(Identifier(building)))
        raise
    with login("postgres") as superuser, superuser.transaction():
        rename = SQL("alter database {} rename to {}")
        superuser.execute(rename.format(Identifier(address.database), Identifier(aside)))
        superuser.execute(rename.format(Identifier(building), Identifier(address.database)))
    return aside
