"""A unit that can sell, without hub and pages: a real database file, the real writer, a running event, a lease."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import msgspec

from edge.runtime.database import migrate
from shared.domain.identity.rows import StaffRow, VenueRow
from shared.domain.raffle.commands import SellTickets, TakeLease
from shared.domain.raffle.rows import EventRow, PackageRow
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.clock import SystemClock
from shared.journal.entry import Owner
from shared.kernel.clock import DAY_MS
from shared.kernel.ids import uuid7
from shared.pipeline.sqlite_applier import put_row
from shared.pipeline.sqlite_writer import Effect, SqliteWriter, Tools, open_durable

NUMBERS = 50_000_000
Effects = Callable[[Owner], dict[str, Effect]]


class SellingUnit(msgspec.Struct, frozen=True):
    """The writer, and the ids that a sale names."""

    writer: SqliteWriter
    path: Path
    owner: Owner
    event_id: UUID
    package_id: UUID
    seller_id: UUID

    def order(self) -> SellTickets:
        """One sale of ten tickets for ten dollars, exact cash."""
        return SellTickets(
            command_id=uuid7(SystemClock().now().wall_ms, chance()),
            actor=self.seller_id,
            event_id=self.event_id,
            package_id=self.package_id,
            times=1,
            tender="cash",
            received_minor=1_000,
        )


async def selling_unit(path: Path, effects: Effects, owner: Owner | None = None) -> SellingUnit:
    """Make the database at `path` and open it for selling."""
    migrate(path)
    owner = owner or Owner(uuid4(), uuid4(), 1)
    office = Owner(owner.org_id, uuid4(), 1)
    event_id, package_id, seller_id, venue_id = (uuid4() for _ in range(4))
    db = open_durable(path)
    _feed(db, office, event_id=event_id, package_id=package_id, seller_id=seller_id, venue_id=venue_id)
    tools = Tools(SystemClock(), chance, lambda _: b"k" * 32, effects(owner))
    writer = SqliteWriter(db, ALL, owner, tools)
    lease = TakeLease(
        command_id=uuid4(),
        lease_id=uuid4(),
        event_id=event_id,
        granter_id=office.node_id,
        first=1,
        last=NUMBERS,
        document=b"d" * 320,
    )
    await writer.handle(lease)
    return SellingUnit(writer, path, owner, event_id, package_id, seller_id)


def _feed(
    db: sqlite3.Connection, office: Owner, *, event_id: UUID, package_id: UUID, seller_id: UUID, venue_id: UUID
) -> None:
    event = EventRow(
        owner=office,
        event_id=event_id,
        venue_id=venue_id,
        revision=1,
        state="active",
        name="Bench",
        code="B-1",
        licence="L",
        currency="USD",
        training=False,
        sales_open_ms=0,
        sales_close_ms=300 * 365 * DAY_MS,
        draw_ms=0,
        claim_by_ms=0,
        first_number=1,
        last_number=NUMBERS,
        prize_percent=50,
        lease_count=NUMBERS,
    )
    package = PackageRow(
        owner=office, event_id=event_id, package_id=package_id, place=0, ticket_count=10, price_minor=1_000
    )
    seller = StaffRow(owner=office, staff_id=seller_id, venue_id=venue_id, role="seller", active=True)
    venue = VenueRow(owner=office, venue_id=venue_id, name="V", place="P", zone="Europe/London", cutoff_min=0)
    for row in (event, package, seller, venue):
        put_row(db, row)
