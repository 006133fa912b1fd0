"""A real Postgres for tests: one server a run, a database of its own for each test that asks.

`database` is an empty database with roles and extensions; `postgres.make_template(name, prepare)` keeps a prepared
one (migrated, say), from which `postgres.fresh_database(name)` copies in some 20 ms.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from hub.runtime.database import open_embedded
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import OWNER, ensure_database

EMPTY = "template_empty"


@dataclass
class RunningPostgres:
    """The run's server; `address` is its database `tillhouse`, which no test should write to."""

    server: EmbeddedPostgres
    address: PostgresAddress
    templates: set[str] = field(default_factory=set)
    databases_made: int = 0

    def make_template(self, name: str, prepare: Callable[[PostgresAddress], None] | None = None) -> None:
        """Make a template once a run; `prepare` fills it and closes its connections."""
        if name not in self.templates:
            ensure_database(self.server.superuser, name)
            if prepare is not None:
                prepare(self.address.in_database(name))
            self.templates.add(name)

    def fresh_database(self, template: str = EMPTY) -> PostgresAddress:
        """A new database like `template`, ready for all roles."""
        self.databases_made += 1
        name = f"test_{self.databases_made}"
        ensure_database(self.server.superuser, name, template)
        return self.address.in_database(name)

    def drop_database(self, address: PostgresAddress) -> None:
        """Drop it with the sessions that are still in it."""
        with self.server.superuser() as superuser:
            superuser.execute(SQL("drop database {} with (force)").format(Identifier(address.database)))


@contextmanager
def serve_postgres() -> Iterator[RunningPostgres]:
    """A server of its own, gone with its files at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tillhouse-test-"))
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    running = RunningPostgres(server, open_embedded(server, folder / "keys"))
    try:
        running.make_template(EMPTY)
        yield running
    finally:
        server.stop()
        remove_embedded(folder / "postgres")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningPostgres]:
    """The run's server, started when the first test asks."""
    with serve_postgres() as running:
        yield running


@pytest.fixture
def database(postgres: RunningPostgres) -> Iterator[PostgresAddress]:
    """An empty database of this test alone."""
    address = postgres.fresh_database()
    yield address
    postgres.drop_database(address)


@pytest.fixture
def owner(database: PostgresAddress) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The owner's autocommit connection into `database`."""
    with psycopg.connect(database.url(OWNER), autocommit=True) as connection:
        yield connection
