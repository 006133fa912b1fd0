"""Leases whose documents this hub holds: granted here, or shown by a unit after they were lost."""

from uuid import UUID

from shared.pipeline.postgres_applier import Connection

HELD = "select lease_id from sync.lease_document where org_id = %s and lease_id = any(%s)"


async def held_leases(connection: Connection, org_id: UUID, wanted: list[UUID]) -> set[UUID]:
    """Those of `wanted` whose document is here; one that came back too late has its document too."""
    return {row[0] for row in await (await connection.execute(HELD, (org_id, wanted))).fetchall()}
