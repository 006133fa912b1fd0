"""Epochs that are over: what they still hold goes up under their own keys, beside the line of today's (design §5.4).

Each has a line as long as something of it is kept here, also when the hub has receipted all of it: a hub that is
restored lacks it again, and may not even know that epoch any more; then its line introduces it (`greeting.py`). From
time to time it says hello to hear how far a verified backup holds it, so that it can be purged.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from edge.runtime.database import Reader
from edge.sync.link import HubAddress, HubLink, Journal, LinkParts
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys

HELLO_S = 1_800.0
TIP = (
    "SELECT seq, hash FROM journal_entry WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch "
    "AND branch = 0 ORDER BY seq DESC LIMIT 1"
)


async def former_links(address: HubAddress, parts: LinkParts, keys: Keys) -> list[HubLink]:
    """A line for each epoch of which anything is kept here."""
    links = []
    for former in keys.former:
        owner = Owner(parts.writer.owner.org_id, keys.node_id, former.epoch)
        tip = await _tip(parts.reader, owner)
        if tip is not None:
            journal = Journal(owner, former.node_key(), _fixed(tip))
            links.append(HubLink(address, msgspec.structs.replace(parts, journal=journal)))
    return links


def greet_again(links: Sequence[HubLink]) -> None:
    """Each of them says hello at once: the hub is not what it was."""
    for link in links:
        link.greet_again()


async def greet_from_time_to_time(links: Sequence[HubLink]) -> None:
    """Until cancelled."""
    while links:
        await asyncio.sleep(HELLO_S)
        greet_again(links)


async def _tip(reader: Reader, owner: Owner) -> Tip | None:
    rows = await reader.values(TIP, {"org_id": owner.org_id, "node_id": owner.node_id, "epoch": owner.epoch})
    return Tip(rows[0][0], rows[0][1]) if rows else None


def _fixed(tip: Tip) -> Callable[[], Tip]:
    return lambda: tip
