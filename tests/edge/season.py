"""A unit over a season: several events, weeks between them, and what the hub signs about its journal; no hub."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from edge.runtime.database import Reader, open_reader
from edge.runtime.purge import RETENTION_DAYS, Place, Purge, place_of
from edge.runtime.spool import QUEUE
from edge.sync.receipts import keep_receipt, keep_watermark
from shared.domain.identity.commands import ReportClockJump
from shared.domain.identity.rows import StaffRow, VenueRow
from shared.domain.raffle.commands import SellTickets, TakeLease, UndoSale
from shared.domain.raffle.facts import TicketsSold
from shared.domain.raffle.rows import EventRow, PackageRow
from shared.domain.slices import ALL
from shared.journal.chain import Tip, origin
from shared.journal.entry import Entry, Owner
from shared.journal.head import Head
from shared.kernel.clock import DAY_MS, HOUR_MS
from shared.kernel.errors import Refusal
from shared.kernel.ids import derived_id
from shared.pipeline.sqlite_applier import put_fed_row
from shared.pipeline.sqlite_journal import entries_behind, hash_at
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.watermark import Watermark
from tests.support.clock import OPENING_MS, HandClock
from tests.support.evening import HUB, ORG, Dice, lease_secret, migrated_bytes

UNIT = Owner(ORG, UUID(int=0xC), 1)
EVENTS = tuple(UUID(int=0xE0 + place) for place in range(3))
PACKAGE, VENUE, SELLER = UUID(int=0xF0), UUID(int=0xF1), UUID(int=0xF2)
ENDS_MS = OPENING_MS + 400 * DAY_MS


class Step(NamedTuple):
    """One step: what, about which event."""

    act: str
    event: int


acts = st.sampled_from(["lease", "sell", "sell", "sell", "undo", "jump", "close", "cancel", "wait"])
steps = st.lists(st.builds(Step, acts, st.integers(0, 2)), max_size=40)


def spool(db: sqlite3.Connection, sale: Entry[TicketsSold]) -> None:
    """A document waits for paper."""
    sale_id = sale.body.sale_id
    db.execute(QUEUE, (derived_id(sale_id, "ticket").bytes, sale_id.bytes, "receipt", b"", sale.wall_ms))


class Season:
    """The unit in a test's hands."""

    def __init__(self, path: Path, writer: SqliteWriter, reader: Reader, clock: HandClock) -> None:
        self.path = path
        self.writer = writer
        self.reader = reader
        self.clock = clock
        self.dice = Dice(str(path.name))
        self.ended: dict[UUID, int] = {}
        self.last_sale: dict[UUID, UUID] = {}
        self.purge = Purge(writer, reader, clock, lambda: None)

    async def play(self, play: Sequence[Step]) -> None:
        """Do what the steps say; a refused one does not happen."""
        for step in play:
            with contextlib.suppress(Refusal):
                await self._do(step.act, EVENTS[step.event])

    async def _do(self, act: str, event: UUID) -> None:
        if act == "lease":
            await self.lease(event)
        elif act == "sell":
            await self.sell(event)
        elif act == "undo" and event in self.last_sale:
            order = UndoSale(command_id=self.dice.id(), actor=SELLER, sale_id=self.last_sale[event])
            await self.writer.handle(order)
        elif act == "jump":
            await self.writer.handle(
                ReportClockJump(command_id=self.dice.id(), from_ms=1, to_ms=self.clock.wall_ms, cause="jumped")
            )
        elif act in ("close", "cancel"):
            await self.end(event, "closed" if act == "close" else "cancelled")
        elif act == "wait":
            self.clock.forward((RETENTION_DAYS + 1) * DAY_MS)

    async def lease(self, event: UUID) -> None:
        """Take the next numbers of the event."""
        first = self.dice.throws * 1_000 + 1
        await self.writer.handle(
            TakeLease(
                command_id=self.dice.id(),
                lease_id=self.dice.id(),
                event_id=event,
                granter_id=HUB.node_id,
                first=first,
                last=first + 49,
                document=b"signed",
            )
        )

    async def sell(self, event: UUID) -> None:
        """One sale of ten tickets for ten dollars."""
        order = SellTickets(
            command_id=self.dice.id(),
            actor=SELLER,
            event_id=event,
            package_id=PACKAGE,
            times=1,
            tender="cash",
            received_minor=1_000,
        )
        [entry] = await self.writer.handle(order)
        assert isinstance(entry.body, TicketsSold)
        self.last_sale[event] = entry.body.sale_id

    async def end(self, event: UUID, state: str) -> None:
        """Head office ends the event; an ended one stays as it is."""
        if event not in self.ended:
            self.ended[event] = self.clock.wall_ms
            await self.put(run(event, state, self.clock.wall_ms))

    async def put(self, row: EventRow) -> None:
        """The feed brings the event."""
        await self.writer.write(lambda db: put_fed_row(db, row))

    async def prove(self, *, receipt: int, watermark: int, acked: int) -> None:
        """The hub signs: it took this much, its verified backup holds so much, its cursor stands there."""

        def keep(db: sqlite3.Connection) -> None:
            now = self.clock.wall_ms
            keep_receipt(db, UNIT, Head(origin(UNIT), tip_at(db, receipt)), b"cosigned", now)
            mark = tip_at(db, watermark)
            said = Watermark(
                org=ORG,
                node=UNIT.node_id,
                epoch=1,
                seq=mark.seq,
                hash=mark.hash,
                backup_ms=now,
                generation=1,
            )
            keep_watermark(db, UNIT, said, b"signed", now)
            row = (HUB.node_id.bytes, acked, now)
            db.execute("INSERT OR REPLACE INTO peer VALUES (?, 1, 1, ?, ?, 0, '')", row)

        await self.writer.write(keep)

    async def journal(self) -> list[bytes]:
        """The entries that are kept here."""
        return await self.writer.write(lambda db: entries_behind(db, UNIT, 0, 1_000_000))

    async def places(self) -> list[Place]:
        """The same as a purge sees them."""
        return [place_of(data) for data in await self.journal()]

    async def values(self, text: str) -> list[tuple[Any, ...]]:
        """Rows of a statement."""
        return await self.reader.values(text)

    def is_finished(self, event: UUID | None) -> bool:
        """Whether nothing of the event needs to be kept: it is out of its retention, or no event at all."""
        return event is None or self.ended.get(event, ENDS_MS) + RETENTION_DAYS * DAY_MS <= self.clock.wall_ms


def tip_at(db: sqlite3.Connection, seq: int) -> Tip:
    """The place of a journal that is kept here."""
    found = hash_at(db, UNIT, seq)
    assert found is not None
    return Tip(seq, found)


def run(event: UUID, state: str, closed_ms: int | None) -> EventRow:
    """One of the season's events."""
    return EventRow(
        owner=HUB,
        event_id=event,
        venue_id=VENUE,
        revision=1,
        state=state,
        name="50/50",
        code=f"E-{event.hex[-4:]}",
        licence="L",
        currency="USD",
        training=False,
        sales_open_ms=OPENING_MS - HOUR_MS,
        sales_close_ms=ENDS_MS,
        draw_ms=ENDS_MS,
        claim_by_ms=ENDS_MS,
        first_number=1,
        last_number=99_999_999,
        prize_percent=50,
        lease_count=50,
        closed_ms=closed_ms,
    )


def _feed(db: sqlite3.Connection) -> None:
    put_fed_row(db, StaffRow(owner=HUB, staff_id=SELLER, venue_id=None, role="seller", active=True))
    put_fed_row(db, VenueRow(owner=HUB, venue_id=VENUE, name="V", place="P", zone="Europe/London", cutoff_min=0))
    for event in EVENTS:
        put_fed_row(db, run(event, "active", None))
        put_fed_row(
            db,
            PackageRow(owner=HUB, event_id=event, package_id=PACKAGE, place=0, ticket_count=10, price_minor=1_000),
        )


def _opened(path: Path) -> tuple[sqlite3.Connection, bool]:
    new = not path.exists()
    if new:
        path.write_bytes(migrated_bytes())
    return open_durable(path), new


@asynccontextmanager
async def season(path: Path) -> AsyncIterator[Season]:
    """A unit at the start of its season, on a database at `path` (an existing one is taken up again)."""
    db, new = _opened(path)
    db.execute("PRAGMA synchronous = OFF")  # histories by the hundred, and no power is cut here
    clock = HandClock()
    tools = Tools(clock, Dice(f"writer {path.name}"), lease_secret, {TicketsSold.TYPE: spool})
    writer = SqliteWriter(db, ALL, UNIT, tools)
    try:
        if new:
            await writer.write(_feed)
        async with open_reader(path, UNIT) as reader:
            yield Season(path, writer, reader, clock)
    finally:
        writer.close()
