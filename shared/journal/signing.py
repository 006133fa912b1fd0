"""Signatures: Ed25519 over DSSE pre-authentication encoding with a domain tag; keys sealed by HPKE (design §5).

Documents (leases, feed pages, sessions) are signed as PAE(tag, exact bytes). Heads follow the C2SP signed-note
format and live in `head`.
"""

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature

SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


class SignedDocument(msgspec.Struct, frozen=True, array_like=True):
    """Exact payload bytes with what they are (`tag`) and an Ed25519 signature over both."""

    tag: str
    payload: bytes
    signature: bytes


def pae(tag: str, payload: bytes) -> bytes:
    """DSSE v1 pre-authentication encoding: no two (tag, payload) pairs share one."""
    name = tag.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


class NodeKey:
    """A node's two private keys: Ed25519 to sign, X25519 to open what is sealed to it."""

    def __init__(self, sign_seed: bytes, seal_seed: bytes) -> None:
        self._sign = Ed25519PrivateKey.from_private_bytes(sign_seed)
        self._open = X25519PrivateKey.from_private_bytes(seal_seed)
        self.sign_public = self._sign.public_key().public_bytes_raw()
        self.seal_public = self._open.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature (64 bytes) of `message`."""
        return self._sign.sign(message)

    def document(self, tag: str, payload: bytes) -> bytes:
        """`payload` as an encoded SignedDocument."""
        return encode(SignedDocument(tag, payload, self.sign(pae(tag, payload))))

    def unseal(self, sealed: bytes, info: bytes) -> bytes:
        """Open what was sealed to this node under the same `info`; BadSignature when it was not."""
        try:
            return SUITE.decrypt(sealed, self._open, info)
        except (InvalidTag, ValueError) as error:
            raise BadSignature(what="a sealed key") from error


def seal_to(public: bytes, secret: bytes, info: bytes) -> bytes:
    """Seal `secret` by HPKE (RFC 9180, base mode) to an X25519 public key of 32 bytes."""
    return SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(public), info)


def verify(public: bytes, message: bytes, signature: bytes, *, what: str) -> None:
    """BadSignature unless `signature` over `message` verifies under the Ed25519 key `public` (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(what=what) from error


def open_document(data: bytes, *, tag: str, public: bytes) -> bytes:
    """The payload of a SignedDocument with this tag and signer; BadSignature otherwise."""
    try:
        document = decode(data, SignedDocument)
    except msgspec.DecodeError as error:
        raise BadSignature(what=tag) from error
    if document.tag != tag:
        raise BadSignature(what=tag)
    verify(public, pae(tag, document.payload), document.signature, what=tag)
    return document.payload
