"""The hub's feed, read by position: from 0 it is the snapshot, from anywhere the tail (design §5.10)."""

from typing import Any

from psycopg import AsyncConnection

from hub.runtime.hub import Hub
from hub.sync.emit import FIRST_GENERATION
from hub.sync.generation import first_position
from hub.sync.sessions import NotProven
from shared.domain.identity import queries as identity
from shared.kernel.limits import FEED_PAGE_CHANGES_MAX
from shared.sync.feed import FeedChange, FeedPage, scopes_of, sign_page
from shared.sync.protocol import Session

READ = (
    "select position, kind, key, gone, row from sync.feed_row "
    "where org_id = %s and scope = any(%s) and position > %s and position <= %s order by position, scope limit %s"
)


async def feed_end(connection: AsyncConnection[Any]) -> tuple[int, int]:
    """(generation, last position) of the tenant's feed."""
    row = await (await connection.execute("select generation, position from sync.feed_head")).fetchone()
    return (row[0], row[1]) if row else (FIRST_GENERATION, 0)


async def read_feed(hub: Hub, session: Session, since: int, most: int = FEED_PAGE_CHANGES_MAX) -> bytes:
    """The next signed page for a node behind `since`; at most `most` changes, and each position of them whole."""
    async with hub.bus.tenant(session.org) as connection:
        units = await hub.many_in(connection, session.org, identity.UNIT, unit_id=session.node)
        feeder = await hub.owner_in(connection, session.org)
        generation, last = await feed_end(connection)
        if since and not first_position(generation) <= since <= last:
            raise NotProven  # a position of another generation: the next hello says so and begins a snapshot
        rows: list[Any] = []
        scopes: list[str] = []
        if units:
            scopes = scopes_of(units[0].venue_id, units[0].kind)
            cursor = await connection.execute(READ, (session.org, scopes, since, last, most + 1), prepare=True)
            rows = await cursor.fetchall()
    changes = [FeedChange(row[0], row[1], bytes(row[2]), row[3], bytes(row[4])) for row in rows]
    end = len(changes) <= most
    if not end:
        cut = changes[-1].position
        changes = [change for change in changes if change.position < cut]
    # Who moves leaves one scope and enters another at one position: whoever reads both hears of the leaving first.
    changes.sort(key=lambda change: (change.position, not change.gone))
    page = FeedPage(
        org=session.org,
        feeder=hub.node_id,
        feeder_epoch=feeder.epoch,
        generation=generation,
        since=since,
        upto=last if end else changes[-1].position,
        end=end,
        signed_ms=hub.clock.now().wall_ms,
        changes=changes,
        scopes=tuple(scopes),
    )
    return sign_page(page, hub.key)
