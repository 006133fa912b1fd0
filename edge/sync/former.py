"""Epochs that are over: what they still hold goes up under their own keys, beside the line of today's (design §5.4).

Each has a line as long as something of it is kept here, also when the hub has receipted all of it: a hub that is
restored lacks it again, and may not even know that epoch any more; then its line introduces it (`greeting.py`). From
time to time it says hello to hear how far a verified backup holds it, so that it can be purged.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence

import msgspec
import structlog

from edge.runtime.database import Reader
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, Journal, LinkParts
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys

log = structlog.get_logger()
HELLO_S = 1_800.0
AGAIN_S = 5.0
TIP = (
    "SELECT seq, hash FROM journal_entry WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch "
    "AND branch = 0 ORDER BY seq DESC LIMIT 1"
)


async def former_links(address: HubAddress, parts: LinkParts, keys: Keys) -> list[HubLink]:
    """A line for each epoch of which anything is kept here; one that cannot be read holds up no other."""
    links = []
    for former in keys.former:
        owner = Owner(parts.writer.owner.org_id, keys.node_id, former.epoch)
        try:
            tip = await _tip(parts.reader, owner)
        except sqlite3.Error:
            log.exception("a former epoch cannot be read", node=str(owner.node_id), epoch=owner.epoch)
            continue
        if tip is not None:
            journal = Journal(owner, former.node_key(), _fixed(tip))
            links.append(HubLink(address, msgspec.structs.replace(parts, journal=journal)))
    return links


async def keep_up(link: HubLink) -> None:
    """Until cancelled: a torn page in one journal, or a bug of ours in its line, stops no other line."""
    try:
        while True:
            try:
                await link.talk()
            except Exception:
                log.exception("former line ended", node=str(link.owner.node_id), epoch=link.owner.epoch)
            await asyncio.sleep(AGAIN_S)
    finally:
        await link.hang_up()


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
