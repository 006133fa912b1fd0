"""The one way to the rows of an organisation: a transaction that carries its id."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.sql import SQL, Literal
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]


@asynccontextmanager
async def tenant(pool: Pool, org_id: UUID) -> AsyncIterator[AsyncConnection[tuple[Any, ...]]]:
    """A connection in a transaction that sees and writes `org_id` only; commits at the end, rolls back on an error.

    The setting is local to the transaction, so the next user of the connection starts with none.
    """
    async with pool.connection() as connection, connection.transaction():
        await set_tenant(connection, org_id)
        yield connection


async def set_tenant(connection: AsyncConnection[tuple[Any, ...]], org_id: UUID) -> None:
    """Set the organisation of the transaction that is open; a worker does so once it has claimed a job.

    Said by `set local`, which takes no snapshot: the transaction may still choose its isolation level.
    """
    await connection.execute(SQL("set local tillhouse.org = {}").format(Literal(str(org_id))))
