"""How Tillhouse nodes say by mDNS that they are there: names, texts and addresses (RFC 6763). No organisation is named.

Whoever hears one has a suggestion where to look, no more: anybody on the network may say the same. A unit believes a
hub by its pairing code, its pinned authority and its pinned key, wherever it found the address.
"""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, ip_address
from uuid import UUID

import msgspec

from shared.sync.hosts import in_url, is_everywhere, is_loopback

HUB_SERVICE = "_tillhouse-hub._tcp.local."
EDGE_SERVICE = "_tillhouse-edge._tcp.local."
MARK_LETTERS = 16
"""So much of its authority's fingerprint a hub announces: enough for eyes to compare, never enough to trust."""
ADDRESSES_MAX = 4
CODE_LETTERS_MAX = 24
VERSION = "1"
_MARK = re.compile(rf"[0-9a-f]{{{MARK_LETTERS}}}")
_ID = re.compile(r"[0-9a-f]{32}")
Text = Mapping[str, str]


class HubSign(msgspec.Struct, frozen=True):
    """What a hub announces: its node id, and the first letters of its authority's fingerprint, if it has its own."""

    node_id: UUID
    mark: str = ""

    @property
    def instance(self) -> str:
        """The name of the announcement, by which a unit asks for this very hub."""
        return f"{self.node_id.hex}.{HUB_SERVICE}"

    @property
    def text(self) -> dict[str, str]:
        """What stands beside the address (TXT)."""
        return {"v": VERSION, "node": self.node_id.hex, "mark": self.mark}


class EdgeSign(msgspec.Struct, frozen=True):
    """What a unit announces: its node id, its kind (`venue`, `rsu`) and its code, as on paper."""

    node_id: UUID
    kind: str
    code: str

    @property
    def instance(self) -> str:
        """The name of the announcement."""
        return f"{self.node_id.hex}.{EDGE_SERVICE}"

    @property
    def text(self) -> dict[str, str]:
        """What stands beside the address (TXT)."""
        return {"v": VERSION, "node": self.node_id.hex, "kind": self.kind, "code": self.code[:CODE_LETTERS_MAX]}


def read_hub_sign(instance: str, text: Text) -> HubSign | None:
    """The sign of a hub; None for what no hub of ours says."""
    node_id, mark = _node(text), text.get("mark", "")
    if node_id is None or (mark and not _MARK.fullmatch(mark)):
        return None
    sign = HubSign(node_id, mark)
    return sign if sign.instance == instance.lower() else None


def read_edge_sign(instance: str, text: Text) -> EdgeSign | None:
    """The sign of a unit; None for what no unit of ours says."""
    node_id, kind, code = _node(text), text.get("kind", ""), text.get("code", "")
    fits = 0 < len(code) <= CODE_LETTERS_MAX and code.isprintable()
    if node_id is None or kind not in ("venue", "rsu") or not fits:
        return None
    sign = EdgeSign(node_id, kind, code)
    return sign if sign.instance == instance.lower() else None


def own_addresses(host: str, interfaces: Iterable[str]) -> tuple[str, ...]:
    """Under which addresses of these interfaces somebody who listens on `host` is reached.

    Addresses that only this machine reaches are told where no other interface is there to hear them.
    """
    given = tuple(interfaces)
    heard = [one for one in given if is_everywhere(host) or one == host or (is_loopback(one) and is_loopback(host))]
    alone = all(is_loopback(one) for one in given)
    return tuple(one for one in heard if alone or not is_loopback(one))


def near_addresses(addresses: Iterable[str], *, here: bool = False) -> tuple[str, ...]:
    """Those that lie in a network of a venue's own, the few first: no answer sends a unit out into the world.

    Loopback counts only where this machine alone was asked (`here`). IPv6 addresses of one link are left out, for they
    mean nothing without the interface.
    """
    near = (one for one in addresses if _is_near(one, here=here))
    return tuple(dict.fromkeys(near))[:ADDRESSES_MAX]


def url_at(address: str, port: int) -> str:
    """Where a hub would be asked."""
    return f"https://{in_url(address)}:{port}"


def _is_near(address: str, *, here: bool) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if found.is_multicast or found.is_unspecified or found.is_reserved:
        return False
    if found.is_loopback:
        return here
    if isinstance(found, IPv4Address):
        return found.is_private
    return found.is_private and found.ipv4_mapped is None and not found.is_link_local


def _node(text: Text) -> UUID | None:
    said = text.get("node", "")
    return UUID(hex=said) if _ID.fullmatch(said) and text.get("v") == VERSION else None
