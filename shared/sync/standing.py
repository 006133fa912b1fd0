"""The hub's word on a unit: may this node's epoch sell; signed, so that an edge keeps it and believes nobody else."""

import hashlib
from typing import Literal
from uuid import UUID

import msgspec

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.sync.figures import Count, WallMs

STANDING_TAG = "tillhouse/standing/v1"
State = Literal["enabled", "disabled", "revoked", "superseded", "forked", "behind"]
MAY_SELL = frozenset({"enabled"})
MAY_READ_FEED = frozenset({"enabled", "disabled"})
"""A disabled unit keeps its rows fresh, so that it sells the moment it is enabled; the others learn nothing more."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One node's epoch, its state, and when the hub said so (ms UTC).

    `answers` is the digest of the hello that it answers (`hello_digest`), for a unit to know that it is no older word;
    empty in other answers, and from a hub of 0.1.0.
    `disabled`: head office stopped it for now. `revoked`: for good. `superseded`: enrolled anew, this epoch is over.
    `forked`: two histories of this epoch. `behind`: its journal is older than what the hub holds of it.
    """

    org: UUID
    node: UUID
    epoch: Count
    state: State
    reason: str
    generation: Count
    signed_ms: WallMs
    answers: bytes = b""


def hello_digest(data: bytes) -> bytes:
    """What names a hello, as its unit signed it."""
    return hashlib.sha256(data).digest()


def sign_standing(standing: Standing, key: NodeKey) -> bytes:
    """The standing as a signed document."""
    return key.document(STANDING_TAG, encode(standing))


def read_standing(data: bytes, *, hub_key: bytes, owner: Owner) -> Standing:
    """The standing, when the hub signed it for this journal; BadSignature otherwise."""
    try:
        standing = decode(open_document(data, tag=STANDING_TAG, public=hub_key), Standing)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a standing") from error
    if (standing.org, standing.node, standing.epoch) != (owner.org_id, owner.node_id, owner.epoch):
        raise BadSignature(what="a standing of another unit")
    return standing
