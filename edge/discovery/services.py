"""What announces itself by mDNS on chosen interfaces: asked for, for a moment, and bounded in every direction.

Answers come from anybody who is plugged in. They are cut, cleaned and counted here; what they claim stays a claim.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from edge.devices.said import shown
from shared.nearby.signs import near_addresses

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange
    from zeroconf.asyncio import AsyncZeroconf

SERVICES_MAX = 32
"""Of one kind: whoever floods the network with printers hides no hub."""
TEXT_ENTRIES_MAX = 24
TEXT_BYTES_MAX = 120
NAME_LETTERS_MAX = 63
LISTEN_S = 1.5
RESOLVE_MS = 1_200
PORT_MAX = 65_535


class Service(msgspec.Struct, frozen=True):
    """One announcement: its kind (`_ipp._tcp.local.`), its whole name, near addresses, port, and its text."""

    kind: str
    name: str
    addresses: tuple[str, ...]
    port: int
    text: Mapping[str, str]

    @property
    def title(self) -> str:
        """Its own name, as it can be shown."""
        return shown(self.name.removesuffix(f".{self.kind}"), NAME_LETTERS_MAX)


def read_text(properties: Mapping[bytes, bytes | None]) -> dict[str, str]:
    """The text of an announcement: keys in small ASCII letters, values as they can be shown; the first ones only."""
    found: dict[str, str] = {}
    for key, value in list(properties.items())[:TEXT_ENTRIES_MAX]:
        name = key[:TEXT_BYTES_MAX].decode("ascii", errors="ignore").lower()
        if name.isprintable() and name not in found:
            found[name] = shown((value or b"")[:TEXT_BYTES_MAX].decode("utf-8", errors="replace"), TEXT_BYTES_MAX)
    return found


async def browse(
    zeroconf: "AsyncZeroconf", kinds: Sequence[str], *, here: bool, seconds: float = LISTEN_S
) -> tuple[Service, ...]:
    """What announces itself as one of these kinds within the time, by name, at most SERVICES_MAX of a kind.

    `here`: only this machine is asked, so its own loopback addresses count.
    """
    from zeroconf.asyncio import AsyncServiceBrowser

    asked: dict[tuple[str, str], asyncio.Task[Service | None]] = {}
    counts: Counter[str] = Counter()

    def heard(*, service_type: str, name: str, state_change: "ServiceStateChange", **_said: Any) -> None:
        known = (service_type, name) in asked or counts[service_type] >= SERVICES_MAX
        if state_change.name == "Added" and not known:
            counts[service_type] += 1
            asked[service_type, name] = asyncio.ensure_future(resolve(zeroconf, service_type, name, here=here))

    browser = AsyncServiceBrowser(zeroconf.zeroconf, list(kinds), handlers=[heard])
    try:
        await asyncio.sleep(seconds)
    finally:
        await browser.async_cancel()
        for task in asked.values():
            task.cancel()
        answers = await asyncio.gather(*asked.values(), return_exceptions=True)
    found = (one for one in answers if isinstance(one, Service))
    return tuple(sorted(found, key=lambda one: (one.kind, one.name)))


async def resolve(zeroconf: "AsyncZeroconf", kind: str, name: str, *, here: bool) -> Service | None:
    """Where the announcement of this name is; None when nobody says so in time, or nobody near."""
    from zeroconf import Error
    from zeroconf.asyncio import AsyncServiceInfo

    try:
        about = AsyncServiceInfo(kind, name)
        answered = await about.async_request(zeroconf.zeroconf, RESOLVE_MS)
        said = about.parsed_addresses() if answered else []
        text = read_text(about.properties)
    except (Error, ValueError, OSError):
        return None
    addresses, port = near_addresses(said, here=here), about.port or 0
    return Service(kind, name, addresses, port, text) if addresses and 0 < port <= PORT_MAX else None
