"""Everything that `/metrics` tells of an organisation, read in one transaction."""

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from hub.runtime.hub import Hub
from hub.sync.clock_marks import DRIFTS
from hub.sync.feed import feed_end
from hub.sync.generation import hub_state
from hub.sync.organizations import every_organization
from hub.sync.queries import QUARANTINED, REPORTS
from shared.domain.cases.queries import CASES_OPEN
from shared.domain.identity.queries import UNITS
from shared.domain.identity.state import UnitCard
from shared.kernel.codec import decode
from shared.pipeline.postgres_applier import Connection
from shared.sync.protocol import UnitReport

UNPROJECTED = "select count(*) from sync.unprojected where org_id = %s"
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


async def read_organizations(hub: Hub) -> list[OrganizationReading] | None:
    """Every organisation of this hub; None while the database is away."""
    try:
        return [await read_organization(hub, org_id) for org_id in await every_organization(hub)]
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
