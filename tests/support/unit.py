"""An edge for tests: real SQLite, real keys and leases, a virtual printer on TCP, a clock moved by hand, and no hub.

A NodeKey stands for the hub: it signs the leases; its rows are put in as the feed would.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
from argon2 import PasswordHasher
from httpx import ASGITransport, AsyncClient, Response

from edge.devices.supervisor import Pace
from edge.discovery.found import Around
from edge.runtime.app import edge_app
from edge.runtime.database import migrate
from edge.runtime.lease_keys import LeaseKeys
from edge.runtime.membership import Membership, UnitIdentity, store_membership
from edge.runtime.settings import Settings
from edge.runtime.unit import Unit, open_unit
from edge.runtime.world import World
from shared.domain.identity.rows import BadgeRow, OrganizationRow, StaffRow, UnitRow, VenueRow
from shared.domain.raffle.commands import TakeLease
from shared.domain.raffle.rows import EventRow, PackageRow
from shared.domain.slices import ALL
from shared.journal.chance import chance, chance_bytes
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys, read_or_make_keys
from shared.journal.signing import NodeKey, seal_to
from shared.kernel.clock import DAY_MS, HOUR_MS
from shared.kernel.codec import encode
from shared.kernel.validation import lease_key
from shared.pipeline.changes import Row
from shared.pipeline.sqlite_applier import put_row
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.lease import LEASE_TAG, LeaseDocument, lease_info
from tests.support.clock import OPENING_MS, HandClock

EPOCH = 1
PIN = "240613"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PACKAGES = ((3, 500), (10, 1_000), (40, 2_000))
QUICK = Pace(
    poll_ms=20,
    unseen_ms_max=60_000,  # real time: a busy machine may keep this program waiting for longer than a roll lasts
    proof_step_ms=20,
    proof_timeout_ms=400,
    backoff_first_ms=20,
    backoff_longest_ms=60,
)
FIRST_NUMBER, TRAINING_FIRST = 104_001, 1
STEP_S, STEPS_MAX = 0.01, 6_000
PAGE = {"accept": "text/html"}


@dataclass
class Founded:
    """One joined edge in a folder, with a person who stands for the hub."""

    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    hub: NodeKey = field(default_factory=lambda: NodeKey(chance_bytes(32), chance_bytes(32)))
    org_id: UUID = field(default_factory=uuid4)
    hub_node: UUID = field(default_factory=uuid4)
    venue_id: UUID = field(default_factory=uuid4)
    mara: UUID = field(default_factory=uuid4)
    ines: UUID = field(default_factory=uuid4)
    dealer: UUID = field(default_factory=uuid4)
    event_id: UUID = field(default_factory=uuid4)
    training_id: UUID = field(default_factory=uuid4)
    packages: tuple[UUID, ...] = field(default_factory=lambda: (uuid4(), uuid4(), uuid4()))
    kind: str = "rsu"
    zone: str = "Europe/London"

    @property
    def settings(self) -> Settings:
        """The settings of this edge, on any free port."""
        return Settings(folder=self.folder, port=0)

    @property
    def keys(self) -> Keys:
        """The edge's own keys."""
        return read_or_make_keys(self.settings.key_file, now_ms=OPENING_MS, chance=chance_bytes)

    @property
    def owner(self) -> Owner:
        """The edge's journal."""
        return Owner(self.org_id, self.keys.node_id, EPOCH)

    @property
    def feeder(self) -> Owner:
        """The hub's journal."""
        return Owner(self.org_id, self.hub_node, EPOCH)

    def person(self, staff_id: UUID, name: str, role: str, *, active: bool = True) -> list[Row]:
        """Somebody with the PIN of all tests."""
        return [
            StaffRow(owner=self.feeder, staff_id=staff_id, venue_id=None, role=role, active=active),
            BadgeRow(
                owner=self.feeder, staff_id=staff_id, venue_id=None, role=role, name=name, pin_hash=CHEAP.hash(PIN)
            ),
        ]

    def event(self, event_id: UUID, *, training: bool = False, state: str = "active", **changes: Any) -> EventRow:
        """An event that sells from an hour ago for four hours."""
        now = self.clock.wall_ms
        row = EventRow(
            owner=self.feeder,
            event_id=event_id,
            venue_id=self.venue_id,
            revision=1,
            state=state,
            name="Training" if training else "Home Opener 50/50",
            code=f"E-{event_id.hex[-6:]}",
            licence="none" if training else "RAF-2291847",
            currency="USD",
            training=training,
            sales_open_ms=now - HOUR_MS,
            sales_close_ms=now + (400 * DAY_MS if training else 4 * HOUR_MS),
            draw_ms=now + 401 * DAY_MS,
            claim_by_ms=now + 430 * DAY_MS,
            first_number=1,
            last_number=999_999,
            prize_percent=50,
            lease_count=2_000,
        )
        return msgspec.structs.replace(row, **changes)

    def rows(self) -> Iterable[Row]:
        """Everything that the feed brings to a new unit."""
        feeder, unit = self.feeder, self.membership().unit
        yield OrganizationRow(
            owner=feeder, name="Rivermouth Rovers Foundation", licence="L", currency="USD", site="rovers.example/5050"
        )
        yield VenueRow(
            owner=feeder,
            venue_id=self.venue_id,
            name="Harbour Stand",
            place="Quayside Park",
            zone=self.zone,
            cutoff_min=300,
        )
        fields = {**msgspec.structs.asdict(unit), "sign_key": b"s" * 32, "seal_key": b"k" * 32}
        yield UnitRow(owner=feeder, **fields)
        yield from self.person(self.mara, "Mara Kovač", "seller")
        yield from self.person(self.ines, "Ines Duarte", "supervisor")
        yield from self.person(self.dealer, "Dov Dealer", "dealer")
        for event_id, training in ((self.event_id, False), (self.training_id, True)):
            yield self.event(event_id, training=training)
            for place, (count, price) in enumerate(PACKAGES):
                package_id = self.packages[place] if not training else uuid4()
                yield PackageRow(
                    owner=feeder,
                    event_id=event_id,
                    package_id=package_id,
                    place=place,
                    ticket_count=count,
                    price_minor=price,
                )

    def membership(self) -> Membership:
        """What the hub answered to add-node."""
        name = "RSU 07" if self.kind == "rsu" else "Harbour Stand counter"
        unit = UnitIdentity(self.keys.node_id, self.venue_id, self.kind, "R07", name)
        return Membership(self.org_id, unit, self.hub_node, self.hub.sign_public.hex())

    def lease(self, event_id: UUID, first: int, count: int) -> TakeLease:
        """A lease as the hub signs it, with its key sealed to the edge."""
        owner, lease_id = self.owner, uuid4()
        info = lease_info(owner.org_id, event_id, lease_id, owner.node_id, owner.epoch)
        document = LeaseDocument(
            org=owner.org_id,
            event=event_id,
            lease=lease_id,
            request=uuid4(),
            granter=self.hub_node,
            granter_epoch=EPOCH,
            holder=owner.node_id,
            holder_epoch=owner.epoch,
            first=first,
            last=first + count - 1,
            granted_ms=self.clock.wall_ms,
            sealed_key=seal_to(self.keys.node_key().seal_public, lease_key(b"e" * 32, lease_id), info),
        )
        return TakeLease(
            command_id=uuid4(),
            lease_id=lease_id,
            event_id=event_id,
            granter_id=self.hub_node,
            first=document.first,
            last=document.last,
            document=self.hub.document(LEASE_TAG, encode(document)),
        )

    async def fill(self, *, numbers: int = 2_000, lease: bool = True) -> None:
        """The database as a unit has it after its first minutes: rows of the feed, leases of both events."""
        migrate(self.settings.database)
        keyring = LeaseKeys(self.keys.node_key(), self.owner, self.hub.sign_public)
        writer = SqliteWriter(open_durable(self.settings.database), ALL, self.owner, Tools(self.clock, chance, keyring))
        await writer.write(lambda db: put_rows(db, self.rows()))
        if lease:
            await writer.handle(self.lease(self.event_id, FIRST_NUMBER, numbers))
            await writer.handle(self.lease(self.training_id, TRAINING_FIRST, 500))
        writer.close()


def put_rows(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Rows as the feed brings them."""
    for row in rows:
        put_row(db, row)


async def found(folder: Path, *, numbers: int = 2_000, kind: str = "rsu") -> Founded:
    """A joined edge with rows and numbers, not yet running."""
    founded = Founded(folder, kind=kind)
    store_membership(founded.settings.membership_file, founded.membership())
    await founded.fill(numbers=numbers)
    return founded


class Desk:
    """A running edge with a client on it; what a test holds in its hands."""

    def __init__(self, founded: Founded, unit: Unit, client: AsyncClient) -> None:
        self.founded = founded
        self.client = client
        self.clock = founded.clock
        self.unit = unit

    async def log_in(self, name: str = "Mara Kovač", pin: str = PIN) -> Response:
        """By the API; the cookie stays with the client."""
        return await self.client.post("/api/identity/sessions", json={"name": name, "pin": pin})

    def order(self, place: int = 1, **changes: Any) -> dict[str, Any]:
        """A sale of one package: 3 for $5, 10 for $10 or 40 for $20."""
        package_id = str(self.founded.packages[place])
        return {"command_id": str(uuid4()), "event_id": str(self.founded.event_id), "package_id": package_id} | changes

    async def sell(self, place: int = 1, **changes: Any) -> Response:
        """One sale by the API."""
        return await self.client.post("/api/raffle/sales", json=self.order(place, **changes))

    async def sold(self, place: int = 1, **changes: Any) -> dict[str, Any]:
        """One sale that must succeed."""
        answer = await self.sell(place, **changes)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, address: str) -> Any:
        """An answer of the API."""
        answer = await self.client.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def page(self, address: str, **form: Any) -> Response:
        """A page, or an act of a page where fields are given; redirects are not followed."""
        if form:
            return await self.client.post(address, data=form, headers=PAGE, follow_redirects=False)
        return await self.client.get(address, headers=PAGE, follow_redirects=False)

    async def put(self, *rows: Row) -> None:
        """Rows arrive by the feed."""
        await self.unit.writer.write(lambda db: put_rows(db, rows))
        self.unit.rows_came()

    async def papers(self) -> list[str]:
        """The text on each piece of paper so far, oldest first."""
        return [slip["text"] for slip in (await self.get("/api/devices/virtual-printer"))["slips"]]

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        """Wait for something that happens by itself."""
        for _ in range(STEPS_MAX):
            if await true():
                return
            await asyncio.sleep(STEP_S)
        raise AssertionError(f"it never happened; the printer is {self.unit.desk.status}")

    async def until_paper(self, count: int) -> list[str]:
        """Wait for so many finished pieces of paper."""

        async def enough() -> bool:
            return len(await self.papers()) >= count and await self.unit.spool.unprinted() == 0

        await self.until(enough)
        return await self.papers()


@asynccontextmanager
async def running(founded: Founded, around: Around | None = None, **changes: Any) -> AsyncIterator[Desk]:
    """The edge at work, its pages in one loop with its printers as in the product; `changes` are settings."""
    settings = msgspec.structs.replace(founded.settings, **changes)
    world = World(
        clock=founded.clock,
        battery=lambda: 82,
        printer_pace=QUICK,
        around=around or Around(serial_ports=tuple),
    )
    async with open_unit(settings, world) as unit:
        transport = ASGITransport(app=cast(Any, edge_app(unit)))
        async with AsyncClient(transport=transport, base_url="http://till.test") as client:
            yield Desk(founded, unit, client)


def at_the_unit(
    scene: Callable[[Desk], Awaitable[None]], folder: Path, *, numbers: int = 2_000, **changes: Any
) -> None:
    """Run one scene at a new handheld with Mara logged in."""
    kind = changes.pop("kind", "rsu")

    async def play() -> None:
        async with running(await found(folder, numbers=numbers, kind=kind), **changes) as desk:
            assert (await desk.log_in("Ines Duarte" if kind == "venue" else "Mara Kovač")).status_code == 201
            await scene(desk)

    asyncio.run(play())
