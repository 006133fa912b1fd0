"""The hub says by mDNS that it is there: its node id, its port, and the first letters of its authority's fingerprint.

No organisation is named, and nothing secret is said. Whoever hears it has an address to ask; the pairing code and the
pinned keys decide whom a unit believes. A hub whose TLS a proxy ends is found at the proxy, so it stays silent.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from hub.runtime.entrance import Entrance
from hub.runtime.settings import HubSettings
from shared.nearby.mdns import Mdns, announcing, chosen_interfaces
from shared.nearby.signs import MARK_LETTERS, HubSign
from shared.sync.hosts import is_everywhere, is_loopback


@asynccontextmanager
async def announced(settings: HubSettings, node_id: UUID, entrance: Entrance) -> AsyncIterator[None]:
    """Announce the hub as long as the block runs, on the addresses where it listens; never in anybody's way."""
    mdns = Mdns(lambda: hub_interfaces(settings))
    sign = HubSign(node_id, entrance.fingerprint[:MARK_LETTERS])
    try:
        async with announcing(mdns, sign, host=settings.host, port=settings.port):
            yield
    finally:
        await mdns.close()


def hub_interfaces(settings: HubSettings) -> tuple[str, ...]:
    """The chosen addresses of this machine on which the hub is reached; on loopback it is told to this machine."""
    on = settings.discovery == "on" and settings.tls != "off"
    host, chosen = settings.host, chosen_interfaces(on=on, named=settings.discovery_interfaces)
    return tuple(
        one for one in chosen if is_everywhere(host) or one == host or (is_loopback(one) and is_loopback(host))
    )
