"""Heads: a journal's size and root as C2SP checkpoint text with a signed-note signature line.

The text is three lines (origin, size, base64 root); the signature line names the origin as key name and carries
four bytes of key id before the Ed25519 signature. The same text fits in a QR code.
"""

import base64
import hashlib

import msgspec

from shared.journal.chain import Tip, origin
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, verify
from shared.kernel.errors import BadSignature

ED25519 = b"\x01"


class Head(msgspec.Struct, frozen=True):
    """A verified head: the journal's name, its last seq and that entry's hash."""

    origin: str
    tip: Tip


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def sign_head(owner: Owner, tip: Tip, key: NodeKey) -> bytes:
    """The signed head of a journal at `tip`."""
    name = origin(owner)
    text = f"{name}\n{tip.seq}\n{base64.b64encode(tip.hash).decode()}\n"
    line = base64.b64encode(_key_id(name, key.sign_public) + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {line}\n".encode()


def read_head(data: bytes) -> Head:
    """The claim of a head, not yet verified: enough to look up whose key must have signed it."""
    try:
        name, size, root, *_ = data.decode().split("\n")
        tip = Tip(int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise BadSignature(what="a journal head") from error
    if tip.seq < 0 or len(tip.hash) != 32:
        raise BadSignature(what="a journal head")
    return Head(name, tip)


def verify_head(data: bytes, owner: Owner, public: bytes) -> Head:
    """The head, when it is `owner`'s and signed by `public`; unknown signature lines are passed over."""
    head = read_head(data)
    text, _, notes = data.decode().partition("\n\n")
    prefix = f"— {head.origin} "
    for line in notes.split("\n"):
        if not line.startswith(prefix):
            continue
        try:
            raw = base64.b64decode(line.removeprefix(prefix), validate=True)
        except ValueError as error:
            raise BadSignature(what="a journal head") from error
        if raw[:4] == _key_id(head.origin, public) and head.origin == origin(owner):
            verify(public, (text + "\n").encode(), raw[4:], what="a journal head")
            return head
    raise BadSignature(what="a journal head")
