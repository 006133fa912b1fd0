"""Personal data: sealed under a key of each person, found by a keyed digest, sent to the hub in parcels (design §3).

A fact carries `seal_text`'s bytes; key and digest stand in vault tables alone. Who loses the key keeps a fact that
says nothing, and who has no digest cannot ask whether somebody was here. Nothing here reads a clock or draws chance.
"""

import hmac
from typing import Annotated
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, open_document, seal_to
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature, EvidenceError
from shared.kernel.limits import BUNDLE_ENTRIES_MAX

SEAL_TAG = b"tillhouse/vault/v1"
DIGEST_TAG = b"tillhouse/phone/v1"
CONTACT_KEY_TAG = b"tillhouse/contact-key/v1"
PARCEL_TAG = "tillhouse/parcel/v1"
PARCEL_KEY_TAG = b"tillhouse/parcel-key/v1"
PHONE = "phone"
KEY_BYTES, NONCE_BYTES, DIGEST_BYTES = 32, 12, 16
PARCEL_KEYS_MAX = 2 * BUNDLE_ENTRIES_MAX
"""The people of one bundle, and as many whose keys waited."""


class SealBroken(EvidenceError):
    """Sealed personal data that does not open under the key given for it."""

    code = "evidence.seal_broken"
    sentence = "What is sealed for person {person} does not open under the key of this person."


def seal_text(text: str, key: bytes, *, org: UUID, person: UUID, purpose: str, nonce: bytes) -> bytes:
    """A short text under the person's key (32 bytes) and a nonce (12 bytes, never used twice); the nonce leads."""
    assert len(key) == KEY_BYTES
    assert len(nonce) == NONCE_BYTES
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, text.encode(), _about(org, person, purpose))


def open_text(sealed: bytes, key: bytes, *, org: UUID, person: UUID, purpose: str) -> str:
    """The text again; SealBroken under another key, organisation, person or purpose, or when a bit changed."""
    try:
        opened = ChaCha20Poly1305(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _about(org, person, purpose))
        return opened.decode()
    except (InvalidTag, ValueError) as error:
        raise SealBroken(person=person) from error


def _about(org: UUID, person: UUID, purpose: str) -> bytes:
    return SEAL_TAG + org.bytes + person.bytes + purpose.encode()


def phone_digest(contact_key: bytes, phone: str) -> bytes:
    """Sixteen bytes that one phone (E.164) always gives under an organisation's contact key, and nobody without it."""
    return hmac.digest(contact_key, DIGEST_TAG + phone.encode(), "sha256")[:DIGEST_BYTES]


def _contact_info(owner: Owner) -> bytes:
    return CONTACT_KEY_TAG + owner.org_id.bytes + owner.node_id.bytes + owner.epoch.to_bytes(8, "big")


def seal_contact_key(contact_key: bytes, owner: Owner, seal_public: bytes) -> bytes:
    """The organisation's contact key for one epoch of a node, sealed to its X25519 key."""
    return seal_to(seal_public, contact_key, _contact_info(owner))


def open_contact_key(sealed: bytes, owner: Owner, key: NodeKey) -> bytes:
    """The contact key (32 bytes), opened by the node it was sealed to; BadSignature otherwise."""
    found = key.unseal(sealed, _contact_info(owner))
    if len(found) != KEY_BYTES:
        raise BadSignature(what="a contact key")
    return found


Sixteen = Annotated[bytes, msgspec.Meta(min_length=DIGEST_BYTES, max_length=DIGEST_BYTES)]
ThirtyTwo = Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]


class PersonKey(msgspec.Struct, frozen=True, array_like=True):
    """What the vault holds of one person: the key that opens, and the digest that finds."""

    person_id: UUID
    digest: Sixteen
    key: ThirtyTwo


Keys = Annotated[list[PersonKey], msgspec.Meta(max_length=PARCEL_KEYS_MAX)]


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """Keys that travel beside the bundle of entries `first` to `last`, sealed to the hub; says itself whose it is."""

    org: UUID
    node: UUID
    epoch: int
    first: int
    last: int
    sealed: bytes

    @property
    def owner(self) -> Owner:
        """The journal of the node that packed it."""
        return Owner(self.org, self.node, self.epoch)

    @property
    def info(self) -> bytes:
        """HPKE info: under another journal or range it does not open."""
        numbers = b"".join(number.to_bytes(8, "big") for number in (self.epoch, self.first, self.last))
        return PARCEL_KEY_TAG + self.org.bytes + self.node.bytes + numbers


def pack_parcel(
    people: list[PersonKey], *, owner: Owner, first: int, last: int, hub_seal_key: bytes, key: NodeKey
) -> bytes:
    """Sealed to the hub and signed by the node, since sealing alone proves no sender."""
    empty = Parcel(owner.org_id, owner.node_id, owner.epoch, first, last, b"")
    sealed = seal_to(hub_seal_key, encode(people), empty.info)
    return key.document(PARCEL_TAG, encode(msgspec.structs.replace(empty, sealed=sealed)))


def open_parcel(data: bytes, *, owner: Owner, node_public: bytes, hub_key: NodeKey) -> list[PersonKey]:
    """The keys of a parcel that this journal's node signed for this hub; BadSignature otherwise."""
    try:
        parcel = decode(open_document(data, tag=PARCEL_TAG, public=node_public), Parcel)
        if parcel.owner != owner or not 0 <= parcel.first <= parcel.last < 2**63:
            raise BadSignature(what="a parcel of another journal")
        return decode(hub_key.unseal(parcel.sealed, parcel.info), Keys)
    except (msgspec.DecodeError, OverflowError) as error:
        raise BadSignature(what="a parcel") from error
