"""Pairing: the one-time code that an admin makes at the hub and somebody types or scans at the edge (design §5).

The text carries where the hub is, the fingerprint of its authority, and a secret of 75 bits; the hub keeps the
secret's hash alone. A hand can type the short code, sixteen letters, when the edge knows the hub's address already; the
last of them is a check letter, so a typing error is told from a code that is over before anybody is asked.

Where the edge does not know the address, it asks each hub that announces itself on its network. The one that knows the
code proves it (`hub_proof`) and tells the rest, its address and fingerprint; all others learn nothing, for what they
are shown is a hash of a hash of 75 bits.
"""

import hashlib
import hmac
from typing import Annotated
from uuid import UUID

import msgspec

from shared.kernel.errors import InputRefused
from shared.kernel.validation import ALPHABET, check_letter

ENROL_TAG = "tillhouse/enrol/v1"
PREFIX = "TH1"
SECRET_LETTERS = 16
GROUP_LETTERS = 4
PAIRING_MS = 60 * 60 * 1_000
TEXT_LETTERS_MAX = 400
NONCE_BYTES = 32
URL_LETTERS_MAX = 300
SEPARATOR = "*"
"""A letter that stands in no address and no code, and that QR codes and keyboards both know."""
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


class PairingCode(msgspec.Struct, frozen=True):
    """Where to enrol, whom to trust there (SHA-256 of its authority, hex; empty: a public one), and the secret."""

    url: str
    fingerprint: str
    secret: str

    def text(self) -> str:
        """What the QR code holds and a keyboard can paste."""
        return SEPARATOR.join((PREFIX, self.url, self.fingerprint, self.secret))

    @property
    def digest(self) -> bytes:
        """What the hub keeps of the secret."""
        return secret_digest(self.secret)


def make_secret(chance: bytes) -> str:
    """Fifteen Crockford letters (75 bits) from at least ten random bytes, and their check letter."""
    number = int.from_bytes(chance[:10], "big")
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(SECRET_LETTERS - 1))
    return letters + check_letter(letters)


def secret_digest(secret: str) -> bytes:
    """SHA-256 over the secret's letters; guessing 75 bits within the hour is out of reach."""
    return hashlib.sha256(b"tillhouse/pairing/v1" + secret.encode()).digest()


def pairing_name(digest: bytes) -> bytes:
    """By what a hub finds a pairing whose digest it is not shown."""
    return hashlib.sha256(b"tillhouse/pairing-name/v1" + digest).digest()


def hub_proof(digest: bytes, nonce: bytes, url: str, fingerprint: str) -> bytes:
    """What only a hub that knows the pairing can say: that this is its address, and this its authority."""
    said = b"".join(len(part).to_bytes(4, "big") + part for part in (nonce, url.encode(), fingerprint.encode()))
    return hmac.digest(digest, b"tillhouse/hub-proof/v1" + said, "sha256")


def is_short(text: str) -> bool:
    """Whether this is a code without an address."""
    return not text.strip().upper().startswith(PREFIX + SEPARATOR)


def secret_text(secret: str) -> str:
    """The secret in fours, for eyes and fingers."""
    return "-".join(secret[place : place + GROUP_LETTERS] for place in range(0, len(secret), GROUP_LETTERS))


def read_secret(text: str) -> str:
    """The secret as typed: small letters, gaps and look-alikes are forgiven; InputRefused says what is wrong."""
    letters = text.strip().upper().translate(LOOKALIKES)
    strange = next((letter for letter in letters if letter not in ALPHABET), "")
    if strange and len(letters) <= SECRET_LETTERS:
        raise InputRefused(field="Code", problem=f"it has 16 letters and digits, never “{strange}”; look at it again")
    if len(letters) != SECRET_LETTERS:
        problem = f"it has 16 letters and digits, and these are {len(letters)}; copy it from the hub"
        raise InputRefused(field="Code", problem=problem)
    if check_letter(letters[:-1]) != letters[-1]:
        problem = "a letter is wrong, or two changed places; compare it with the hub's page"
        raise InputRefused(field="Code", problem=problem)
    return letters


def read_pairing(text: str, *, url: str = "", fingerprint: str = "") -> PairingCode:
    """The code as scanned, pasted or typed; a short one goes to `url`. InputRefused when it is none."""
    words = text.strip()
    if len(words) > TEXT_LETTERS_MAX:
        raise InputRefused(field="Code", problem="it is longer than any pairing code; scan the one on the hub's page")
    if is_short(words):
        if not url:
            raise InputRefused(field="Code", problem="the hub is not known yet; paste the whole code, or scan it")
        return PairingCode(url, fingerprint, read_secret(words))
    parts = words.split(SEPARATOR)
    if len(parts) != 4 or not parts[1].startswith(("https://", "http://")):
        raise InputRefused(field="Code", problem="a piece of it is missing; copy it whole from the hub's page")
    mark = parts[2].lower()
    if mark and (len(mark) != 64 or any(letter not in "0123456789abcdef" for letter in mark)):
        raise InputRefused(field="Code", problem="its fingerprint is damaged; copy it again from the hub's page")
    return PairingCode(parts[1].rstrip("/"), mark, read_secret(parts[3]))


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An edge asks to be enrolled: its own public keys, signed by them; `node` is its id, new or kept."""

    secret: str
    node: UUID
    sign_key: bytes
    seal_key: bytes
    program: str = ""


class ProofRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An edge that holds a short code asks whether this is the hub that made it."""

    name: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    nonce: Annotated[bytes, msgspec.Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]


class ProofAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The rest of the code, and `hub_proof` of it."""

    url: Annotated[str, msgspec.Meta(max_length=URL_LETTERS_MAX)]
    fingerprint: Annotated[str, msgspec.Meta(max_length=64)]
    proof: bytes


class EnrolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an enrolled edge keeps: its certificate, and the organisation's contact key sealed to it."""

    certificate: bytes
    organization: str = ""
    contact_key: bytes = b""
    hub_time_ms: int = 0
