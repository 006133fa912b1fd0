"""The hash chain over exact bytes, made at the moment of sale (design §5.1)."""

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from shared.journal.entry import Entry, Envelope, Fact, FeedMark, Owner
from shared.kernel.clock import Moment
from shared.kernel.codec import Raw, decode, encode
from shared.kernel.errors import ChainBroken, Fork
from shared.kernel.limits import ENTRY_BYTES_MAX

LEAF = b"\x00"


class Tip(msgspec.Struct, frozen=True):
    """Where a journal ends: its last seq (0 when empty) and that entry's hash."""

    seq: int
    hash: bytes


class Stamp(msgspec.Struct, frozen=True):
    """What every entry of one command shares."""

    command_id: UUID
    actor: UUID | None
    moment: Moment
    feeds: tuple[FeedMark, ...] = ()


class Sealed(msgspec.Struct, frozen=True):
    """An entry with the exact bytes that are stored, signed and sent."""

    entry: Entry[Fact]
    data: bytes


class Read(msgspec.Struct, frozen=True):
    """An entry's bytes with their hash and envelope; the body is not yet a fact."""

    data: bytes
    hash: bytes
    envelope: Envelope


def origin(owner: Owner) -> str:
    """The name of a journal in heads and messages: `tillhouse/<org>/<node>/e<epoch>`."""
    return f"tillhouse/{owner.org_id}/{owner.node_id}/e{owner.epoch}"


def entry_hash(data: bytes) -> bytes:
    """SHA-256 over 0x00 and the entry's bytes: an RFC 6962 leaf, so later Merkle trees use the same hashes."""
    return hashlib.sha256(LEAF + data).digest()


def empty_tip(owner: Owner) -> Tip:
    """The tip before the first entry: bound to the journal's name, so no entry fits into two journals."""
    return Tip(0, hashlib.sha256(origin(owner).encode()).digest())


def seal(owner: Owner, tip: Tip, stamp: Stamp, facts: Sequence[tuple[UUID, Fact]]) -> tuple[list[Sealed], Tip]:
    """Put facts (each with its id) behind `tip`; returns the sealed entries and the new tip."""
    sealed: list[Sealed] = []
    moment = stamp.moment
    for fact_id, fact in facts:
        envelope = Envelope(
            org=owner.org_id,
            node=owner.node_id,
            epoch=owner.epoch,
            seq=tip.seq + 1,
            prev=tip.hash,
            id=fact_id,
            type=fact.TYPE,
            version=fact.VERSION,
            entity=getattr(fact, fact.ENTITY),
            command_id=stamp.command_id,
            actor=stamp.actor,
            wall_ms=moment.wall_ms,
            monotonic_ns=moment.monotonic_ns,
            boot_id=moment.boot_id,
            hub_time_ms=moment.hub_time_ms,
            feeds=stamp.feeds,
            body=Raw(encode(fact)),
        )
        data = encode(envelope)
        assert len(data) <= ENTRY_BYTES_MAX, "an entry that no bundle could carry"
        tip = Tip(envelope.seq, entry_hash(data))
        sealed.append(Sealed(Entry(envelope, tip.hash, fact, owner), data))
    return sealed, tip


def follow(owner: Owner, tip: Tip, entries: Iterable[bytes]) -> list[Read]:
    """Check that `entries` continue `tip` without a gap and belong to `owner`; ChainBroken where they do not."""
    read: list[Read] = []
    for data in entries:
        try:
            envelope = decode(data, Envelope)
        except msgspec.DecodeError as error:
            raise ChainBroken(seq=tip.seq + 1, origin=origin(owner)) from error
        mine = envelope.org == owner.org_id and envelope.node == owner.node_id and envelope.epoch == owner.epoch
        if not mine or envelope.seq != tip.seq + 1 or envelope.prev != tip.hash:
            raise ChainBroken(seq=tip.seq + 1, origin=origin(owner))
        tip = Tip(envelope.seq, entry_hash(data))
        read.append(Read(data, tip.hash, envelope))
    return read


def assert_same(owner: Owner, seq: int, stored: bytes, offered: bytes) -> None:
    """Fork, when the entry offered for `seq` is not the entry stored (both are entry hashes)."""
    if stored != offered:
        raise Fork(origin=origin(owner), seq=seq)
