"""The organisation's contact key for a unit that enrolled before there was one, or lost it: asked for after a hello."""

from collections.abc import Set as AbstractSet

import structlog

from edge.runtime.contacts import Contacts
from edge.sync.hub_client import HubAway, HubClient, HubRefused
from edge.sync.parcels import FEATURE
from shared.journal.signing import NodeKey
from shared.kernel.errors import EvidenceError

log = structlog.get_logger()


async def ask_contact_key(
    client: HubClient, contacts: Contacts | None, key: NodeKey, features: AbstractSet[str]
) -> None:
    """Ask where it is missing and the hub knows of it; whatever keeps it away, it is asked for another time.

    Phones wait for it, and nothing else may: the session stays, sales go up, the line's task goes on.
    """
    if contacts is None or not contacts.why_not or FEATURE not in features:
        return
    try:
        contacts.learn(await client.contact_key(), key)
    except (HubRefused, HubAway, EvidenceError, OSError) as error:
        log.info("no contact key yet", detail=str(error))
