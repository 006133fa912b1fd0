"""Epochs that are over: what they still hold goes up under their own keys, beside the line of today's (design §5.4)."""

from collections.abc import Callable

import msgspec

from edge.runtime.database import Reader
from edge.sync.link import HubAddress, HubLink, Journal, LinkParts
from edge.sync.receipts import receipt_of
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys

TIP = (
    "SELECT seq, hash FROM journal_entry WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch "
    "AND branch = 0 ORDER BY seq DESC LIMIT 1"
)


async def former_links(address: HubAddress, parts: LinkParts, keys: Keys) -> list[HubLink]:
    """A line for each epoch whose journal the hub has not receipted to its end."""
    links = []
    for former in keys.former:
        owner = Owner(parts.writer.owner.org_id, keys.node_id, former.epoch)
        tip = await _unreceipted_tip(parts.reader, owner)
        if tip is not None:
            journal = Journal(owner, former.node_key(), _fixed(tip))
            links.append(HubLink(address, msgspec.structs.replace(parts, journal=journal)))
    return links


async def _unreceipted_tip(reader: Reader, owner: Owner) -> Tip | None:
    rows = await reader.values(TIP, {"org_id": owner.org_id, "node_id": owner.node_id, "epoch": owner.epoch})
    if not rows:
        return None
    receipt = await receipt_of(reader, owner)
    tip = Tip(rows[0][0], rows[0][1])
    return None if receipt is not None and receipt.seq >= tip.seq else tip


def _fixed(tip: Tip) -> Callable[[], Tip]:
    return lambda: tip
