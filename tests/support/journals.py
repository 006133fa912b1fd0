"""Handhelds' journals in memory, made by the same functions as real ones: valid sales to upload, fork, spoil."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from hub.sync.leases import grant
from shared.domain.raffle.facts import LeaseTaken, SaleVoided, SoldRange, TicketsSold
from shared.domain.raffle.queries import PACKAGES
from shared.domain.raffle.queries_page import EVENT_TOTALS
from shared.journal.bundle import pack
from shared.journal.chain import Sealed, Stamp, Tip, empty_tip, seal
from shared.journal.entry import Fact, Owner
from shared.journal.keyfile import Keys
from shared.journal.signing import NodeKey
from shared.kernel.clock import Moment
from shared.kernel.validation import validation_number
from shared.sync.lease import LeaseDocument, open_lease_key, read_lease
from shared.sync.protocol import LeaseRequest, Session
from tests.support.clock import OPENING_MS
from tests.support.hub import RunningHub

BOOT = UUID(int=9)
TICKETS, PRICE_MINOR = 3, 500


@dataclass
class Desk:
    """What a seller needs: an event, its smallest package, and somebody who sells."""

    event_id: UUID
    package_id: UUID
    seller_id: UUID


@dataclass
class Journal:
    """One history of one epoch of a handheld; `copy` is what a copied card goes on from."""

    running: RunningHub
    keys: Keys
    desk: Desk
    key: NodeKey
    owner: Owner
    tip: Tip
    sealed: list[Sealed] = field(default_factory=list)
    lease: LeaseDocument | None = None
    lease_key: bytes = b""
    next_number: int = 0

    @property
    def session(self) -> Session:
        """A proven session of the handheld."""
        return Session(self.owner.org_id, self.owner.node_id, self.owner.epoch, OPENING_MS * 2)

    def copy(self) -> "Journal":
        """The same card once more."""
        return Journal(
            self.running, self.keys, self.desk, self.key, self.owner, self.tip, list(self.sealed), self.lease,
            self.lease_key, self.next_number,
        )  # fmt: skip

    def at(self, seq: int) -> "Journal":
        """The card as it was when its journal ended at `seq`: what a backup of then goes on from."""
        older = self.copy()
        older.sealed = older.sealed[:seq]
        older.tip = Tip(seq, older.sealed[-1].entry.hash) if seq else empty_tip(self.owner)
        sold = [one.entry.body for one in self.sealed[seq:] if isinstance(one.entry.body, TicketsSold)]
        older.next_number -= sum(body.ticket_count for body in sold)
        return older

    def add(self, *facts: Fact) -> list[Sealed]:
        """Put facts behind the tip."""
        stamp = Stamp(uuid4(), self.desk.seller_id, Moment(OPENING_MS, len(self.sealed) * 1_000, BOOT))
        sealed, self.tip = seal(self.owner, self.tip, stamp, [(uuid4(), fact) for fact in facts])
        self.sealed += sealed
        return sealed

    async def take(self) -> LeaseDocument:
        """Ask the hub for numbers and take them."""
        data = await grant(self.running.hub, self.session, LeaseRequest(uuid4(), self.desk.event_id))
        document = read_lease(
            data, granter_key=self.running.hub.key.sign_public, holder=self.owner.node_id, epoch=self.owner.epoch
        )
        self.add(
            LeaseTaken(
                lease_id=document.lease,
                event_id=document.event,
                granter_id=document.granter,
                first=document.first,
                last=document.last,
                document=data,
            )
        )
        self.lease, self.lease_key, self.next_number = document, open_lease_key(document, self.key), document.first
        return document

    def sale(self, first: int | None = None) -> TicketsSold:
        """A sale of three tickets from the next number on, to the cent as a handheld makes it."""
        lease = self.lease
        assert lease is not None
        first = self.next_number if first is None else first
        number = validation_number(self.lease_key, event_id=lease.event, lease_id=lease.lease, first=first)
        return TicketsSold(
            sale_id=uuid4(),
            event_id=lease.event,
            package_id=self.desk.package_id,
            seller_id=self.desk.seller_id,
            ticket_count=TICKETS,
            amount_minor=PRICE_MINOR,
            currency="USD",
            tender="cash",
            received_minor=PRICE_MINOR,
            reference="",
            validation_number=number,
            ranges=(SoldRange(lease.lease, lease.first, lease.last, first, first + TICKETS - 1),),
        )

    def sell(self, count: int = 1) -> list[Sealed]:
        """So many sales."""
        made: list[Sealed] = []
        for _ in range(count):
            made += self.add(self.sale())
            self.next_number += TICKETS
        return made

    def void(self, sold: Sealed) -> None:
        """Void a sale of this journal."""
        body = sold.entry.body
        assert isinstance(body, TicketsSold)
        self.add(
            SaleVoided(
                sale_id=body.sale_id,
                event_id=body.event_id,
                sale_node=self.owner.node_id,
                sale_epoch=self.owner.epoch,
                sale_seq=sold.entry.seq,
                sale_chain=sold.entry.chain_piece,
                reason="undo",
                voided_by=body.seller_id,
                refund_minor=body.amount_minor,
                refund="cash",
            )
        )

    def bundle(self, first: int = 1, last: int | None = None) -> bytes:
        """Entries `first` to `last` as a bundle."""
        run = self.sealed[first - 1 : last]
        return pack(self.owner, first, [one.data for one in run], Tip(run[-1].entry.seq, run[-1].entry.hash), self.key)


async def desk_at(running: RunningHub, venue_id: UUID | None = None) -> Desk:
    """A running event with somebody who sells it."""
    venue = venue_id or await running.venue()
    event_id = await running.event(venue, code=f"E-{uuid4().hex[:6]}")
    packages = await running.hub.many(running.org_id, PACKAGES, event_id=event_id)
    small = next(one for one in packages if one.ticket_count == TICKETS)
    return Desk(event_id, small.package_id, await running.staff("Mara Kovač"))


async def journal_at(running: RunningHub, desk: Desk, venue_id: UUID, code: str = "R07") -> Journal:
    """An enrolled handheld that holds numbers and has sold nothing."""
    keys = await running.unit(venue_id, code)
    owner = Owner(running.org_id, keys.node_id, 1)
    journal = Journal(running, keys, desk, keys.node_key(), owner, empty_tip(owner))
    await journal.take()
    return journal


async def journal_of(running: RunningHub, sales: int = 3) -> Journal:
    """A handheld of a new venue that sold a few times."""
    venue = await running.venue(f"Stand {uuid4().hex[:6]}")
    journal = await journal_at(running, await desk_at(running, venue), venue, f"R{uuid4().hex[:4]}")
    journal.sell(sales)
    return journal


async def sold_minor(running: RunningHub, event_id: UUID) -> int:
    """Minor units that the hub counts for the event."""
    totals = await running.hub.many(running.org_id, EVENT_TOTALS)
    return sum(one.amount_minor for one in totals if one.event_id == event_id)
