"""A journal of many sales, made fast: the real writer on the folder of an edge that does not run, many a commit."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import msgspec

from edge.runtime.enrol import settle
from edge.runtime.folder_lock import folder_lock
from edge.runtime.lease_keys import LeaseKeys
from edge.runtime.membership import read_membership
from edge.runtime.settings import Settings
from edge.sync.pages import read_evidence
from shared.demo.script.tally import Sale, Told, joined
from shared.domain.raffle.commands import SellTickets
from shared.domain.raffle.facts import TicketsSold
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.clock import SystemClock
from shared.journal.entry import Entry, Owner
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable

CALLERS = 128
OFFER = "SELECT package_id, price_minor FROM raffle_package WHERE event_id = ? ORDER BY ticket_count LIMIT 1"
SELLER = "SELECT staff_id FROM identity_staff WHERE role = 'seller' AND active ORDER BY staff_id LIMIT 1"


class Offer(msgspec.Struct, frozen=True):
    """What is sold, and by whom: the smallest package of the event."""

    event_id: UUID
    package_id: UUID
    price_minor: int
    seller_id: UUID

    def order(self) -> SellTickets:
        """One sale for exact cash."""
        return SellTickets(
            command_id=uuid4(),
            actor=self.seller_id,
            event_id=self.event_id,
            package_id=self.package_id,
            times=1,
            tender="cash",
            received_minor=self.price_minor,
        )


async def offer_of(writer: SqliteWriter, event_id: UUID) -> Offer:
    """What this edge can sell of the event, as its feed said."""

    def read(db: sqlite3.Connection) -> Offer:
        package_id, price_minor = db.execute(OFFER, (event_id.bytes,)).fetchone()
        seller_id = db.execute(SELLER).fetchone()[0]
        return Offer(event_id, UUID(bytes=package_id), price_minor, UUID(bytes=seller_id))

    return await writer.write(read)


async def sell(writer: SqliteWriter, offer: Offer, count: int, sold: Callable[[Entry[TicketsSold]], None]) -> None:
    """So many sales; `sold` hears of each."""
    left = iter(range(count))

    async def caller() -> None:
        for _ in left:
            sold(cast(Entry[TicketsSold], (await writer.handle(offer.order()))[0]))

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


@asynccontextmanager
async def open_writer(folder: Path) -> AsyncIterator[SqliteWriter]:
    """The one writer of an edge whose process does not run; nothing is printed of what it sells."""
    settings, clock = Settings(folder=folder), SystemClock()
    keys = settle(settings, clock.now().wall_ms)
    member = read_membership(settings.membership_file, node_id=keys.node_id)
    owner = Owner(member.org_id, keys.node_id, keys.epoch)
    keyring = LeaseKeys(keys.node_key(), owner, member.hub_key)
    tools = Tools(clock, chance, keyring, {}, read_evidence)
    with folder_lock(folder):
        writer = SqliteWriter(open_durable(settings.database), ALL, owner, tools)
        try:
            yield writer
        finally:
            writer.close()


async def fill(folder: Path, event_id: str, count: int, step: Callable[[], None]) -> list[Told]:
    """Record `count` sales in the journal of a stopped edge; what its sellers would have been told."""
    told: list[Told] = []

    def note(entry: Entry[TicketsSold]) -> None:
        body = entry.body
        ranges = joined((one.first, one.last) for one in body.ranges)
        told.append(Told(entry.envelope.command_id, Sale(body.sale_id, ranges, body.amount_minor)))
        step()

    async with open_writer(folder) as writer:
        await sell(writer, await offer_of(writer, UUID(event_id)), count, note)
    return told
