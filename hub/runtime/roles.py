"""The four roles of design §8 and the database they share.

    tillhouse_owner   owns database, schemas and tables; migrations only; bound by row-level security, for it is forced
    tillhouse_app     the hub's pages, sync and API; sees one organisation at a time
    tillhouse_worker  background work; sets the organisation per job
    tillhouse_backup  reads everything of every organisation and writes nothing: BYPASSRLS and `pg_read_all_data`, since
                      a dump under row-level security would be refused or, worse, silently empty; read-only by default

Passwords are drawn once into `roles.pgpass` (mode 600, libpq's format) in the hub's key folder; the server is given
their SCRAM verifiers, never the passwords. Everything here may run again at each start.
"""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from hub.runtime.postgres_address import DATABASE
from hub.runtime.postgres_faults import ExtensionMissing, RolesMissing, ServerTooOld

OWNER = "tillhouse_owner"
APP = "tillhouse_app"
WORKER = "tillhouse_worker"
BACKUP = "tillhouse_backup"
EXTENSIONS = ("btree_gist",)
SERVER_MAJOR_MIN = 15
PASSFILE = "roles.pgpass"

_PLAIN: LiteralString = "login nosuperuser nocreatedb nocreaterole noreplication inherit nobypassrls"
_ATTRIBUTES: dict[str, LiteralString] = {
    OWNER: _PLAIN,
    APP: _PLAIN,
    WORKER: _PLAIN,
    BACKUP: _PLAIN.removesuffix("nobypassrls") + "bypassrls",
}
ROLES = tuple(_ATTRIBUTES)

Login = Callable[[str], Connection[tuple[Any, ...]]]
"""Opens an autocommit superuser connection to the named database."""


def read_or_draw_passwords(key_folder: Path) -> tuple[Path, dict[str, str]]:
    """The passfile of the roles and what stands in it; drawn on the first call."""
    passfile = key_folder / PASSFILE
    if not passfile.exists():
        key_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = passfile.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600, exist_ok=False)
        unfinished.write_text("".join(f"*:*:*:{role}:{secrets.token_urlsafe(32)}\n" for role in ROLES))
        unfinished.replace(passfile)
    rows = [line.split(":") for line in passfile.read_text().splitlines() if line]
    return passfile, {row[3]: row[4] for row in rows}


def ensure_roles(superuser: Connection[tuple[Any, ...]], passwords: Mapping[str, str]) -> None:
    """Create the roles or bring them to today's attributes and passwords."""
    with superuser.transaction():
        known = {row[0] for row in superuser.execute("select rolname from pg_roles")}
        for role, attributes in _ATTRIBUTES.items():
            if role not in known:
                superuser.execute(SQL("create role {}").format(Identifier(role)))
            verifier = superuser.pgconn.encrypt_password(passwords[role].encode(), role.encode(), b"scram-sha-256")
            statement = SQL("alter role {} with " + attributes + " password {}")
            superuser.execute(statement.format(Identifier(role), Literal(verifier.decode())))
        superuser.execute(SQL("grant pg_read_all_data to {}").format(Identifier(BACKUP)))
        superuser.execute(SQL("alter role {} set default_transaction_read_only = on").format(Identifier(BACKUP)))


def ensure_database(login: Login, database: str = DATABASE, template: str = "template0") -> None:
    """Create the database, owned by the owner, closed to everyone but the roles, with its extensions."""
    name = Identifier(database)
    with login("postgres") as superuser:
        if not superuser.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
            statement = SQL("create database {} owner {} template {} encoding 'UTF8'")
            superuser.execute(statement.format(name, Identifier(OWNER), Identifier(template)))
        superuser.execute(SQL("revoke all on database {} from public").format(name))
        everyone = SQL(", ").join(map(Identifier, ROLES))
        superuser.execute(SQL("grant connect on database {} to {}").format(name, everyone))
        # Ingest copies into a temporary table: COPY into a table under row-level security is refused.
        writers = SQL(", ").join(map(Identifier, (APP, WORKER)))
        superuser.execute(SQL("grant temporary on database {} to {}").format(name, writers))
    with login(database) as superuser:
        check_server(superuser)
        for extension in EXTENSIONS:
            superuser.execute(SQL("create extension if not exists {}").format(Identifier(extension)))


def check_server(connection: Connection[tuple[Any, ...]]) -> None:
    """ServerTooOld, ExtensionMissing or nothing: what every database must have, asked at each start."""
    major = connection.info.server_version // 10_000
    if major < SERVER_MAJOR_MIN:
        raise ServerTooOld(found=major, wanted=SERVER_MAJOR_MIN)
    for extension in EXTENSIONS:
        found = connection.execute(
            "select exists (select from pg_extension where extname = %(name)s)"
            " or exists (select from pg_available_extension_versions where name = %(name)s and ("
            "  (select rolsuper from pg_roles where rolname = current_user)"
            "  or (trusted and has_database_privilege(current_database(), 'create'))))",
            {"name": extension},
        ).fetchone()
        if found != (True,):
            raise ExtensionMissing(name=extension, database=connection.info.dbname)


def check_roles(connection: Connection[tuple[Any, ...]]) -> None:
    """RolesMissing when a database that others prepared lacks roles."""
    known = {row[0] for row in connection.execute("select rolname from pg_roles")}
    missing = [role for role in ROLES if role not in known]
    if missing:
        raise RolesMissing(names=", ".join(missing))
