"""The migrated schema: bound to organisations, and refusing by itself what must not be."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.runtime.catalogue import catalogue_faults
from hub.runtime.global_tables import GLOBAL_TABLES
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import APP, OWNER, WORKER
from tests.support.hub import RunningHub

Connection = psycopg.Connection[tuple[Any, ...]]
ROVERS, HUB, UNIT, EVENT = (UUID(int=number) for number in range(1, 5))
LEASE = (
    "insert into raffle.raffle_lease (org_id, node_id, epoch, branch, lease_id, request_id, event_id, holder_id, "
    "holder_epoch, first_number, last_number) values (%s, %s, %s, 0, %s, %s, %s, %s, 1, %s, %s)"
)
TAKEN = (
    "insert into raffle.raffle_lease_taken (org_id, node_id, epoch, branch, lease_id, event_id, granter_id, "
    "first_number, last_number, document) values (%s, %s, 1, 0, %s, %s, %s, %s, %s, '')"
)
RANGE = (
    "insert into raffle.raffle_range (org_id, node_id, epoch, branch, lease_id, lease_first, lease_last, "
    "first_number, last_number, event_id, sale_seq) values (%s, %s, 1, 0, %s, %s, %s, %s, %s, %s, 1)"
)


@pytest.fixture
def by_hand(migrated: PostgresAddress) -> Iterator[Connection]:
    """The owner's connection, as a person with the database address has it, set to one organisation."""
    with psycopg.connect(migrated.url(OWNER), autocommit=True) as connection:
        connection.execute("select set_config('tillhouse.org', %s, false)", [str(ROVERS)])
        yield connection


def _lease(connection: Connection, first: int, last: int, epoch: int = 1) -> None:
    connection.execute(LEASE, (ROVERS, HUB, epoch, uuid4(), uuid4(), EVENT, UNIT, first, last))


def _take(connection: Connection, first: int, last: int) -> UUID:
    lease_id = uuid4()
    connection.execute(TAKEN, (ROVERS, UNIT, lease_id, EVENT, HUB, first, last))
    return lease_id


def _sell(connection: Connection, lease: tuple[UUID, int, int], first: int, last: int) -> None:
    connection.execute(RANGE, (ROVERS, UNIT, *lease, first, last, EVENT))


def test_every_table_of_the_hub_is_bound_to_its_organisation(migrated: PostgresAddress) -> None:
    with psycopg.connect(migrated.url(OWNER), autocommit=True) as connection:
        assert catalogue_faults(connection, GLOBAL_TABLES) == []


def test_a_lease_over_numbers_that_are_leased_is_refused_by_the_database(by_hand: Connection) -> None:
    _lease(by_hand, 100_001, 102_000)
    with pytest.raises(psycopg.errors.ExclusionViolation) as refusal:
        _lease(by_hand, 102_000, 104_000)
    assert (refusal.value.sqlstate, refusal.value.diag.constraint_name) == ("23P01", "raffle_lease_overlap")
    _lease(by_hand, 102_001, 104_000)


def test_a_new_epoch_of_the_granter_cannot_lease_the_numbers_of_the_old_one(by_hand: Connection) -> None:
    _lease(by_hand, 100_001, 102_000)
    with pytest.raises(psycopg.errors.ExclusionViolation):
        _lease(by_hand, 101_000, 101_001, epoch=2)


@pytest.mark.parametrize(("first", "last"), [(15, 15), (1, 10), (20, 30), (11, 19), (5, 40)])
def test_numbers_that_are_sold_cannot_be_sold_again(by_hand: Connection, first: int, last: int) -> None:
    lease = (_take(by_hand, 1, 100), 1, 100)
    _sell(by_hand, lease, 10, 20)
    with pytest.raises(psycopg.Error) as refusal:
        _sell(by_hand, lease, first, last)
    assert refusal.value.sqlstate == "23P01"
    _sell(by_hand, lease, 41, 50)


def test_the_same_first_number_twice_is_refused_too(by_hand: Connection) -> None:
    lease = (_take(by_hand, 1, 100), 1, 100)
    _sell(by_hand, lease, 10, 20)
    with pytest.raises(psycopg.IntegrityError):
        _sell(by_hand, lease, 10, 12)


def test_numbers_outside_their_lease_are_refused(by_hand: Connection) -> None:
    lease_id = _take(by_hand, 1, 100)
    with pytest.raises(psycopg.errors.CheckViolation) as outside:
        _sell(by_hand, (lease_id, 1, 100), 95, 101)
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as stretched:
        _sell(by_hand, (lease_id, 1, 200), 95, 101)
    assert (outside.value.sqlstate, stretched.value.sqlstate) == ("23514", "23503")


@pytest.mark.parametrize("role", [APP, WORKER])
@pytest.mark.parametrize("act", ["update journal.entry set data = ''", "delete from journal.entry"])
@pytest.mark.anyio
async def test_nobody_who_serves_can_change_or_delete_an_entry(running: RunningHub, role: str, act: str) -> None:
    with psycopg.connect(running.address.url(role)) as connection:
        connection.execute("select set_config('tillhouse.org', %s, true)", [str(running.org_id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(act.encode())


@pytest.mark.anyio
async def test_not_even_the_owner_rewrites_an_entry_by_hand(running: RunningHub) -> None:
    with psycopg.connect(running.address.url(OWNER)) as connection:
        connection.execute("select set_config('tillhouse.org', %s, true)", [str(running.org_id)])
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            connection.execute("update journal.entry set data = ''")


def test_each_range_of_a_backlog_is_checked_by_two_neighbours_before_anybody_has_analysed_the_table(
    by_hand: Connection,
) -> None:
    """A later connection plans anew, with nothing known of a table that has grown: it must not read all of it."""
    lease_id = _take(by_hand, 1, 100_000)
    rows = "select %s, %s, 1, 0, %s, 1, 100000, n, n, %s, n from generate_series(%s::bigint, %s) as n"
    bundle = RANGE.partition(" values ")[0] + " " + rows
    read = (
        "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables "
        "where relid = 'raffle.raffle_range'::regclass"
    )
    with by_hand.transaction():
        for first in range(1, 10_001, 1_000):
            by_hand.execute("discard plans")
            by_hand.execute(bundle, (ROVERS, UNIT, lease_id, EVENT, first, first + 999))
        row = by_hand.execute(read).fetchone()
    assert row is not None
    assert 10_000 < row[0] <= 2 * 10_000
