"""Everything that `/metrics` tells of an organisation, read in one transaction."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from hub.runtime.hub import Hub
from hub.sync.clock_marks import DRIFTS
from hub.sync.feed import feed_end
from hub.sync.generation import hub_state
from hub.sync.queries import QUARANTINED, REPORTS
from shared.domain.cases.queries import CASES_OPEN
from shared.domain.identity.queries import UNITS
from shared.domain.identity.state import UnitCard
from shared.kernel.codec import decode
from shared.pipeline.postgres_applier import Connection
from shared.sync.protocol import UnitReport

ORGANIZATIONS = "select org_id from directory.organizations()"
UNPROJECTED = "select count(*) from sync.unprojected where org_id = %s"
DATABASE_S_MAX = 2.0
BACKUP = "select max(backup_ms) from sync.backup where org_id = %s"


class OrganizationReading(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation at `read_ms` (ms UTC); `heard` is each unit's last report and when it came."""

    org_id: UUID
    read_ms: int
    units: list[UnitCard]
    heard: dict[UUID, tuple[int, UnitReport]]
    ahead_ms: dict[UUID, int]
    quarantined: dict[UUID, int]
    cases: Counter[str]
    cases_about: Counter[UUID]
    unprojected: int
    generation: int
    position: int
    recovering: bool
    backup_ms: int | None


async def reaches_database(hub: Hub) -> bool:
    """Whether the database answers now; one that takes longer is away for whoever waits."""
    try:
        async with asyncio.timeout(DATABASE_S_MAX), hub.pool.connection() as connection:
            await connection.execute("select 1")
    except (psycopg.Error, TimeoutError):
        return False
    return True


async def read_organizations(hub: Hub) -> list[OrganizationReading] | None:
    """Every organisation of this hub; None while the database is away."""
    try:
        async with hub.pool.connection() as connection:
            rows = await (await connection.execute(ORGANIZATIONS)).fetchall()
        return [await read_organization(hub, row[0]) for row in rows]
    except (psycopg.OperationalError, psycopg.InterfaceError):
        return None


async def read_organization(hub: Hub, org_id: UUID) -> OrganizationReading:
    """One organisation."""
    async with hub.bus.tenant(org_id) as connection:
        reports = await hub.many_in(connection, org_id, REPORTS)
        cards = await hub.many_in(connection, org_id, CASES_OPEN)
        generation, position = await feed_end(connection)
        return OrganizationReading(
            org_id=org_id,
            read_ms=hub.clock.now().wall_ms,
            units=await hub.many_in(connection, org_id, UNITS),
            heard={one.node_id: (one.heard_ms, decode(one.report, UnitReport)) for one in reports},
            ahead_ms={one.node_id: one.ahead_ms for one in await hub.many_in(connection, org_id, DRIFTS)},
            quarantined={one.node_id: one.count for one in await hub.many_in(connection, org_id, QUARANTINED)},
            cases=Counter(card.kind for card in cards),
            cases_about=Counter(card.about_node_id for card in cards if card.about_node_id),
            unprojected=await _value(connection, UNPROJECTED, org_id) or 0,
            generation=generation,
            position=position,
            recovering=(await hub_state(connection, org_id)).recovering,
            backup_ms=await _value(connection, BACKUP, org_id),
        )


async def _value(connection: Connection, text: str, org_id: UUID) -> Any:
    row = await (await connection.execute(text.encode(), [org_id])).fetchone()
    return row[0] if row else None
