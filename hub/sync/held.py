"""What a revoked unit still had to say: stored raw and receipted, in no row until a human decides (design §5.7).

Who holds the keys of a revoked unit can sign bundles without end, so what is held of an epoch has limits, far above
what a unit sells in a season. Nothing that is held goes, and nothing that is refused is lost: the unit keeps it.
"""

import hashlib

import structlog

from hub.runtime.hub import Hub
from hub.sync.cases import open_held_case
from shared.journal.bundle import Bundle
from shared.journal.chain import origin
from shared.journal.entry import Owner
from shared.kernel.errors import Fault
from shared.pipeline.postgres_applier import Connection

log = structlog.get_logger()
HELD_BYTES_MAX = 64 * 1024 * 1024
HELD_BUNDLES_MAX = 1_000
"""Each bundle is also a fact of the hub's own journal, so small ones count."""
KNOWN = "select 1 from sync.refused_bundle where org_id = %s and digest = %s"
HELD = (
    "select count(*), coalesce(sum(octet_length(data)), 0) from sync.refused_bundle "
    "where org_id = %s and node_id = %s and epoch = %s and reason = 'revoked'"
)
KEEP = (
    "insert into sync.refused_bundle (org_id, digest, node_id, epoch, seq, reason, data, received_ms) "
    "values (%s, %s, %s, %s, %s, 'revoked', %s, %s)"
)


class HeldFull(Fault):
    """As much of a revoked unit is held unread as the hub keeps."""

    code = "sync.held_full"
    sentence = (
        "The hub holds as much of this revoked unit unread as it keeps. "
        "Nothing is lost: the unit keeps the rest. Look at its case at the hub."
    )
    retry_after_ms = 60_000


async def hold_bundle(hub: Hub, connection: Connection, owner: Owner, bundle: Bundle, data: bytes) -> None:
    """Keep a verified bundle of a revoked unit, once, and open the case about it; HeldFull at the limit.

    The caller holds the lock on the epoch's head, so two at once do not pass the limit.
    """
    last = bundle.first + len(bundle.entries) - 1
    digest = hashlib.sha256(data).digest()
    if await (await connection.execute(KNOWN, (owner.org_id, digest))).fetchone() is not None:
        return
    row = await (await connection.execute(HELD, (owner.org_id, owner.node_id, owner.epoch))).fetchone()
    assert row is not None
    if row[0] >= HELD_BUNDLES_MAX or row[1] + len(data) > HELD_BYTES_MAX:
        log.error("no more of a revoked unit is held", origin=origin(owner), bundles=row[0], bytes=int(row[1]))
        raise HeldFull
    log.warning("upload of a revoked unit held", origin=origin(owner), first=bundle.first, last=last)
    now_ms = hub.clock.now().wall_ms
    await connection.execute(KEEP, (owner.org_id, digest, owner.node_id, owner.epoch, bundle.first, data, now_ms))
    await open_held_case(hub, connection, owner, first=bundle.first, last=last)
