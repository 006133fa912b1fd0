"""What a journal holds: the envelope, frozen from the first day, and the entry read back from it (design §3).

An envelope is a msgpack array; its body is a map with names. The bytes are stored and sent exactly as they were
made; nothing is ever encoded a second time to be checked.
"""

from typing import ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec

from shared.kernel.codec import Raw


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, in the past tense; versioned, never changed.

    `TYPE` and `VERSION` name it in the journal for ever; `ENTITY` names the field that holds the id of the thing
    it happened to: when a fact is quarantined, only that thing waits.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    ENTITY: ClassVar[str]


B_co = TypeVar("B_co", covariant=True)


class Owner(msgspec.Struct, frozen=True, cache_hash=True):
    """One journal: the only writer of the rows that carry it. `branch` is a storage label, not in the bytes."""

    org_id: UUID
    node_id: UUID
    epoch: int
    branch: int = 0


class FeedMark(msgspec.Struct, frozen=True, array_like=True):
    """How far a feed had been read when a fact happened."""

    feeder: UUID
    generation: int
    position: int


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """One journal entry as it stands in the bytes.

    `prev` is the hash of the entry before it (32 bytes); `wall_ms`, `monotonic_ns`, `boot_id` and `hub_time_ms`
    are clock evidence; `body` is the fact, still encoded.
    """

    org: UUID
    node: UUID
    epoch: int
    seq: int
    prev: bytes
    id: UUID
    type: str
    version: int
    entity: UUID
    command_id: UUID
    actor: UUID | None
    wall_ms: int
    monotonic_ns: int
    boot_id: UUID
    hub_time_ms: int
    feeds: tuple[FeedMark, ...]
    body: Raw


class Entry(msgspec.Struct, Generic[B_co], frozen=True):
    """A stored entry, read: its envelope, its hash, its body as a fact, and the journal it stands in."""

    envelope: Envelope
    hash: bytes
    body: B_co
    owner: Owner

    @property
    def seq(self) -> int:
        """Its place in the journal, from 1, without gaps."""
        return self.envelope.seq

    @property
    def wall_ms(self) -> int:
        """The node's wall clock when it happened (ms UTC)."""
        return self.envelope.wall_ms

    @property
    def chain_piece(self) -> str:
        """Eight characters of the chain for paper: `9F3A C41E`."""
        text = self.hash[:4].hex().upper()
        return f"{text[:4]} {text[4:]}"
