"""What a unit hands over by file: the bundles that wait for the hub, or its journals for whoever checks them.

Everything is read in one transaction that never writes, so it does not matter whether the unit serves just then.
Epochs that are over go along, under the keys they were signed with.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import msgspec

from edge.runtime.database import NEWEST, Reader, migrate, open_reader, revision_of
from edge.runtime.folder_lock import folder_lock
from edge.runtime.membership import Membership, read_membership
from edge.runtime.settings import Settings
from edge.sync.parcels import parcel_for
from edge.sync.receipts import receipt_of
from shared.journal.archive import Archive, ArchivedJournal, Checkpoint, write_archive
from shared.journal.bundle import fitting, pack
from shared.journal.chain import Tip, empty_tip, entry_hash
from shared.journal.entry import Owner
from shared.journal.head import sign_head
from shared.journal.keyfile import Keys
from shared.journal.signing import NodeKey
from shared.journal.stick import write_stick
from shared.kernel.errors import BadSignature
from shared.kernel.limits import BUNDLE_ENTRIES_MAX
from shared.sync.certificate import Certificate, read_certificate

FIRST_EPOCH = 1
MINE = "org_id = :org_id AND node_id = :node_id AND epoch = :epoch AND branch = :branch"
BEHIND = f"SELECT data FROM journal_entry WHERE {MINE} AND seq > :behind ORDER BY seq LIMIT :most"
LAST = f"SELECT max(seq) FROM journal_entry WHERE {MINE}"
CHECKPOINT = f"SELECT seq, hash FROM checkpoint WHERE {MINE}"
ACKED = "SELECT acked_seq FROM peer WHERE peer_id = :peer_id"
CERTIFICATE = "SELECT data FROM hub_word WHERE kind = 'certificate'"
ALL_ENTRIES = -1


class Exported(msgspec.Struct, frozen=True):
    """A file's bytes and what is in them."""

    data: bytes
    bundles: int
    entries: int


class Journal(msgspec.Struct, frozen=True):
    """One epoch of this unit: what its heads are signed with, and the hub's word on that key, where there is one."""

    owner: Owner
    key: NodeKey
    certificate: bytes = b""


class Source(msgspec.Struct, frozen=True):
    """Where it is all read from: one transaction; the epochs of this unit, today's last."""

    reader: Reader
    hub: UUID
    hub_seal_key: bytes
    journals: tuple[Journal, ...]

    async def behind(self, owner: Owner, seq: int, most: int) -> list[bytes]:
        """Up to `most` entries behind `seq`, exactly as they are."""
        params = {**msgspec.structs.asdict(owner), "behind": seq, "most": most}
        return [row[0] for row in await self.reader.values(BEHIND, params)]

    async def start(self, owner: Owner) -> Checkpoint | None:
        """The last entry that was purged; None while all are here."""
        rows = await self.reader.values(CHECKPOINT, msgspec.structs.asdict(owner))
        return Checkpoint(*rows[0]) if rows else None

    async def acked(self, owner: Owner) -> int:
        """The last entry that the hub said it holds: of today's epoch as the line knows, of others by the receipt."""
        receipt = await receipt_of(self.reader, owner)
        if owner == self.journals[-1].owner and (receipt is not None or owner.epoch == FIRST_EPOCH):
            rows = await self.reader.values(ACKED, {"peer_id": self.hub})
            last = await self.reader.values(LAST, msgspec.structs.asdict(owner))
            return min(rows[0][0] if rows else 0, last[0][0] or 0)
        return receipt.seq if receipt is not None else 0


async def waiting_stick(settings: Settings, keys: Keys) -> Exported | None:
    """Everything that the hub has not said it holds, as the file for `tillhouse hub import`; None when that is nothing.

    The bundles are the very bytes that would go over HTTPS; keys of the people in them go along, sealed to the hub.
    """
    bundles: list[bytes] = []
    parcels: list[bytes] = []
    count = 0
    async with _open(settings, keys) as source:
        for journal in source.journals:
            owner, key = journal.owner, journal.key
            start = await source.start(owner)
            seq = max(await source.acked(owner), start.seq if start else 0)
            while entries := fitting(await source.behind(owner, seq, BUNDLE_ENTRIES_MAX)):
                first, seq, count = seq + 1, seq + len(entries), count + len(entries)
                bundles.append(pack(owner, first, entries, Tip(seq, entry_hash(entries[-1])), key))
                parcels += await _parcels(source, journal, first, seq)
    return Exported(write_stick(tuple(bundles), tuple(parcels)), len(bundles), count) if bundles else None


async def whole_journal(settings: Settings, keys: Keys) -> Exported:
    """The journals of this unit as they lie here, for `tillhouse verify journal`: entries, heads, receipts."""
    async with _open(settings, keys) as source:
        journals = [await _archived(source, journal) for journal in source.journals]
        kept = tuple(one for one in journals if one.entries or one.checkpoint or one is journals[-1])
        count = sum(len(one.entries) for one in kept)
        return Exported(write_archive(Archive(source.hub, kept)), 0, count)


async def _archived(source: Source, journal: Journal) -> ArchivedJournal:
    owner = journal.owner
    start = await source.start(owner)
    tip = Tip(start.seq, start.hash) if start else empty_tip(owner)
    entries = await source.behind(owner, tip.seq, ALL_ENTRIES)
    if entries:
        tip = Tip(tip.seq + len(entries), entry_hash(entries[-1]))
    receipt = await receipt_of(source.reader, owner)
    return ArchivedJournal(
        org=owner.org_id,
        node=owner.node_id,
        epoch=owner.epoch,
        branch=owner.branch,
        public=journal.key.sign_public,
        checkpoint=start,
        entries=tuple(entries),
        heads=(sign_head(owner, tip, journal.key),),
        receipts=(receipt.data,) if receipt else (),
        certificate=journal.certificate,
    )


def write_file(path: Path, data: bytes) -> None:
    """Write it in one piece: a stick that is pulled out early holds an unfinished file, never half a good one."""
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


async def _parcels(source: Source, journal: Journal, first: int, last: int) -> list[bytes]:
    """The keys of people in these entries; none for a unit that does not know the hub's key for them."""
    if not source.hub_seal_key:
        return []
    reader, seal_key = source.reader, source.hub_seal_key
    parcel = await parcel_for(reader, journal.owner, first, last, hub_seal_key=seal_key, key=journal.key)
    return [parcel] if parcel else []


@asynccontextmanager
async def _open(settings: Settings, keys: Keys) -> AsyncIterator[Source]:
    membership = read_membership(settings.membership_file, node_id=keys.node_id)
    _bring_up_to_date(settings)
    org_id = membership.org_id
    former = [Journal(Owner(org_id, keys.node_id, one.epoch), one.node_key()) for one in keys.former]
    owner, key = Owner(org_id, keys.node_id, keys.epoch), keys.node_key()
    async with open_reader(settings.database, owner) as reader:
        await reader.values("BEGIN")
        said, data = await _certificate(reader, owner, key, membership)
        today = Journal(owner, key, data)
        yield Source(reader, membership.hub_node_id, said.hub_seal_key if said else b"", (*former, today))


def _bring_up_to_date(settings: Settings) -> None:
    """A database of an earlier program, on a unit that does not serve; one that serves has done it at its start."""
    if revision_of(settings.database) != NEWEST:
        with folder_lock(settings.folder):
            migrate(settings.database)


async def _certificate(
    reader: Reader, owner: Owner, key: NodeKey, membership: Membership
) -> tuple[Certificate | None, bytes]:
    """The hub's word that this key is this epoch's, with its bytes; nothing for a unit that was added without one."""
    rows = await reader.values(CERTIFICATE)
    for data in (*(row[0] for row in rows), bytes.fromhex(membership.certificate)):
        try:
            said = read_certificate(data, hub_key=membership.hub_key, owner=owner)
        except BadSignature:
            continue
        if said.sign_key == key.sign_public:
            return said, data
    return None, b""
