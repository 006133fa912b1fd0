"""Ids: UUIDv7 made where the thing happens (RFC 9562 5.7); time and chance arrive as values."""

import hashlib
from uuid import UUID


def uuid7(unix_ms: int, chance: bytes) -> UUID:
    """A UUIDv7 of `unix_ms` and ten bytes of `chance`."""
    assert len(chance) >= 10, "ten bytes of chance a UUIDv7"
    value = (unix_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(chance[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def derived_id(source: UUID, word: str) -> UUID:
    """The id that follows from `source` and `word`: the same on every side, at every replay (UUIDv8).

    It begins with the source's own instant, so derived ids lie beside each other in an index as their sources do.
    """
    digest = hashlib.sha256(source.bytes + word.encode()).digest()
    value = source.int >> 80 << 80 | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
