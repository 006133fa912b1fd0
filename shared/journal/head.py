"""Heads: a journal's size and root as C2SP checkpoint text with a signed-note signature line.

The text is three lines (origin, size, base64 root); the signature line names the origin as key name and carries
four bytes of key id before the Ed25519 signature. The same text fits in a QR code.

A receipt is the same head with the hub's line below the unit's: each holds the other's signature over one text, so
neither can deny the sale or the upload.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from uuid import UUID

import msgspec

from shared.journal.chain import Tip, origin
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, verify
from shared.kernel.errors import BadSignature

ED25519 = b"\x01"
RECEIPT = "tillhouse/receipt/v1"
RECEIPT_TYPE = b"\xff" + RECEIPT.encode()
"""A type of our own, as C2SP signed notes have them: the hub's line covers its own name, so its epoch, too."""


class Head(msgspec.Struct, frozen=True):
    """A verified head: the journal's name, its last seq and that entry's hash.

    Of a receipt also the epoch of the hub's own journal in which it was cosigned; 0 for a head that is none.
    """

    origin: str
    tip: Tip
    hub_epoch: int = 0


def _key_id(name: str, public: bytes, kind: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def _message(name: str, text: str, kind: bytes) -> bytes:
    """What a line of this type signs: the text, and before it, on a receipt, whose line it is."""
    return f"{RECEIPT}\n{name}\n{text}".encode() if kind == RECEIPT_TYPE else text.encode()


def _line(name: str, text: str, key: NodeKey, kind: bytes) -> str:
    """One signature line of a signed note: the key's name, its id and its signature."""
    signed = _key_id(name, key.sign_public, kind) + key.sign(_message(name, text, kind))
    return f"— {name} {base64.b64encode(signed).decode()}\n"


def sign_head(owner: Owner, tip: Tip, key: NodeKey) -> bytes:
    """The signed head of a journal at `tip`."""
    name = origin(owner)
    text = f"{name}\n{tip.seq}\n{base64.b64encode(tip.hash).decode()}\n"
    return f"{text}\n{_line(name, text, key, ED25519)}".encode()


def cosign(head: bytes, hub: Owner, key: NodeKey) -> bytes:
    """The receipt of a verified head: its text, the signature lines of its own journal, and the hub's below them.

    Lines under any other name are left out: nobody but the hub says what stands in the hub's name.
    """
    name = read_head(head).origin
    text, notes = _parts(head)
    kept = "".join(f"{line}\n" for line in notes.split("\n") if line.startswith(f"— {name} "))
    return f"{text}\n{kept}{_line(origin(hub), text, key, RECEIPT_TYPE)}".encode()


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


def journal_of(head: Head) -> Owner:
    """The journal that a head names, not yet verified; BadSignature when its name is none."""
    found = re.fullmatch(r"tillhouse/([^/]+)/([^/]+)/e([1-9][0-9]{0,17})", head.origin)
    try:
        owner = Owner(UUID(found[1]), UUID(found[2]), int(found[3])) if found else None
    except ValueError:
        owner = None
    if owner is None or origin(owner) != head.origin:
        raise BadSignature(what="a journal head")
    return owner


def verify_head(data: bytes, owner: Owner, public: bytes) -> Head:
    """The head, when it is `owner`'s and signed by `public`; unknown signature lines are passed over."""
    head = read_head(data)
    if head.origin != origin(owner):
        raise BadSignature(what="a journal head")
    _verify_line(data, re.escape(head.origin), public, ED25519, what="a journal head")
    return head


def verify_receipt(data: bytes, owner: Owner, node_public: bytes, hub: Owner, hub_public: bytes) -> Head:
    """The head, when `owner` signed it and the hub cosigned it; BadSignature otherwise.

    Any epoch of the hub's journal will do: a restored hub signs under a new one, and older receipts stay good.
    """
    head = verify_head(data, owner, node_public)
    name = re.escape(f"tillhouse/{hub.org_id}/{hub.node_id}/e") + "[1-9][0-9]*"
    signer = _verify_line(data, name, hub_public, RECEIPT_TYPE, what="a receipt")
    return Head(head.origin, head.tip, int(signer.rpartition("/e")[2]))


def _parts(data: bytes) -> tuple[str, str]:
    """The text that is signed, with its last line feed, and the signature lines."""
    text, _, notes = data.decode().partition("\n\n")
    return text + "\n", notes


def _signatures(notes: str, name: str, what: str) -> Iterator[tuple[str, bytes]]:
    """Key name and raw signature of every line whose name matches the pattern `name`."""
    for line in notes.split("\n"):
        if found := re.fullmatch(f"— ({name}) (.*)", line):
            try:
                yield found[1], base64.b64decode(found[2], validate=True)
            except ValueError as error:
                raise BadSignature(what=what) from error


def _verify_line(data: bytes, name: str, public: bytes, kind: bytes, *, what: str) -> str:
    """Under which name: BadSignature unless the first line under `name` with this key's id is this key's signature."""
    text, notes = _parts(data)
    for signer, raw in _signatures(notes, name, what):
        if raw[:4] == _key_id(signer, public, kind):
            verify(public, _message(signer, text, kind), raw[4:], what=what)
            return signer
    raise BadSignature(what=what)
