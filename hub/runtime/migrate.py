"""The hub's schema brought to this program's version, by the owner role, before anybody is served."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_faults import DatabaseAway
from hub.runtime.roles import OWNER

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_NUMBER = 7_411_001
"""Two hubs that start at once migrate one after the other."""


def alembic_config() -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def migrate(address: PostgresAddress, revision: str = "head") -> None:
    """Upgrade to the revision, all or nothing; DatabaseAway when the server does not answer."""
    engine = create_engine(address.sqlalchemy_url(OWNER), poolclass=NullPool)
    config = alembic_config()
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": LOCK_NUMBER})
            connection.execute(text("create schema if not exists migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except OperationalError as problem:
        raise DatabaseAway(host=address.host, reason=str(problem.orig).strip().splitlines()[-1]) from problem
    finally:
        engine.dispose()
