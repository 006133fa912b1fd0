"""Keys of people that come beside a bundle. They hold up nothing: a parcel that does not open is said, not refused."""

import msgspec
import structlog

from hub.runtime.hub import Hub
from hub.sync.receive import receive
from hub.sync.sessions import find_node
from shared.journal.chain import origin
from shared.journal.entry import Owner
from shared.journal.vault import open_parcel
from shared.kernel.errors import BadSignature
from shared.sync.protocol import ParcelPush, PushAnswer, Session

log = structlog.get_logger()


async def receive_parcel(hub: Hub, session: Session, said: ParcelPush) -> PushAnswer:
    """Take a bundle as `receive` does, then its keys; the answer says whether they are kept.

    A crash between the two leaves the unit without an answer, so it sends both again, which changes nothing else.
    """
    answer = await receive(hub, session, said.bundle)
    kept = await take_parcel(hub, session.owner, said.vault)
    return msgspec.structs.replace(answer, keys_kept=kept)


async def take_parcel(hub: Hub, owner: Owner, data: bytes) -> bool:
    """Keep the keys of a parcel, by whatever road it came; False when it is none of this journal's for this hub."""
    node = await find_node(hub, owner.node_id, owner.epoch)
    try:
        people = open_parcel(data, owner=owner, node_public=node.sign_key, hub_key=hub.key)
    except BadSignature as error:
        log.warning("parcel refused", origin=origin(owner), problem=str(error))
        return False
    async with hub.bus.tenant(owner.org_id) as connection:
        await hub.people.take(connection, owner, people, hub.clock.now().wall_ms)
    return True
