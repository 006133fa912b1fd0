"""Validation numbers: what a buyer proves a ticket with (GLI-31 2.3.2, design §6).

100 bits: the sale's first draw number (35 bits, so numbers are unique because draw numbers are) and 65 bits of
HMAC-SHA256 under the lease's key (so nobody can guess one). Written as 20 Crockford characters and a check
character over GF(32), which finds every wrong character and every two that changed places.
"""

import hashlib
import hmac
from functools import lru_cache
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
    value = first << MAC_BITS | _numbers_of(key, event_id, lease_id).mac(first)
    value = value << 5 | _check_of(value)
    return "".join([ALPHABET[value >> shift & 31] for shift in _SHIFTS])


class NumberCheck:
    """The validation numbers of one lease, thousands at a time: what all of them share is hashed once."""

    def __init__(self, key: bytes, *, event_id: UUID, lease_id: UUID) -> None:
        # HMAC (RFC 2104), whose keys of up to a block are padded.
        assert len(key) <= 64
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + event_id.bytes + lease_id.bytes)
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def mac(self, first: int) -> int:
        """The bits behind draw number `first` that nobody can guess."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(first.to_bytes(8, "big"))
        outer.update(inner.digest())
        return int.from_bytes(outer.digest(), "big") >> 256 - MAC_BITS

    def holds(self, number: str, first: int) -> bool:
        """Whether `number`, as it is stored, belongs to the sale whose first draw number is `first`."""
        try:
            value = int(number.encode("ascii").translate(_AS_INT), 32)
        except ValueError:
            return False
        letters = value >> 5
        if len(number) != LETTERS + 1 or letters != first << MAC_BITS | self.mac(first):
            return False
        return value & 31 == _check_of(letters)


@lru_cache(maxsize=16)
def _numbers_of(key: bytes, event_id: UUID, lease_id: UUID) -> NumberCheck:
    """A unit sells from one lease for hundreds of sales; what is kept stays in memory, as its key does."""
    return NumberCheck(key, event_id=event_id, lease_id=lease_id)


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


def check_letter(text: str) -> str:
    """The check letter behind up to twenty letters of the alphabet, of a code that people type."""
    total = 0
    for row, letter in zip(_WEIGHTED, text, strict=False):
        total ^= row[_VALUES[letter]]
    return ALPHABET[total]


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


def _masks() -> list[int]:
    """For each bit of the check character the bits of a number that it is the parity of: the check is linear."""
    masks = [0] * 5
    for bit in range(5 * LETTERS):
        check = _check([1 << bit >> 5 * (LETTERS - 1 - place) & 31 for place in range(LETTERS)])
        for place in range(5):
            masks[place] |= (check >> place & 1) << bit
    return masks


_CHECK_MASKS = _masks()[::-1]
_SHIFTS = tuple(range(5 * LETTERS, -1, -5))


def _check_of(value: int) -> int:
    """The check letter of the letters that `value` holds."""
    check = 0
    for mask in _CHECK_MASKS:
        check = check << 1 | (value & mask).bit_count() & 1
    return check


_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
_AS_INT = bytes(_DIGITS[_VALUES[chr(byte)]] if chr(byte) in _VALUES else 0x21 for byte in range(256))
"""From this alphabet to Python's digits of base 32; anything else becomes what no number holds."""
