"""Bundles that came on a USB stick: each goes the way of an HTTPS bundle, and one bad one stops no other.

Whoever carries the file proves nothing; each bundle is verified by the key its unit registered. The same bytes later
over HTTPS change nothing, for the hub knows them by then.
"""

import asyncio
from collections import Counter
from typing import Literal
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from hub.sync.held import HeldFull
from hub.sync.parcels import take_parcel
from hub.sync.receive import Paused, receive
from hub.sync.sessions import NodeEntry, find_node
from shared.domain.identity.queries import UNITS
from shared.journal.bundle import unpack
from shared.journal.entry import Owner
from shared.journal.head import journal_of
from shared.journal.signing import SignedDocument
from shared.journal.stick import read_stick
from shared.journal.vault import Parcel
from shared.kernel.clock import MINUTE_MS
from shared.kernel.codec import decode
from shared.kernel.errors import EvidenceError, Refusal, TillhouseError
from shared.sync.protocol import Session
from shared.web.templates import count

STORED = (
    "select count(*) from journal.entry where org_id = %s and node_id = %s and epoch = %s and seq between %s and %s"
)
NO_JOURNAL = Owner(UUID(int=0), UUID(int=0), 0)


PAUSED_HERE = (
    "Uploads of this unit are paused, and a file is one. "
    "Resume them on the unit's page, then import the same file again; nothing of it is lost."
)


class ForeignStick(Refusal):
    """A bundle of a unit that this organisation does not have."""

    code = "sync.foreign_stick"
    sentence = "This bundle belongs to a unit of another organisation. Import it there."


class BundleOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one bundle; `place` is where it stands in the file, from 1, `last` 0 when it cannot be read.

    `new` entries were stored now, the others were here before. What a revoked unit sends is held for a human to look
    at. A refused bundle has a code and a sentence.
    """

    place: int
    owner: Owner = NO_JOURNAL
    first: int = 0
    last: int = 0
    new: int = 0
    outcome: Literal["stored", "known", "held", "refused"] = "refused"
    code: str = ""
    sentence: str = ""


class UnitShare(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one unit's part of a file: bundles by outcome, and the entries stored now."""

    node_id: UUID
    name: str
    new: int
    bundles: int
    held: int
    refused: int

    def __str__(self) -> str:
        """`RSU 07: 12 entries stored; 1 of 3 bundles refused`."""
        said = [f"{self.new:,} {'entry' if self.new == 1 else 'entries'} stored"]
        said += [f"{self.held} of {count(self.bundles, 'bundle')} held"] if self.held else []
        said += [f"{self.refused} of {count(self.bundles, 'bundle')} refused"] if self.refused else []
        return f"{self.name}: {'; '.join(said)}"


class StickReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file, bundle by bundle in the order of the file; and of the keys of people beside them."""

    bundles: tuple[BundleOutcome, ...]
    parcels: int
    parcels_kept: int
    units: tuple[UnitShare, ...] = ()

    @property
    def new(self) -> int:
        """Entries that were stored now."""
        return sum(one.new for one in self.bundles)

    @property
    def refused(self) -> tuple[BundleOutcome, ...]:
        """The bundles that a human must look at."""
        return tuple(one for one in self.bundles if one.outcome == "refused")


async def import_stick(hub: Hub, org_id: UUID, data: bytes) -> StickReport:
    """Take every good bundle of a file that `tillhouse edge export` wrote; InputRefused when it is no such file."""
    stick = read_stick(data)
    found = [await asyncio.to_thread(_look, place, bundle) for place, bundle in enumerate(stick.bundles, start=1)]
    done: list[BundleOutcome] = []
    # A journal takes its bundles in their order, however they lie in the file.
    for one in sorted(found, key=lambda one: (str(one.owner.node_id), one.owner.epoch, one.first)):
        done.append(await _take(hub, org_id, one, stick.bundles[one.place - 1]) if one.last else one)
    kept = Counter([await _take_parcel(hub, org_id, parcel) for parcel in stick.parcels])
    done.sort(key=lambda one: one.place)
    units = await _shares(hub, org_id, done)
    return StickReport(bundles=tuple(done), parcels=len(stick.parcels), parcels_kept=kept[True], units=units)


async def _shares(hub: Hub, org_id: UUID, done: list[BundleOutcome]) -> tuple[UnitShare, ...]:
    """By unit, in the order of the file; what could not be read is nobody's."""
    names = {unit.unit_id: unit.name for unit in await hub.many(org_id, UNITS)}
    of: dict[UUID, list[BundleOutcome]] = {}
    for one in done:
        of.setdefault(one.owner.node_id, []).append(one)
    return tuple(
        UnitShare(
            node_id=node_id,
            name=names.get(node_id, "Unknown unit" if node_id.int else "Not readable"),
            new=sum(one.new for one in bundles),
            bundles=len(bundles),
            held=sum(one.outcome == "held" for one in bundles),
            refused=sum(one.outcome == "refused" for one in bundles),
        )
        for node_id, bundles in of.items()
    )


def _look(place: int, data: bytes) -> BundleOutcome:
    """Whose bundle it says it is, and which entries; nothing of it is verified yet."""
    try:
        bundle, head = unpack(data)
        owner = journal_of(head)
    except (Refusal, EvidenceError) as error:
        return _refused(BundleOutcome(place=place), error)
    return BundleOutcome(place=place, owner=owner, first=bundle.first, last=bundle.first + len(bundle.entries) - 1)


async def _take(hub: Hub, org_id: UUID, one: BundleOutcome, data: bytes) -> BundleOutcome:
    try:
        node = await _ours(hub, org_id, one.owner)
        before = await _stored(hub, one)
        await receive(hub, _session(hub, one.owner), data)
        new = await _stored(hub, one) - before
    except Paused as paused:
        return msgspec.structs.replace(_refused(one, paused), sentence=PAUSED_HERE)
    except (Refusal, EvidenceError, HeldFull) as error:
        return _refused(one, error)
    outcome = "stored" if new else "held" if node.unit_revoked else "known"
    return msgspec.structs.replace(one, outcome=outcome, new=new)


async def _ours(hub: Hub, org_id: UUID, owner: Owner) -> NodeEntry:
    """The unit's epoch, of the organisation that imports; ForeignStick or UnknownNode otherwise."""
    node = await find_node(hub, owner.node_id, owner.epoch)
    if node.org_id != org_id or owner.org_id != org_id:
        raise ForeignStick
    return node


async def _stored(hub: Hub, one: BundleOutcome) -> int:
    """How many entries the hub holds in the bundle's place, over all histories of the epoch."""
    owner = one.owner
    async with hub.bus.tenant(owner.org_id) as connection:
        params = (owner.org_id, owner.node_id, owner.epoch, one.first, one.last)
        row = await (await connection.execute(STORED, params)).fetchone()
    assert row is not None
    return int(row[0])


def _session(hub: Hub, owner: Owner) -> Session:
    """What a hello would have given; here the bundle's own signature is the proof."""
    return Session(owner.org_id, owner.node_id, owner.epoch, hub.clock.now().wall_ms + MINUTE_MS)


async def _take_parcel(hub: Hub, org_id: UUID, data: bytes) -> bool:
    try:
        owner = decode(decode(data, SignedDocument).payload, Parcel).owner
        await _ours(hub, org_id, owner)
        return await take_parcel(hub, owner, data)
    except (Refusal, EvidenceError, msgspec.DecodeError):
        return False


def _refused(one: BundleOutcome, error: TillhouseError) -> BundleOutcome:
    return msgspec.structs.replace(one, outcome="refused", code=error.code, sentence=str(error))
