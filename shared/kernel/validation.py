"""Validation numbers: what a buyer proves a ticket with (GLI-31 2.3.2, design §6).

100 bits: the sale's first draw number (35 bits, so numbers are unique because draw numbers are) and 65 bits of
HMAC-SHA256 under the lease's key (so nobody can guess one). Written as 20 Crockford characters and a check
character over GF(32), which finds every wrong character and every two that changed places.
"""

import hashlib
import hmac
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DRAW_NUMBER_MAX = 2**35 - 1
MAC_BITS = 65
LETTERS = 20
_VALUES = {letter: place for place, letter in enumerate(ALPHABET)}
_MISREAD = str.maketrans("OIL", "011")
_REDUCE = 0b100101  # x⁵ + x² + 1, irreducible over GF(2)


def lease_key(event_key: bytes, lease_id: UUID) -> bytes:
    """The key of one lease: HKDF-SHA256 (RFC 5869) of the event's key, the lease's id as info; 32 bytes."""
    extracted = hmac.digest(b"tillhouse/lease-key/v1", event_key, "sha256")
    return hmac.digest(extracted, lease_id.bytes + b"\x01", "sha256")


def validation_number(key: bytes, *, event_id: UUID, lease_id: UUID, first: int) -> str:
    """The validation number of the sale whose first draw number is `first`: 21 characters."""
    assert 0 <= first <= DRAW_NUMBER_MAX
    mac = hmac.digest(key, event_id.bytes + lease_id.bytes + first.to_bytes(8, "big"), hashlib.sha256)
    value = first << MAC_BITS | int.from_bytes(mac, "big") >> 256 - MAC_BITS
    letters = [value >> 5 * (LETTERS - 1 - place) & 31 for place in range(LETTERS)]
    return "".join(ALPHABET[letter] for letter in (*letters, _check(letters)))


def draw_number_in(number: str) -> int | None:
    """The first draw number inside a validation number; None when it was mistyped."""
    letters = [_VALUES.get(letter, -1) for letter in tidy(number)]
    if len(letters) != LETTERS + 1 or -1 in letters or _check(letters[:-1]) != letters[-1]:
        return None
    value = 0
    for letter in letters[:-1]:
        value = value << 5 | letter
    return value >> MAC_BITS


def tidy(text: str) -> str:
    """What was typed or scanned, as it is stored: no spaces, hyphens or case; O read as 0, I and L as 1."""
    return "".join(text.upper().replace("-", " ").translate(_MISREAD).split())


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        right >>= 1
        left <<= 1
        if left & 32:
            left ^= _REDUCE
    return product


def _weights() -> list[list[int]]:
    """gᵖ·letter over GF(32) for each place p and letter, with g = x."""
    weight, table = 1, []
    for _ in range(LETTERS):
        weight = _times(weight, 2)
        table.append([_times(weight, letter) for letter in range(32)])
    return table


_WEIGHTED = _weights()


def _check(letters: list[int]) -> int:
    """Σ gᵖ·letter: all weights differ, so every single error and every transposition shows."""
    total = 0
    for row, letter in zip(_WEIGHTED, letters, strict=True):
        total ^= row[letter]
    return total
