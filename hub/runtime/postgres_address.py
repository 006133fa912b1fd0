"""Where the hub's Postgres is reached, and the rule that a far one must prove who it is.

An address carries no password: libpq reads them from the `passfile` it names, a file with mode 600 in the hub's key
folder. So an address can be shown, logged and handed to `psql` as it is.
"""

import ipaddress
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from hub.runtime.postgres_faults import AddressNotVerified, AddressUnclear

DATABASE = "tillhouse"


@dataclass(frozen=True)
class PostgresAddress:
    """A database on a server, without a login; `options` are libpq's (`sslmode`, `passfile`, …)."""

    host: str
    port: str
    database: str = DATABASE
    options: tuple[tuple[str, str], ...] = ()

    def url(self, role: str, password: str | None = None) -> str:
        """The address for `role`; with `password` it is a secret, to be shown only where someone asked for it."""
        login = quote(role, safe="") + (f":{quote(password, safe='')}" if password is not None else "")
        asked = {"host": self.host, "port": self.port, **dict(self.options)}
        authority = ""
        if _is_plain(self.host) and self.port.isdigit():
            authority = f"{self.host}:{self.port}"
            del asked["host"], asked["port"]
        if password is not None:
            asked.pop("passfile", None)
        query = "?" + urlencode(asked, quote_via=quote, safe="/") if asked else ""
        return f"postgresql://{login}@{authority}/{quote(self.database, safe='')}{query}"

    def sqlalchemy_url(self, role: str) -> str:
        """The same for SQLAlchemy and alembic, on psycopg 3."""
        return self.url(role).replace("postgresql://", "postgresql+psycopg://", 1)

    def with_option(self, name: str, value: str) -> "PostgresAddress":
        return replace(self, options=(*(pair for pair in self.options if pair[0] != name), (name, value)))

    def in_database(self, database: str) -> "PostgresAddress":
        return replace(self, database=database)


def external_address(url: str) -> PostgresAddress:
    """Parse an operator's address; AddressNotVerified unless it says verify-full or never leaves this machine.

    Login and password of the address are not kept: the hub comes with its own roles (hub/runtime/roles.py).
    """
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError as problem:
        raise AddressUnclear(problem=str(problem).strip()) from None
    if "service" in parts:
        raise AddressUnclear(problem="it names a service file, which could lead anywhere")
    host = parts.pop("host", "")
    if not host:
        raise AddressUnclear(problem="it names no host")
    if parts.get("sslmode") != "verify-full" and not _stays_here(parts.get("hostaddr") or host):
        raise AddressNotVerified(host=host)
    port, database = parts.pop("port", "5432"), parts.pop("dbname", DATABASE)
    options = tuple(sorted((name, value) for name, value in parts.items() if name not in ("user", "password")))
    return PostgresAddress(host=host, port=port, database=database, options=options)


def _stays_here(hosts: str) -> bool:
    return all(_is_socket(host) or _is_loopback(host) for host in hosts.split(","))


def _is_socket(host: str) -> bool:
    return host.startswith(("/", "@"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_plain(host: str) -> bool:
    return not _is_socket(host) and "," not in host and ":" not in host
