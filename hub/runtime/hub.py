"""The hub's parts put together: pool, keys, bus, feed. Built once a process, passed in, never global."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from hub.runtime.entrance import Entrance
from hub.runtime.erased_log import ErasedLog
from hub.runtime.generation_file import GenerationFile
from hub.runtime.keyring import HubKeyring
from hub.runtime.people import People
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import APP
from hub.runtime.tenant import Pool, tenant
from hub.sync.beside import AT_ONCE, BATCHES_AT_ONCE
from hub.sync.emit import emit_rows
from hub.sync.gate import RUNNING_MAX, SMALL_PLACES
from hub.sync.generation import hub_holds, hub_state
from hub.sync.meter import Meter
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.clock import SystemClock
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.journal.signing import NodeKey
from shared.kernel.clock import Clock
from shared.pipeline.manifest import Slices
from shared.pipeline.postgres_applier import make_ready, table_name
from shared.pipeline.postgres_bus import HubTools, PostgresBus, ask_postgres
from shared.pipeline.queries import Query

PAGES_AT_ONCE = 4
"""Connections for head office's pages, beside all that units have turns for."""
POOL_SIZE_MAX = RUNNING_MAX + SMALL_PLACES + AT_ONCE + BATCHES_AT_ONCE + PAGES_AT_ONCE
POOL_WAIT_SECONDS_MAX = 5.0
"""A request waits so long for a connection, then says that the database is away."""
RECONNECT_SECONDS_MAX = 2.0
"""Short, because the waits between attempts double; the next request begins anew."""
FIRST_EPOCH = 1


class EpochsSeen:
    """In which epoch of the hub's journal this process last saw each organisation; other processes may know better."""

    def __init__(self) -> None:
        self._epochs: dict[UUID, int] = {}

    def saw(self, org_id: UUID, epoch: int) -> None:
        """It stands so in a transaction of now."""
        self._epochs[org_id] = epoch

    def of(self, org_id: UUID) -> int:
        """The epoch as it was last seen; the first one, where nobody looked yet."""
        return self._epochs.get(org_id, FIRST_EPOCH)


class Hub(msgspec.Struct, frozen=True):
    """One hub process: any organisation, any number of such processes on one database."""

    pool: Pool
    key: NodeKey
    node_id: UUID
    bus: PostgresBus
    keyring: HubKeyring
    people: People
    clock: Clock
    entrance: Entrance = Entrance()
    slices: Slices = ALL
    generations: GenerationFile = msgspec.field(default_factory=GenerationFile)
    epochs: EpochsSeen = msgspec.field(default_factory=EpochsSeen)
    meter: Meter = msgspec.field(default_factory=Meter)

    def owner(self, org_id: UUID) -> Owner:
        """The hub's own journal of an organisation, as this process last saw it; who writes asks `owner_in`."""
        return Owner(org_id, self.node_id, self.epochs.of(org_id))

    async def owner_in(self, connection: AsyncConnection[Any], org_id: UUID) -> Owner:
        """The same as it stands in this transaction."""
        state = await hub_state(connection, org_id)
        self.epochs.saw(org_id, state.epoch)
        return self.owner(org_id)

    async def many(self, org_id: UUID, query: Query[Any], **params: Any) -> list[Any]:
        """All rows of a page query, as the organisation sees them."""
        async with tenant(self.pool, org_id) as connection:
            return await self.many_in(connection, org_id, query, **params)

    async def many_in(
        self, connection: AsyncConnection[Any], org_id: UUID, query: Query[Any], **params: Any
    ) -> list[Any]:
        """The same inside an open transaction of the organisation."""
        return await ask_postgres(connection, self.owner(org_id), query, params)

    async def one(self, org_id: UUID, query: Query[Any], **params: Any) -> Any:
        """The first row of a page query, or None."""
        rows = await self.many(org_id, query, **params)
        return rows[0] if rows else None


async def _quiet(connection: AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)
    await connection.execute("set client_min_messages = warning")
    await make_ready(connection, ("journal.entry", "sync.feed_row", *map(table_name, ALL.rows)))


def _pool(address: PostgresAddress, connection_class: type[AsyncConnection[Any]]) -> Pool:
    return AsyncConnectionPool(
        address.url(APP),
        min_size=2,
        max_size=POOL_SIZE_MAX,
        connection_class=connection_class,
        open=False,
        configure=_quiet,
        check=AsyncConnectionPool.check_connection,
        timeout=POOL_WAIT_SECONDS_MAX,
        reconnect_timeout=RECONNECT_SECONDS_MAX,
    )


@asynccontextmanager
async def open_hub(
    address: PostgresAddress,
    keys: Keys,
    clock: Clock | None = None,
    entrance: Entrance | None = None,
    slices: Slices = ALL,
    *,
    erased: ErasedLog | None = None,
    generations: GenerationFile | None = None,
    connection_class: type[AsyncConnection[Any]] = AsyncConnection,
) -> AsyncIterator[Hub]:
    """The hub on its database, as the app role, over connections of this class; the pool is closed at the end."""
    key = keys.node_key()
    clock = clock or SystemClock()
    pool = _pool(address, connection_class)
    await pool.open()
    try:
        keyring, people = HubKeyring(keys, key, clock), People(keys, erased)
        tools = HubTools(
            tenant=partial(tenant, pool),
            clock=clock,
            chance=chance,
            keyring=keyring.open,
            effects={**keyring.effects(), **people.effects()},
            emit=emit_rows,
            holds=hub_holds,
        )

        async def owner_of(connection: AsyncConnection[Any], org_id: UUID) -> Owner:
            return await made.owner_in(connection, org_id)

        bus = PostgresBus(slices, tools, owner_of)
        seen = generations or GenerationFile()
        made = Hub(pool, key, keys.node_id, bus, keyring, people, clock, entrance or Entrance(), slices, seen)
        yield made
    finally:
        await pool.close()
