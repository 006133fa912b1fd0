"""Two people decided that what a revoked unit still held goes into the books: it is taken as any upload is."""

from uuid import UUID

import structlog

from hub.runtime.hub import Hub
from hub.sync.receive import take_verified
from hub.sync.sessions import find_node
from shared.journal.chain import origin
from shared.journal.entry import Owner
from shared.kernel.errors import EvidenceError, Refusal

log = structlog.get_logger()
HELD = (
    "select data from sync.refused_bundle where org_id = %s and node_id = %s and epoch = %s and reason = 'revoked' "
    "order by seq"
)


async def take_held(hub: Hub, org_id: UUID, node_id: UUID, epoch: int) -> int:
    """Take every held bundle of an epoch, in order; how many. They stay as evidence, and twice changes nothing.

    One that fits nowhere keeps no other from being taken: a thief may have put it there for that.
    """
    owner = Owner(org_id, node_id, epoch)
    node = await find_node(hub, node_id, epoch)
    async with hub.bus.tenant(org_id) as connection:
        rows = await (await connection.execute(HELD, (org_id, node_id, epoch))).fetchall()
    taken = 0
    for (data,) in rows:
        try:
            await take_verified(hub, owner, node, bytes(data))
            taken += 1
        except (Refusal, EvidenceError) as error:
            log.warning("a held bundle fits nowhere", origin=origin(owner), problem=str(error))
    return taken
