"""A unit's certificate: who it is, where it stands, what it may read and until when; signed by the hub (design §5)."""

from uuid import UUID

import msgspec

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, open_document
from shared.kernel.clock import DAY_MS
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.sync.figures import Count, WallMs

CERTIFICATE_TAG = "tillhouse/certificate/v1"
VALID_MS = 90 * DAY_MS
RENEW_MS = 60 * DAY_MS
"""A hello with less than this left brings a new one, so a unit that is seen once a month never runs out."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch of a node. `sign_key` and `seal_key` are its own public keys, `hub_key` the one it may trust."""

    org: UUID
    venue: UUID
    node: UUID
    epoch: Count
    kind: str
    code: str
    name: str
    scopes: tuple[str, ...]
    sign_key: bytes
    seal_key: bytes
    hub_node: UUID
    hub_key: bytes
    hub_seal_key: bytes
    generation: Count
    from_ms: WallMs
    until_ms: WallMs


def sign_certificate(certificate: Certificate, key: NodeKey) -> bytes:
    """The certificate as a signed document."""
    return key.document(CERTIFICATE_TAG, encode(certificate))


def read_certificate(data: bytes, *, hub_key: bytes, owner: Owner | None = None) -> Certificate:
    """The certificate, when the hub signed it (for this journal, where one is given); BadSignature otherwise."""
    try:
        found = decode(open_document(data, tag=CERTIFICATE_TAG, public=hub_key), Certificate)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a certificate") from error
    if owner is not None and (found.org, found.node, found.epoch) != (owner.org_id, owner.node_id, owner.epoch):
        raise BadSignature(what="a certificate of another unit")
    return found
