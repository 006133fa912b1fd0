"""Leases: granted once a request id, and those whose documents this hub holds, by whatever road they came."""

from uuid import UUID

from hub.runtime.hub import Hub
from shared.domain.raffle.commands import GrantLease
from shared.pipeline.postgres_applier import Connection
from shared.sync.lease import answered_under
from shared.sync.protocol import LeaseRequest, Session

DOCUMENT = "select data from sync.lease_document where org_id = %s and lease_id = %s"
HELD = "select lease_id from sync.lease_document where org_id = %s and lease_id = any(%s)"


async def grant(hub: Hub, session: Session, asked: LeaseRequest) -> bytes:
    """Grant once a request id; the document of the same lease however often it is asked for."""
    order = GrantLease(
        command_id=answered_under(session.node, session.epoch, asked.request),
        event_id=asked.event,
        holder_id=session.node,
        holder_epoch=session.epoch,
        request_id=asked.request,
    )
    async with hub.bus.tenant(session.org) as connection:
        entries = await hub.bus.handle_in(connection, session.org, order)
        cursor = await connection.execute(DOCUMENT, (session.org, entries[0].envelope.entity))
        row = await cursor.fetchone()
    assert row is not None, "a granted lease has its document"
    return bytes(row[0])


async def held_leases(connection: Connection, org_id: UUID, wanted: list[UUID]) -> set[UUID]:
    """Those of `wanted` whose document is here; one that came back too late has its document too."""
    return {row[0] for row in await (await connection.execute(HELD, (org_id, wanted))).fetchall()}
