"""A unit of the venue: the edge's real parts on a simulated disk, clock and line, moved step by step."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID

import msgspec

from edge.runtime.beginning import begin_epoch
from edge.runtime.clock import WatchedClock
from edge.runtime.clock_watch import ClockWatch, read_clock
from edge.runtime.contacts import Contacts
from edge.runtime.first_devices import settle_devices
from edge.runtime.holds import read_holds
from edge.runtime.lease_keys import LeaseKeys
from edge.runtime.membership import Membership, UnitIdentity
from edge.runtime.purge import Purge
from edge.runtime.settings import Settings
from edge.runtime.witness import Witness, stand
from edge.sync.former import former_links, greet_again
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, LinkParts
from edge.sync.pages import read_evidence
from edge.sync.receipts import known_generation
from shared.domain.devices.commands import KeepDevices
from shared.domain.raffle.commands import SellTickets, UndoSale
from shared.domain.raffle.facts import SaleVoided, TicketsSold
from shared.domain.slices import ALL
from shared.journal.entry import Entry, Fact, Owner
from shared.journal.keyfile import FormerKeys, Keys
from shared.kernel.errors import Refusal, StorageFault
from shared.pipeline.command import Command
from shared.pipeline.manifest import Slices
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, make_durable
from shared.sync.certificate import read_certificate
from shared.sync.protocol import UnitReport
from tests.simulation.database import Database, WriterReader
from tests.simulation.disk import Disk, DiskSlots
from tests.simulation.line import Line
from tests.simulation.printing import Printer
from tests.simulation.template import UNITS, Template
from tests.simulation.told import Noted, Told, Undone
from tests.simulation.vouching import Vouching
from tests.support.clock import HandClock
from tests.support.season_card import SPOILT, Spoil

STEPS_MAX = 400
PACKAGES = "SELECT package_id, price_minor, ticket_count FROM raffle_package WHERE event_id = :event ORDER BY place"
ENTRIES = "SELECT epoch, seq, hash, data FROM journal_entry WHERE branch = 0 ORDER BY epoch, seq"
DEVICES = "devices."
WITNESS = "witness"
BEGINS = "SELECT epoch, seq, hash FROM checkpoint WHERE branch = 0"


class Stuck(AssertionError):
    """The line never comes to rest."""


@dataclass
class Machine:
    """One slot of the venue. `told` is what its sellers know; a card that is put back takes that with it."""

    name: str
    code: str
    template: Template
    keys: Keys
    disk: Disk
    folder: Path
    clock: HandClock
    line: Line
    rng: Random
    told: list[Told] = field(default_factory=list)
    voided: set[UUID] = field(default_factory=set)
    undone: list[Undone] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    ordered: set[UUID] = field(default_factory=set)
    """Ids of all orders that its sellers gave."""
    asked: dict[UUID, tuple[Command, str]] = field(default_factory=dict)
    """Orders whose answers nobody saw, with the buyer's phone: the seller asks again under the same ids."""
    accused: bool = False
    """Whether this card was put back beside a witness that may know better."""
    vouching: Vouching = field(default_factory=Vouching)
    on: bool = False
    boots: int = 0

    database: Database = field(init=False)
    writer: SqliteWriter = field(init=False)
    reader: WriterReader = field(init=False)
    witness: Witness = field(init=False)
    watched: WatchedClock = field(init=False)
    watch: ClockWatch = field(init=False)
    contacts: Contacts = field(init=False)
    printer: Printer = field(default_factory=Printer)
    links: list[HubLink] = field(default_factory=list)
    slices: Slices = ALL

    @property
    def owner(self) -> Owner:
        """Today's journal."""
        return Owner(self.template.org_id, self.keys.node_id, self.keys.epoch)

    def chance(self) -> bytes:
        """Thirty-two bytes of this machine's chance."""
        return self.rng.randbytes(32)

    def new_id(self) -> UUID:
        """An id for an order."""
        return UUID(bytes=self.rng.randbytes(16))

    async def switch_on(self) -> None:
        """Start the program; when the disk is too full even for that, somebody makes room and starts it again."""
        try:
            await self._start()
        except StorageFault:
            await self.die(Disk.killed)
            self.disk.room_bytes = None
            await self._start()

    async def _start(self) -> None:
        """It takes up what the disk holds."""
        self.boots += 1
        self.clock.reboot()
        owner, key, hub_key = self.owner, self.keys.node_key(), self.template.hub_key
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = Database(self.name, self.disk)
        db = cast(sqlite3.Connection, self.database)
        make_durable(db)
        self.watched = read_clock(db, owner.node_id, self.clock)
        self.witness = self._witness()
        self.contacts = Contacts(self.folder / "contact.key", owner, self.chance)
        keyring = self.contacts.keyring(LeaseKeys(key, owner, hub_key))
        slips = self.printer.plug_in(owner, self.identity)
        tools = Tools(
            self.watched, self.chance, keyring, {**slips.effects, **self.contacts.effects}, read_evidence,
            self.witness.note, self.watched.doubts,
        )  # fmt: skip
        self.writer = SqliteWriter(db, self.slices, owner, tools)
        self.reader = WriterReader(self.writer, owner)
        self.on = True
        await self.writer.write(self.contacts.attach)
        self.vouching.remembers(self.witness, self.name)
        await stand(self.witness, self.writer, self.watched.now().wall_ms)
        self.vouching.see(self.witness, self.disk)
        self.watch = ClockWatch(self.watched, self.writer, self.new_id, lambda: None)
        await self.watch.look()
        stale = WITNESS in await self.holds()
        await self.printer.start(self.writer, self.reader, self.watched, stale=stale)
        if KeepDevices in self.slices.handlers and not stale:
            await settle_devices(Settings(folder=self.folder), self.writer, self.reader, self.new_id)
        await self._connect(key, hub_key)

    def _witness(self) -> Witness:
        return Witness(self.folder / WITNESS, self.owner, DiskSlots(self.disk, WITNESS))

    def time_passes(self, ms: int) -> None:
        """Time passes; after half a second the witness is synced."""
        self.clock.forward(ms)
        if self.on:
            self.witness.sync()
            self.vouching.see(self.witness, self.disk)

    async def _connect(self, key: Any, hub_key: bytes) -> None:
        parts = LinkParts(
            writer=self.writer, reader=self.reader, key=key, clock=self.watched, jitter=self.rng.random,
            report=self._report, changed=lambda: None, rows_came=self.printer.slips.forget, contacts=self.contacts,
            hub_said=self.watch.hub_said, hub_answered=self.watch.hub_answered, slices=self.slices,
        )  # fmt: skip
        address = HubAddress("http://hub.test", self.template.keys.node_id, hub_key, None, self.line)
        self.links = [HubLink(address, parts), *await former_links(address, parts, self.keys)]
        for link in self.links:
            await link.recall()

    async def _report(self) -> UnitReport:
        now, status = self.clock.now(), self.links[0].status
        return UnitReport(
            wall_ms=now.wall_ms, tip_seq=self.writer.tip.seq, waiting=status.waiting, printer="ready",
            battery_percent=80, numbers_left=0, seller="", boot_id=now.boot_id, monotonic_ns=now.monotonic_ns,
        )  # fmt: skip

    async def contact(self, steps: int = STEPS_MAX) -> None:
        """Let the lines do what is to be done, until they rest or wait; the hub's time is taken up."""
        for link in self.links:
            for _ in range(steps):
                if await link.step():
                    break
            else:
                if steps == STEPS_MAX:
                    raise Stuck(f"{self.code} never rests: {link.status}")
        await self.watch.look()

    @property
    def waiting(self) -> int:
        """Entries that the hub has not said it holds."""
        return sum(link.status.waiting for link in self.links)

    async def purge(self) -> int:
        """Forget what may be forgotten."""
        owner = self.owner
        former = [Owner(owner.org_id, owner.node_id, keys.epoch) for keys in self.keys.former]
        return await Purge(self.writer, self.reader, self.watched, lambda: None, former=former).once()

    async def carry_out(self, order: Command, phone: str = "") -> list[Entry[Fact]]:
        """An order of the seller; when no answer comes, it is asked again later under the same id."""
        self.asked[order.command_id] = order, phone
        self.ordered.add(order.command_id)
        try:
            with self.contacts.holding(phone):
                answer = await self.writer.handle(order)
        except Refusal:
            del self.asked[order.command_id]
            raise
        del self.asked[order.command_id]
        self._remember(order, answer)
        return answer

    def _remember(self, order: Command, answer: list[Entry[Fact]]) -> None:
        for entry in answer:
            if isinstance(entry.body, TicketsSold):
                at, body = entry.envelope, entry.body
                ranges = tuple((one.first, one.last) for one in body.ranges)
                told = Told(at.epoch, at.seq, entry.hash, body.sale_id, body.amount_minor, ranges)
                if told not in self.told:
                    self.told.append(told)
            elif isinstance(entry.body, SaleVoided):
                self.undone.append(Undone(entry.hash, entry.body.sale_id))
            elif entry.envelope.type.startswith(DEVICES):
                at = entry.envelope
                self.noted.append(Noted(at.epoch, at.seq, entry.hash, at.type))
        if isinstance(order, UndoSale):
            self.voided.add(order.sale_id)

    async def packages(self, event_id: UUID) -> list[tuple[UUID, int, int]]:
        """(id, price, tickets) of what can be sold."""
        rows = await self.reader.values(PACKAGES, {"event": event_id})
        return [(UUID(bytes=row[0]), row[1], row[2]) for row in rows]

    async def sell(self, event_id: UUID, package: int, times: int = 1, phone: str = "") -> Entry[TicketsSold]:
        """Sell a package for exact cash. Refusals and StorageFault are the caller's."""
        packages = await self.packages(event_id)
        package_id, price, _ = packages[package % len(packages)] if packages else (self.new_id(), 0, 0)
        order = SellTickets(
            command_id=self.new_id(), actor=self.template.seller_id, event_id=event_id, package_id=package_id,
            times=times, tender="cash", received_minor=price * times,
        )  # fmt: skip
        with self.contacts.holding(phone) as contact:
            [sold, *_] = await self.carry_out(msgspec.structs.replace(order, contact=contact), phone)
        assert isinstance(sold.body, TicketsSold)
        return cast(Entry[TicketsSold], sold)

    async def undo(self) -> bool:
        """Undo the last sale that stands; whether there was one."""
        mine = [one for one in self.told if one.sale_id not in self.voided and one.epoch == self.keys.epoch]
        if not mine or UndoSale not in self.slices.handlers:
            return False
        order = UndoSale(command_id=self.new_id(), actor=self.template.seller_id, sale_id=mine[-1].sale_id)
        await self.carry_out(order)
        return True

    async def ask_again_if_open(self) -> bool:
        """The seller asks for the answers that nobody saw; whether there was one to ask for."""
        asked = [one for one in self.asked.values() if type(one[0]) in self.slices.handlers]
        for order, phone in asked:
            with contextlib.suppress(Refusal, StorageFault):
                await self.carry_out(order, phone)
        return bool(asked)

    async def spoil(self) -> None:
        """A faulty program is put in, writes nonsense once, and is put right again."""
        before = self.slices
        await self.run_program(SPOILT)
        await self.writer.handle(Spoil(command_id=self.new_id()))
        await self.run_program(before)

    async def run_program(self, slices: Slices) -> None:
        """Another release of the program is put in, and started."""
        await self.switch_off()
        self.slices = slices
        await self.switch_on()

    async def holds(self) -> set[str]:
        """What stops it from selling."""
        return {hold.cause for hold in await self.writer.write(read_holds)}

    async def switch_off(self) -> None:
        """An orderly end."""
        self.on = False
        self.line.forget()
        await self._close_links()
        self.writer.close()
        self.witness.close()
        if self.disk.off:
            self.disk = self.disk.killed()

    async def die(self, restart: Callable[[Disk], Disk]) -> None:
        """The program ends in mid-work; `restart` says what becomes of the disk. Then it starts again."""
        self.on = False
        self.disk.off = True
        await self._close_links()
        self.writer.close()
        self.witness.close()
        self.disk = restart(self.disk)
        self.line.forget()

    async def _close_links(self) -> None:
        for link in self.links:
            await link.hang_up()

    async def entries(self) -> list[tuple[int, int, bytes, bytes]]:
        """(epoch, seq, hash, bytes) of all that it holds."""
        return [tuple(row) for row in await self.reader.values(ENTRIES)]

    async def begins(self) -> dict[int, int]:
        """Where each purged epoch's journal begins."""
        return {epoch: seq for epoch, seq, _ in await self.purged()}

    async def purged(self) -> list[tuple[int, int, bytes]]:
        """The last entry (epoch, seq, hash) that it has forgotten of each epoch."""
        return [(row[0], row[1], bytes(row[2])) for row in await self.reader.values(BEGINS)]

    async def known_generation(self) -> int:
        """The latest of the hub's lives that it has heard of."""
        return await self.writer.write(known_generation, rows=False)

    async def nothing_told_is_lost(self) -> None:
        """Every sale that a seller was told of stands in the journal, or was purged with the hub's word on it."""
        held = {(epoch, seq): digest for epoch, seq, digest, _ in await self.entries()}
        begins = await self.begins()
        said: list[Told | Noted] = [*self.told, *self.noted]
        for one in said:
            if one.seq > begins.get(one.epoch, 0):
                assert held.get((one.epoch, one.seq)) == one.hash, f"{self.code} lost {one}"

    def copied(self, name: str, folder: Path, line: Line) -> "Machine":
        """Its card in another machine, as somebody copies it who switched it off before."""
        folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "contact.key").exists():
            shutil.copyfile(self.folder / "contact.key", folder / "contact.key")
        copy = Machine(
            name, self.code, self.template, self.keys, self.disk.copy(), folder, HandClock(self.clock.wall_ms), line,
            Random(self.rng.random()), list(self.told), set(self.voided), list(self.undone), list(self.noted),
            set(self.ordered), accused=self.accused,
        )  # fmt: skip
        copy.printer.paper = list(self.printer.paper)  # what the card calls printed came out before
        return copy

    async def begin_epoch(self, certificate: bytes, sign_seed: bytes, seal_seed: bytes) -> None:
        """Enrolled anew: a new journal under new keys, as the certificate says; it waits to hear that it may sell."""
        await self.switch_off()
        epoch = read_certificate(certificate, hub_key=self.template.hub_key).epoch
        before = self.keys
        former = (*before.former, FormerKeys(before.epoch, before.sign_seed, before.seal_seed))
        self.keys = msgspec.structs.replace(
            before, sign_seed=sign_seed.hex(), seal_seed=seal_seed.hex(), epoch=epoch, former=former
        )
        witness = self._witness()
        witness.begin(epoch)
        witness.close()
        self.accused = False
        await self.switch_on()
        membership = Membership(
            org_id=self.template.org_id, unit=self.identity, hub_node_id=self.template.keys.node_id,
            hub_sign_key=self.template.hub_key.hex(), epoch=epoch, certificate=certificate.hex(),
        )  # fmt: skip
        await begin_epoch(self.writer, membership, self.watched.now().wall_ms)
        await self._close_links()
        await self._connect(self.keys.node_key(), self.template.hub_key)

    async def use_keys(self, keys: Keys) -> None:
        """Another key file is put in."""
        await self.switch_off()
        self.keys = keys
        await self.switch_on()

    @property
    def kind(self) -> str:
        """What kind of unit it is."""
        return dict(UNITS)[self.code]

    @property
    def identity(self) -> UnitIdentity:
        """Who it is."""
        return UnitIdentity(self.keys.node_id, self.template.venue_id, self.kind, self.code, self.code)

    def greet_for_former(self) -> None:
        """Epochs that are over say hello again, as they do from time to time."""
        greet_again(self.links[1:])
