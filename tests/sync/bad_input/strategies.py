"""What may arrive instead of what was sent: bytes cut, replaced, made up; packed too large; numbers of any size."""

from dataclasses import dataclass

import zstandard
from hypothesis import strategies as st

from shared.kernel.codec import encode

PLACES = st.integers(0, 2**24)
PIECES = st.binary(max_size=12)
NUMBERS = st.one_of(
    st.integers(-3, 12), st.integers(-(2**63), 2**64 - 1), st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, 2**64 - 1])
)
"""Whatever an integer of msgpack may be, the small ones and the ends often."""
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["", "\0", "a\0b", "raffle.tickets_sold", "'); drop table"]))
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Cut:
    """Only the beginning came."""

    at: int

    def of(self, data: bytes) -> bytes:
        """The bytes as they arrive."""
        return data[: self.at % len(data)]


@dataclass(frozen=True)
class Splice:
    """A piece was taken out and another put in its place."""

    at: int
    length: int
    piece: bytes

    def of(self, data: bytes) -> bytes:
        """The bytes as they arrive; never those that were sent."""
        at = self.at % (len(data) + 1)
        found = data[:at] + self.piece + data[at + self.length :]
        return found if found != data else data + b"\0"


@dataclass(frozen=True)
class Noise:
    """Something else altogether."""

    noise: bytes

    def of(self, _data: bytes) -> bytes:
        """The bytes as they arrive."""
        return self.noise


CUT = st.builds(Cut, PLACES)
SPLICE = st.builds(Splice, PLACES, st.integers(0, 16), PIECES)
NOISE = st.builds(Noise, st.binary(max_size=600))
DEEP = st.builds(lambda deep: Noise(b"\x91" * deep), st.integers(1, 60_000))
DAMAGE = {"truncated": CUT, "spliced": SPLICE, "random": st.one_of(NOISE, DEEP)}
"""What a line, a card or a hand does to bytes, by its name."""

_scalars = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.binary(max_size=40), st.floats())
VALUES = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=8
)
"""Any value that msgpack has."""
BODIES = st.dictionaries(TEXTS, VALUES, max_size=5)


@dataclass(frozen=True)
class Bomb:
    """So many megabytes of one byte, packed into a few thousand bytes; the frame may keep its size to itself."""

    megabytes: int
    fill: int
    said: bool
    frames: int = 1

    @property
    def data(self) -> bytes:
        """The packed bytes."""
        plain = bytes([self.fill]) * (self.megabytes * MEGABYTE)
        if self.said:
            return zstandard.ZstdCompressor(level=1).compress(plain) * self.frames
        packer = zstandard.ZstdCompressor(level=1).compressobj()
        return (packer.compress(plain) + packer.flush()) * self.frames


BOMBS = st.builds(Bomb, st.integers(1, 12), st.sampled_from([0, 0x91, 0xC0, 0xDF]), st.booleans(), st.integers(1, 3))


def claims(kind: bytes) -> st.SearchStrategy[bytes]:
    """msgpack that announces far more members than it has; `kind` is the first byte of a 32-bit array or map."""
    return st.integers(2**16, 2**32 - 1).map(lambda count: kind + count.to_bytes(4, "big") + encode(0))
