"""What a revoked unit still had to say: stored raw and receipted, in no row until a human decides (design §5.7)."""

import hashlib

import structlog

from hub.runtime.hub import Hub
from hub.sync.cases import open_held_case
from shared.journal.bundle import Bundle
from shared.journal.chain import origin
from shared.journal.entry import Owner

log = structlog.get_logger()
KEEP = (
    "insert into sync.refused_bundle (org_id, digest, node_id, epoch, seq, reason, data, received_ms) "
    "values (%s, %s, %s, %s, %s, 'revoked', %s, %s) on conflict do nothing"
)


async def hold_bundle(hub: Hub, owner: Owner, bundle: Bundle, data: bytes) -> None:
    """Keep a verified bundle of a revoked unit, and open the case about it."""
    now_ms = hub.clock.now().wall_ms
    last = bundle.first + len(bundle.entries) - 1
    log.warning("upload of a revoked unit held", origin=origin(owner), first=bundle.first, last=last)
    async with hub.bus.tenant(owner.org_id) as connection:
        digest = hashlib.sha256(data).digest()
        await connection.execute(KEEP, (owner.org_id, digest, owner.node_id, owner.epoch, bundle.first, data, now_ms))
        await open_held_case(hub, connection, owner, first=bundle.first, last=last)
