"""Every organisation of this hub: asked by what works for all of them, or does not know yet for which."""

from uuid import UUID

from hub.runtime.hub import Hub

ORGANIZATIONS = "select org_id from directory.organizations()"


async def every_organization(hub: Hub) -> list[UUID]:
    """The ids of all organisations of this hub."""
    async with hub.pool.connection() as connection:
        return [row[0] for row in await (await connection.execute(ORGANIZATIONS)).fetchall()]
