"""Two people decided that what a revoked unit still held goes into the books: it is taken as any upload is."""

from uuid import UUID

from hub.runtime.hub import Hub
from hub.sync.receive import take_verified
from hub.sync.sessions import find_node
from shared.journal.entry import Owner

HELD = (
    "select data from sync.refused_bundle where org_id = %s and node_id = %s and epoch = %s and reason = 'revoked' "
    "order by seq"
)


async def take_held(hub: Hub, org_id: UUID, node_id: UUID, epoch: int) -> int:
    """Take every held bundle of an epoch, in order; how many. They stay as evidence, and twice changes nothing."""
    owner = Owner(org_id, node_id, epoch)
    node = await find_node(hub, node_id, epoch)
    async with hub.bus.tenant(org_id) as connection:
        rows = await (await connection.execute(HELD, (org_id, node_id, epoch))).fetchall()
    for (data,) in rows:
        await take_verified(hub, owner, node, bytes(data))
    return len(rows)
