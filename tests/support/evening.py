"""An evening at the Harbour Stand on real SQLite, without sockets: head office, handhelds, one seller.

Head office is a journal in SQLite too: the slices' loads run the same on both sides. What the feed would bring to a
unit is copied; keys come from a keyring that derives them from the lease.
"""

import asyncio
import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from edge.runtime.database import migrate
from shared.domain.identity.commands import EnrolUnit, FoundOrganization, HireStaff, OpenPairing, OpenVenue, SetSlipText
from shared.domain.raffle.commands import (
    ActivateEvent,
    GrantLease,
    PackagePlan,
    PlanEvent,
    SellTickets,
    TakeLease,
    UndoSale,
)
from shared.domain.raffle.facts import LeaseGranted, TicketsSold
from shared.domain.raffle.state import Contact
from shared.domain.slices import ALL
from shared.journal.entry import Entry, Fact, Owner
from shared.kernel.clock import DAY_MS, HOUR_MS
from shared.kernel.codec import encode
from shared.pipeline.command import Command
from shared.pipeline.queries import KeyAsk
from shared.pipeline.sqlite_journal import entries_behind
from shared.pipeline.sqlite_writer import SqliteWriter, Tools
from shared.pipeline.tables import column_names
from tests.support.clock import HandClock

ORG = UUID(int=0xA)
HUB = Owner(ORG, UUID(int=0xB), 1)
PLANS = (PackagePlan(3, 500), PackagePlan(10, 1_000), PackagePlan(40, 2_000))
NUMBERS_FROM = 100_001
PROJECTED = tuple(kind for kind in ALL.rows if kind.TABLE.slice_name != "vault")


class Dice:
    """Chance that a test can throw again: the n-th throw of a name is always the same."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.throws = 0

    def __call__(self) -> bytes:
        """Thirty-two bytes."""
        self.throws += 1
        return hashlib.sha256(f"{self.name} {self.throws}".encode()).digest()

    def id(self) -> UUID:
        """An id."""
        return UUID(bytes=self()[:16])


def lease_secret(ask: KeyAsk) -> bytes:
    """The keyring of these tests: a key that follows from what it is about, a contact that is sealed by name only."""
    if ask.kind == "contact":
        return encode(Contact(ask.about, b"sealed " + ask.sealed))
    return hashlib.sha256(ask.kind.encode() + ask.about.bytes).digest()


@cache
def migrated_bytes() -> bytes:
    """A freshly migrated edge database, made once a run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edge.db"
        migrate(path)
        return path.read_bytes()


def fresh_memory() -> sqlite3.Connection:
    """A migrated database in memory, for histories by the hundred."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.deserialize(migrated_bytes())
    db.execute("PRAGMA foreign_keys = ON")
    return db


@dataclass
class Node:
    """One node: its database, its writer, its clock."""

    owner: Owner
    db: sqlite3.Connection
    writer: SqliteWriter
    dice: Dice

    def do(self, command: Command) -> list[Entry[Fact]]:
        """Carry a command out."""
        return asyncio.run(self.writer.handle(command))

    def entries(self) -> list[bytes]:
        """The journal's exact bytes."""
        return entries_behind(self.db, self.owner, 0, 1_000_000)


@contextmanager
def open_node(owner: Owner, clock: HandClock, db: sqlite3.Connection | None = None) -> Iterator[Node]:
    """A node on a migrated database (in memory unless `db` is given), closed at the end."""
    dice = Dice(str(owner.node_id) if owner.epoch == 1 else f"{owner.node_id} {owner.epoch}")
    db = db or fresh_memory()
    writer = SqliteWriter(db, ALL, owner, Tools(clock, dice, lease_secret))
    try:
        yield Node(owner, db, writer, dice)
    finally:
        writer.close()


@dataclass
class Evening:
    """Head office with one venue, one seller and one event that sells for four hours from the opening."""

    clock: HandClock
    office: Node
    venue_id: UUID
    seller_id: UUID
    event_id: UUID
    packages: dict[int, UUID]

    def feed(self, unit: Node) -> None:
        """Bring head office's rows to the unit, as the feed does: through its one writer."""
        asyncio.run(unit.writer.write(self._put_rows))

    def _put_rows(self, db: sqlite3.Connection) -> None:
        for kind in ALL.feeds:
            table = kind.TABLE.full_name
            for row in self.office.db.execute(f"SELECT * FROM {table}").fetchall():
                db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    def unit_owner(self, place: int) -> Owner:
        """The journal of the `place`-th handheld, registered at head office."""
        unit_id, digest = UUID(int=0x100 + place), self.office.dice()
        self.office.do(
            OpenPairing(
                command_id=self.office.dice.id(),
                venue_id=self.venue_id,
                kind="rsu",
                code=f"R{place:02d}",
                name=f"RSU {place:02d}",
                digest=digest,
                expires_ms=self.clock.wall_ms + HOUR_MS,
                enable=True,
            )
        )
        self.office.do(
            EnrolUnit(
                command_id=self.office.dice.id(),
                digest=digest,
                unit_id=unit_id,
                sign_key=bytes([place + 1]) * 32,
                seal_key=bytes([place + 1]) * 32,
                valid_ms=90 * DAY_MS,
            )
        )
        return Owner(ORG, unit_id, 1)

    def grant(self, unit: Node) -> LeaseGranted:
        """Head office grants the unit its next numbers."""
        order = GrantLease(
            command_id=self.office.dice.id(),
            event_id=self.event_id,
            holder_id=unit.owner.node_id,
            holder_epoch=1,
            request_id=unit.dice.id(),
        )
        [entry] = self.office.do(order)
        assert isinstance(entry.body, LeaseGranted)
        return entry.body

    def take(self, unit: Node, first: int, last: int, lease_id: UUID | None = None) -> UUID:
        """The unit takes a lease on `first` to `last`."""
        lease_id = lease_id or unit.dice.id()
        unit.do(
            TakeLease(
                command_id=unit.dice.id(),
                lease_id=lease_id,
                event_id=self.event_id,
                granter_id=HUB.node_id,
                first=first,
                last=last,
                document=b"signed by head office",
            )
        )
        return lease_id

    def order(self, unit: Node, tickets: int = 10, times: int = 1) -> SellTickets:
        """An order for a package, paid with the exact cash."""
        price = {plan.ticket_count: plan.price_minor for plan in PLANS}[tickets]
        return SellTickets(
            command_id=unit.dice.id(),
            actor=self.seller_id,
            event_id=self.event_id,
            package_id=self.packages[tickets],
            times=times,
            tender="cash",
            received_minor=price * times,
        )

    def card_order(self, unit: Node) -> SellTickets:
        """An order for ten tickets against the card terminal's slip."""
        return msgspec.structs.replace(self.order(unit), tender="card", received_minor=0, reference=" AUTH 4711 ")

    def sell(self, unit: Node, tickets: int = 10, times: int = 1) -> Entry[TicketsSold]:
        """One sale."""
        return sold(unit.do(self.order(unit, tickets, times)))

    def undo(self, unit: Node, sale_id: UUID) -> list[Entry[Fact]]:
        """The seller undoes a sale."""
        return unit.do(UndoSale(command_id=unit.dice.id(), actor=self.seller_id, sale_id=sale_id))


def sold(entries: list[Entry[Fact]]) -> Entry[TicketsSold]:
    """The one sale in an answer."""
    [entry] = entries
    assert isinstance(entry.body, TicketsSold)
    return Entry(entry.envelope, entry.hash, entry.body, entry.owner)


def rows_of(db: sqlite3.Connection, *owners: Owner) -> dict[str, list[tuple[Any, ...]]]:
    """All projected rows of these journals by table, in a fixed order; the vault is no projection."""
    nodes = {owner.node_id.bytes for owner in owners}
    found: dict[str, list[tuple[Any, ...]]] = {}
    for kind in PROJECTED:
        rows = db.execute(f"SELECT {', '.join(column_names(kind))} FROM {kind.TABLE.full_name}").fetchall()
        found[kind.TABLE.full_name] = sorted((row for row in rows if row[1] in nodes), key=repr)
    return found


def plan(venue_id: UUID, clock: HandClock, command_id: UUID) -> PlanEvent:
    """The plan of the evening's event: it sells for four hours from now, 100 numbers a lease."""
    now = clock.wall_ms
    return PlanEvent(
        command_id=command_id,
        venue_id=venue_id,
        name="Home Opener 50/50",
        code="HO-1",
        sales_open_ms=now,
        sales_close_ms=now + 4 * HOUR_MS,
        draw_ms=now + 5 * HOUR_MS,
        claim_by_ms=now + 30 * DAY_MS,
        packages=PLANS,
        first_number=NUMBERS_FROM,
        last_number=NUMBERS_FROM + 9_999,
        lease_count=100,
    )


@contextmanager
def evening() -> Iterator[Evening]:
    """An evening ready to sell; head office closes at the end."""
    clock = HandClock()
    with open_node(HUB, clock) as office:
        new = office.dice.id
        office.do(FoundOrganization(command_id=new(), name="Rovers", licence="RR-1", currency="USD"))
        office.do(SetSlipText(command_id=new(), licence_lines=("Charity no. 1182204",)))
        [opened] = office.do(OpenVenue(command_id=new(), name="Harbour Stand", place="D", zone="Europe/London"))
        venue_id = opened.envelope.entity
        [hired] = office.do(HireStaff(command_id=new(), name="Ann", role="seller", pin_hash="none"))
        [planned] = office.do(plan(venue_id, clock, new()))
        event_id = planned.envelope.entity
        office.do(ActivateEvent(command_id=new(), event_id=event_id))
        rows = office.db.execute("SELECT ticket_count, package_id FROM raffle_package").fetchall()
        packages = {count: UUID(bytes=package_id) for count, package_id in rows}
        yield Evening(clock, office, venue_id, hired.envelope.entity, event_id, packages)


@contextmanager
def unit_of(night: Evening, place: int, db: sqlite3.Connection | None = None) -> Iterator[Node]:
    """The `place`-th handheld of the evening, fed and open."""
    with open_node(night.unit_owner(place), night.clock, db) as unit:
        night.feed(unit)
        yield unit
