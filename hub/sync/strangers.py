"""A unit that enrolled after the backup from which this hub was restored: known again by the hub's own signature.

Without this, its numbers could be granted to somebody else, and its sales would find nobody to take them.
"""

import structlog

from hub.runtime.hub import Hub
from hub.sync.generation import open_generation
from hub.sync.sessions import UnknownNode, find_epochs
from shared.domain.identity.commands import RecoverUnit
from shared.kernel.ids import derived_id
from shared.sync.certificate import Certificate
from shared.sync.stranger import read_introduction

log = structlog.get_logger()


async def take_stranger(hub: Hub, data: bytes) -> bool:
    """Know a unit again; False when the hub knows this epoch of it already. BadSignature, UnknownNode, UnknownVenue."""
    certificate, enabled = read_introduction(data, hub_key=hub.key.sign_public)
    if await _is_known(hub, certificate):
        return False
    async with hub.pool.connection() as connection:
        rows = await (await connection.execute("select org_id from directory.organizations()")).fetchall()
    if certificate.org not in {row[0] for row in rows}:
        raise UnknownNode
    log.error("a unit of our own that is not here", unit=certificate.code, node=str(certificate.node))
    order = RecoverUnit(
        command_id=derived_id(certificate.node, f"recover epoch {certificate.epoch} {certificate.sign_key.hex()}"),
        unit_id=certificate.node,
        venue_id=certificate.venue,
        kind=certificate.kind,
        code=certificate.code,
        name=certificate.name,
        sign_key=certificate.sign_key,
        seal_key=certificate.seal_key,
        unit_epoch=certificate.epoch,
        enabled=enabled,
        from_ms=certificate.from_ms,
        until_ms=certificate.until_ms,
    )
    await hub.bus.handle(certificate.org, order)
    # After it is known, for a recovery ends when each unit that is known has shown what it holds.
    await open_generation(hub, certificate.org, "evidence", beyond=certificate.generation)
    return True


async def _is_known(hub: Hub, certificate: Certificate) -> bool:
    try:
        epochs = await find_epochs(hub, certificate.node)
    except UnknownNode:
        return False
    return any(one.epoch >= certificate.epoch for one in epochs)
