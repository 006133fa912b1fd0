"""A handheld of the stateful test: real SQLite, witness and leases; it talks to a hub by calls, no socket between."""

import shutil
import sqlite3
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import msgspec

from edge.runtime.database import Reader, open_reader
from edge.runtime.holds import lift_hold
from edge.runtime.lease_keys import LeaseKeys
from edge.runtime.witness import Witness, stand
from edge.sync.hub_word import HubWord, keep_certificate, keep_former
from edge.sync.pages import read_evidence
from shared.domain.identity.facts import ClockConfirmed
from shared.domain.raffle.commands import SellTickets, UndoSale
from shared.domain.raffle.facts import TicketsSold
from shared.domain.slices import ALL
from shared.journal.chain import Tip
from shared.journal.chance import chance
from shared.journal.entry import Entry, Fact, Owner
from shared.journal.signing import NodeKey
from shared.pipeline.command import Command, Given
from shared.pipeline.manifest import Handler, Slice, Slices
from shared.pipeline.queries import Load
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.certificate import read_certificate
from tests.support.clock import HandClock

ENTRIES = "SELECT epoch, seq, hash, data FROM journal_entry WHERE branch = 0 ORDER BY epoch, seq"
PACKAGE = "SELECT package_id, price_minor FROM raffle_package WHERE event_id = :event ORDER BY place LIMIT 1"


class Poison(Fact, frozen=True, kw_only=True):
    """What a spoilt program of a handheld wrote under a name that the hub reads otherwise."""

    TYPE = ClockConfirmed.TYPE
    ENTITY: ClassVar[str] = "thing"
    thing: UUID
    wall_ms: str


class Spoil(Command, frozen=True, kw_only=True):
    """Write a fact that no hub can show."""

    NAME = "test.spoil"


def _nothing(_command: Spoil, _given: Given) -> Load[None]:
    return
    yield


def _spoil(_command: Spoil, _state: None, _given: Given) -> list[Fact]:
    return [Poison(thing=uuid4(), wall_ms="half past ten")]


def _spoilt() -> Slices:
    """The program of a handheld, with a fault in it."""
    kept = [
        msgspec.structs.replace(
            part,
            facts=tuple(fact for fact in part.facts if fact is not ClockConfirmed),
            edge_facts=tuple(fact for fact in part.edge_facts if fact is not ClockConfirmed),
            projections={fact: way for fact, way in part.projections.items() if fact is not ClockConfirmed},
        )
        for part in ALL.slices
    ]
    fault = Slice(
        name="fault", facts=(Poison,), rows=(), handlers=(Handler(Spoil, _nothing, _spoil),), projections={}, feeds={},
        edge_facts=(Poison,),
    )  # fmt: skip
    return Slices((*kept, fault))


SPOILT = _spoilt()


@dataclass
class Place:
    """Whom a handheld belongs to."""

    org_id: UUID
    hub_node: UUID
    hub_key: bytes
    event_id: UUID
    seller_id: UUID


@dataclass
class Card:
    """One memory card in a handheld: its folder, its keys, its clock. `former` are epochs that are over."""

    folder: Path
    place: Place
    owner: Owner
    key: NodeKey
    clock: HandClock
    former: list[tuple[Owner, NodeKey]] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    last_sale: UUID | None = None

    writer: SqliteWriter = field(init=False)
    reader: Reader = field(init=False)
    word: HubWord = field(init=False)
    witness: Witness = field(init=False)

    @property
    def path(self) -> Path:
        """Its database."""
        return self.folder / "edge.db"

    async def open(self) -> None:
        """Switch it on: the tip is read again, and the witness asked."""
        place, self.stack = self.place, AsyncExitStack()
        self.witness = Witness(self.folder / "witness", self.owner)
        tools = Tools(
            self.clock, chance, LeaseKeys(self.key, self.owner, place.hub_key), {}, read_evidence, self.witness.note
        )
        self.writer = SqliteWriter(open_durable(self.path), SPOILT, self.owner, tools)
        await stand(self.witness, self.writer, self.clock.wall_ms)
        self.reader = await self.stack.enter_async_context(open_reader(self.path, self.owner))
        hub = Owner(place.org_id, place.hub_node, 1)
        self.word = HubWord(self.writer, self.owner, self.key, self.clock, hub=hub, hub_key=place.hub_key)
        await self.word.recall(self.reader)

    async def close(self) -> None:
        """Switch it off."""
        await self.stack.aclose()
        self.writer.close()
        self.witness.close()

    async def sell(self) -> Entry[Any]:
        """Sell the smallest package for exact cash."""
        rows = await self.reader.values(PACKAGE, {"event": self.place.event_id})
        order = SellTickets(
            command_id=uuid4(), actor=self.place.seller_id, event_id=self.place.event_id,
            package_id=UUID(bytes=rows[0][0]), times=1, tender="cash", received_minor=rows[0][1],
        )  # fmt: skip
        [sold, *_] = await self.writer.handle(order)
        assert isinstance(sold.body, TicketsSold)
        self.last_sale = sold.body.sale_id
        return sold

    async def undo(self) -> None:
        """Undo its last sale."""
        if self.last_sale is not None:
            order = UndoSale(command_id=uuid4(), actor=self.place.seller_id, sale_id=self.last_sale)
            await self.writer.handle(order)

    async def spoil(self) -> None:
        """A fault of its program writes nonsense."""
        await self.writer.handle(Spoil(command_id=uuid4()))

    def copied(self, folder: Path, *, witness: bool = True) -> "Card":
        """The card as it is now in another folder: a clone, or a backup. Switch it off before."""
        folder.mkdir(parents=True)
        shutil.copyfile(self.path, folder / "edge.db")
        if witness and (self.folder / "witness").exists():
            shutil.copyfile(self.folder / "witness", folder / "witness")
        clock = HandClock(self.clock.wall_ms)
        return Card(folder, self.place, self.owner, self.key, clock, list(self.former), last_sale=self.last_sale)

    async def word_of(self, owner: Owner, key: NodeKey) -> HubWord:
        """What the hub said of this epoch, today's or one that is over."""
        if owner == self.owner:
            return self.word
        hub = Owner(self.place.org_id, self.place.hub_node, 1)
        word = HubWord(self.writer, owner, key, self.clock, hub=hub, hub_key=self.place.hub_key)
        await word.recall(self.reader)
        return word

    async def begin_epoch(self, epoch: int, key: NodeKey, certificate: bytes) -> None:
        """Enrolled anew: a new journal under new keys, the witness with it; it waits to hear that it may sell."""
        await self.close()
        self.former.append((self.owner, self.key))
        self.owner, self.key, self.last_sale = msgspec.structs.replace(self.owner, epoch=epoch), key, None
        Witness(self.folder / "witness", self.owner).begin(epoch)
        await self.open()
        await self.writer.write(lambda db: self._take_up(db, certificate))
        await self.word.recall(self.reader)

    def _take_up(self, db: sqlite3.Connection, certificate: bytes) -> None:
        keep_former(db, self.place.hub_key)
        until_ms = read_certificate(certificate, hub_key=self.place.hub_key).until_ms
        keep_certificate(db, certificate, until_ms, self.clock.wall_ms)
        lift_hold(db, "hub")

    def entries(self) -> list[tuple[int, int, bytes, bytes]]:
        """(epoch, seq, hash, bytes) of all that it holds."""
        db = sqlite3.connect(self.path)
        try:
            return [tuple(row) for row in db.execute(ENTRIES).fetchall()]
        finally:
            db.close()

    def journals(self) -> list[tuple[Owner, NodeKey, Tip]]:
        """Every epoch that it holds anything of, and today's, with where each ends."""
        ends = {epoch: Tip(seq, digest) for epoch, seq, digest, _ in self.entries()}
        found = [(owner, key, ends[owner.epoch]) for owner, key in self.former if owner.epoch in ends]
        return [*found, (self.owner, self.key, self.writer.tip)]
