"""SQLite on the units and Postgres at the hub hold the same rows and the same totals, to the cent."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection

from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import APP
from shared.domain.identity.rows import StaffRow, UnitRow, VenueRow
from shared.domain.slices import ALL
from shared.journal.chain import empty_tip, follow
from shared.pipeline import postgres_applier
from shared.pipeline.changes import Change, Put, Row, row_key
from shared.pipeline.postgres_bus import read_row
from shared.pipeline.replay import changes_of, replay_journal
from shared.pipeline.tables import column_names
from tests.pipeline.nights import A_NIGHT, Night, Step, a_night
from tests.support.evening import HUB, ORG, PROJECTED, Node, fresh_memory, rows_of

VIEW_COLUMNS = {
    "raffle_sale_state": "org_id, node_id, epoch, branch, seq, sale_id, amount_minor, chain, is_void,"
    " is_disputed, is_refunded",
    "raffle_unit_total": "org_id, event_id, node_id, currency, sale_count, ticket_count, amount_minor, cash_minor,"
    " last_sold_ms, disputed_count, disputed_minor",
    "raffle_event_total": "org_id, event_id, currency, sale_count, ticket_count, amount_minor, disputed_count,"
    " disputed_minor",
}


def _plain(value: Any) -> Any:
    """A value of Postgres as SQLite would answer it."""
    if isinstance(value, UUID):
        return value.bytes
    return int(value) if isinstance(value, bool) else value


@asynccontextmanager
async def _as_the_hub(address: PostgresAddress) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(address.url(APP)) as connection:
        await connection.execute("select set_config('tillhouse.org', %s, true)", [str(ORG)])
        yield connection


async def _select(connection: AsyncConnection[Any], columns: str, table: str) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(f"select {columns} from {table}".encode())
    return sorted((tuple(map(_plain, row)) for row in await cursor.fetchall()), key=repr)


def _changes(node: Node) -> list[Change]:
    return list(changes_of(ALL, node.owner, follow(node.owner, empty_tip(node.owner), node.entries())))


async def _hub_equals_units(night: Night, address: PostgresAddress, batch: int) -> None:
    together = fresh_memory()
    async with _as_the_hub(address) as hub:
        for node in reversed(night.nodes):
            changes = _changes(node)
            for start in range(0, len(changes), batch):
                await postgres_applier.apply(hub, changes[start : start + batch])
            replay_journal(node.db, together, ALL, node.owner)
        live = rows_of(together, *(node.owner for node in night.nodes))
        for kind in PROJECTED:
            stored = await _select(hub, ", ".join(column_names(kind)), postgres_applier.table_name(kind))
            assert stored == live[kind.TABLE.full_name]
        for view, columns in VIEW_COLUMNS.items():
            shown = sorted(together.execute(f"SELECT {columns} FROM {view}").fetchall(), key=repr)
            assert await _select(hub, columns, f"raffle.{view}") == shown
            assert shown


@pytest.mark.parametrize("batch", [1, 7, 100_000])
def test_hub_and_units_hold_the_same_rows_and_totals(migrated: PostgresAddress, batch: int) -> None:
    with a_night(A_NIGHT) as night:
        asyncio.run(_hub_equals_units(night, migrated, batch))


def test_a_closed_event_is_closed_on_both_sides(migrated: PostgresAddress) -> None:
    with a_night([*A_NIGHT[:9], Step("close", 0, 0)]) as night:
        asyncio.run(_hub_equals_units(night, migrated, 5))


def test_postgres_refuses_a_number_sold_twice_whole_batch_and_all(migrated: PostgresAddress) -> None:
    async def twice() -> None:
        async with _as_the_hub(migrated) as hub:
            await postgres_applier.apply(hub, changes)
            with pytest.raises(psycopg.IntegrityError):
                await postgres_applier.apply(hub, changes)
            await hub.rollback()

    with a_night(A_NIGHT) as night:
        changes = _changes(night.units[0])
        asyncio.run(twice())


AWKWARD = [
    "",
    " ",
    "\\",
    "\\N",
    "\\.",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "a\tb",
    "\\t",
    "'",
    '"',
    ",",
    "é🎟",
    "\x01",
    "\x7f",
    "\x0b\x0c",
    "\u200b",
]


def test_awkward_texts_arrive_at_the_hub_unchanged_by_few_rows_and_by_many(migrated: PostgresAddress) -> None:
    chance = random.Random(7)
    texts = AWKWARD + ["".join(chance.choices("\\Nt\n\r\t.x0b", k=6)) for _ in range(300)]
    venues = [
        VenueRow(owner=HUB, venue_id=UUID(int=place + 1), name=text, place=text, zone="UTC", cutoff_min=-place)
        for place, text in enumerate(texts)
    ]
    staff = [
        StaffRow(
            owner=HUB,
            staff_id=row.venue_id,
            venue_id=row.venue_id if place % 2 else None,
            role="x",
            active=place % 3 == 0,
        )
        for place, row in enumerate(venues)
    ]
    units = [
        UnitRow(
            owner=HUB,
            unit_id=row.venue_id,
            venue_id=row.venue_id,
            kind="rsu",
            code=str(place),
            name="",
            sign_key=bytes([place % 256]) * 3,
            seal_key=b"",
        )
        for place, row in enumerate(venues)
    ]

    async def write(batch: int) -> None:
        async with _as_the_hub(migrated) as hub:
            kinds: tuple[list[Row], ...] = ([*venues], [*staff], [*units])
            for kind in kinds:
                for start in range(0, len(kind), batch):
                    await postgres_applier.apply(hub, [Put(row) for row in kind[start : start + batch]])
                stored = [await read_row(hub, type(row), HUB, row_key(row)) for row in kind]
                assert stored == kind
            await hub.rollback()

    asyncio.run(write(postgres_applier.COPY_ROWS_MIN - 1))
    asyncio.run(write(1_000))
