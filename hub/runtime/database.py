"""The hub's database made ready: embedded or external, with roles, passwords and extensions, before any migration.

The address that comes back names the passfile of the roles, so `address.url(OWNER)` and its like just work.
"""

import contextlib
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from hub.runtime.postgres import EmbeddedPostgres
from hub.runtime.postgres_address import PostgresAddress, external_address
from hub.runtime.postgres_faults import DatabaseAway
from hub.runtime.roles import Login, check_roles, check_server, ensure_database, ensure_roles, read_or_draw_passwords

CONNECT_SECONDS_MAX = 10


def open_embedded(server: EmbeddedPostgres, key_folder: Path) -> PostgresAddress:
    """Start `server` and prepare its database; the caller stops it. A fault stops it here."""
    address = server.start()
    try:
        passfile, passwords = read_or_draw_passwords(key_folder)
        with server.superuser() as superuser:
            ensure_roles(superuser, passwords)
        ensure_database(server.superuser, address.database)
    except BaseException:
        server.stop()
        raise
    return address.with_option("passfile", str(passfile.resolve()))


def open_external(url: str, key_folder: Path) -> PostgresAddress:
    """Check an operator's database, and prepare it when the address is a superuser's.

    With any other login the roles must be there already, and the address must name their `passfile`, unless this
    key folder's own one fits from an earlier start as superuser.
    """
    address = external_address(url)
    passfile, passwords = read_or_draw_passwords(key_folder)

    def login(database: str) -> psycopg.Connection[tuple[Any, ...]]:
        return _connect(make_conninfo(url, dbname=database), address.host)

    with _first_login(login, address.database) as connection:
        row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
        if row != (True,):
            check_roles(connection)
            check_server(connection)
            named = dict(address.options).get("passfile")
            return address.with_option("passfile", named or str(passfile.resolve()))
        ensure_roles(connection, passwords)
    ensure_database(login, address.database)
    return address.with_option("passfile", str(passfile.resolve()))


def _first_login(login: Login, database: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Into the database itself; a superuser comes before it exists."""
    try:
        return login(database)
    except DatabaseAway:
        with contextlib.suppress(DatabaseAway):
            return login("postgres")
        raise


def _connect(conninfo: str, host: str) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as problem:
        raise DatabaseAway(host=host, reason=str(problem).strip().splitlines()[-1]) from problem
