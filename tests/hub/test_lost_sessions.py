"""A session with the database that ends at any word of a statement is a lost database, never a fault of the program."""

from typing import Any

import psycopg
import pytest

from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import OWNER
from shared.pipeline.postgres_applier import execute_each

pytestmark = pytest.mark.anyio
EXCHANGES_MAX = 20


class Ending(psycopg.AsyncConnection[Any]):
    """A session that ends at the exchange that comes after `left` more; `late`: once the server carried it out."""

    left = EXCHANGES_MAX
    late = False

    async def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        self.left -= 1
        if self.left >= 0:
            return await super().wait(gen, *args, **kwargs)
        if self.late:
            await super().wait(gen, *args, **kwargs)
        self.pgconn.finish()
        raise psycopg.OperationalError("the connection to the database is lost")


async def _is_written(address: PostgresAddress, after: int, *, late: bool) -> bool:
    """Write two rows over a session that ends after so many exchanges; whether both were written."""
    connection = await Ending.connect(address.url(OWNER))
    await connection.execute("create temporary table given (number int)")
    connection.left, connection.late = after, late
    try:
        await execute_each(connection, "insert into given values (%s)", [(1,), (2,)])
    except psycopg.OperationalError:
        return False
    finally:
        await connection.close()
    return True


@pytest.mark.parametrize("late", [False, True])
async def test_a_session_that_ends_at_any_exchange_is_told_as_a_lost_database(
    database: PostgresAddress, late: bool
) -> None:
    written = [await _is_written(database, after, late=late) for after in range(EXCHANGES_MAX)]
    assert written[0] is False
    assert written[-1] is True
    assert written == sorted(written)
