"""A unit that its hub does not know any more introduces itself by what the hub once signed (design §5.6)."""

import msgspec

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, SignedDocument, open_document
from shared.kernel.clock import DAY_MS
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.sync.certificate import Certificate, read_certificate
from shared.sync.standing import MAY_SELL, State, read_standing

STRANGER_TAG = "tillhouse/stranger/v1"
STANDING_TRUSTED_MS = DAY_MS
"""So old may the word be by which a unit that nobody knows sells again; a unit keeps it fresh while it has a line."""


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's own certificate and standing of a unit; signed by the key that the certificate names."""

    certificate: bytes
    standing: bytes = b""


def introduce(certificate: bytes, standing: bytes, key: NodeKey) -> bytes:
    """The introduction as a signed document."""
    return key.document(STRANGER_TAG, encode(Stranger(certificate=certificate, standing=standing)))


def read_introduction(data: bytes, *, hub_key: bytes, now_ms: int) -> tuple[Certificate, State]:
    """Whom the hub's own word names, proven by that unit's key, and how it stood; BadSignature otherwise.

    It stood as its standing says; disabled where there is none, and where an `enabled` one is in doubt: older than the
    certificate beside it, or not of the last day, for then head office may have stopped the unit since.
    """
    try:
        said = decode(decode(data, SignedDocument).payload, Stranger)
    except msgspec.DecodeError as error:
        raise BadSignature(what="an introduction") from error
    certificate = read_certificate(said.certificate, hub_key=hub_key)
    open_document(data, tag=STRANGER_TAG, public=certificate.sign_key)
    if not said.standing:
        return certificate, "disabled"
    owner = Owner(certificate.org, certificate.node, certificate.epoch)
    standing = read_standing(said.standing, hub_key=hub_key, owner=owner)
    old = standing.generation < certificate.generation or abs(now_ms - standing.signed_ms) > STANDING_TRUSTED_MS
    return certificate, "disabled" if old and standing.state in MAY_SELL else standing.state
