"""To whom an edge belongs: what the hub answered when it was added, pinned in a file beside its keys."""

from pathlib import Path
from uuid import UUID

import msgspec

from shared.kernel.codec import decode_json
from shared.kernel.errors import TillhouseError

UNITS = ("venue", "rsu")


class NotJoined(TillhouseError):
    """The edge belongs to no organisation yet."""

    code = "edge.not_joined"
    sentence = (
        "This edge belongs to no organisation yet. Make a code at the hub (Units, Add a unit), then type it on this "
        "edge's own page or give it to `tillhouse edge enrol`."
    )


class BadMembership(TillhouseError):
    """Not an answer of a hub."""

    code = "edge.bad_membership"
    sentence = "This is no membership ({problem}). Enrol this edge with a new code from the hub."


class OtherNode(TillhouseError):
    """The membership names another node."""

    code = "edge.other_node"
    sentence = "This membership is for node {theirs}; the keys in this folder are node {ours}. Use the right folder."


class UnitIdentity(msgspec.Struct, frozen=True):
    """The unit as the hub knows it; `code` stands on paper."""

    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str


class Membership(msgspec.Struct, frozen=True):
    """Organisation, unit, and the hub's node id and Ed25519 key (hex), which the edge trusts from now on.

    `hub_url` is where the hub is found; `hub_ca` the authority (PEM) that TLS trusts there, empty for public ones;
    `certificate` the one that enrolment brought (hex), for `epoch`.
    """

    org_id: UUID
    unit: UnitIdentity
    hub_node_id: UUID
    hub_sign_key: str
    hub_url: str = ""
    hub_ca: str = ""
    epoch: int = 1
    certificate: str = ""

    @property
    def hub_key(self) -> bytes:
        """The hub's public signing key (32 bytes)."""
        return bytes.fromhex(self.hub_sign_key)


def parse_membership(text: bytes | str) -> Membership:
    """The membership in a hub's answer; BadMembership when it is none."""
    try:
        found = decode_json(text, Membership)
        well_formed = len(found.hub_key) == 32
    except ValueError as error:
        raise BadMembership(problem=str(error)[:120]) from error
    if not well_formed or found.unit.kind not in UNITS:
        raise BadMembership(problem="the key or the kind of unit is not one")
    return found


def store_membership(path: Path, membership: Membership) -> None:
    """Write it in one piece."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(membership), indent=1))
    unfinished.replace(path)


def read_membership(path: Path, *, node_id: UUID) -> Membership:
    """The stored membership of this node; NotJoined, BadMembership or OtherNode when there is none for it."""
    if not path.exists():
        raise NotJoined
    found = parse_membership(path.read_bytes())
    if found.unit.unit_id != node_id:
        raise OtherNode(theirs=found.unit.unit_id, ours=node_id)
    return found
