"""A hub whose database can be taken back, and handhelds around it: what the stateful test plays with."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec

from edge.runtime.database import migrate as migrate_edge
from hub.runtime.hub import Hub, open_hub
from hub.runtime.migrate import migrate
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import ensure_database
from hub.sync.certificates import sign_unit, unit_of
from hub.sync.generation import HubState, hub_state, open_generation
from hub.sync.late import project_late
from hub.sync.sessions import find_epochs
from shared.domain.raffle.commands import ActivateEvent, PackagePlan, PlanEvent
from shared.domain.raffle.facts import SaleVoided
from shared.domain.slices import ALL
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.journal.signing import NodeKey
from shared.kernel.clock import DAY_MS, HOUR_MS
from shared.pipeline.manifest import Slices
from tests.support.clock import OPENING_MS, HandClock
from tests.support.hub import MIGRATED, RunningHub, running_hub
from tests.support.limits import WAIT_S_MAX
from tests.support.postgres import RunningPostgres
from tests.support.season_card import Card, Place
from tests.support.season_talk import talk

T = TypeVar("T")
UNITS = ("R07", "R12")
LEASE_NUMBERS = 40


def _before_voids() -> Slices:
    """The program as it was before anybody thought of voids."""
    parts = [
        msgspec.structs.replace(
            part,
            facts=tuple(fact for fact in part.facts if fact is not SaleVoided),
            edge_facts=tuple(fact for fact in part.edge_facts if fact is not SaleVoided),
            projections={fact: way for fact, way in part.projections.items() if fact is not SaleVoided},
        )
        for part in ALL.slices
    ]
    return Slices(tuple(parts))


YESTERDAY = _before_voids()


@dataclass
class Prepared:
    """The evening before it begins: a template database, the hub's keys, and the handhelds that are enrolled."""

    template: str
    place: Place
    venue_id: UUID
    keys: Keys
    units: list[Keys]
    folder: Path
    edge_template: Path


def prepare(postgres: RunningPostgres, runner: asyncio.Runner, folder: Path) -> Prepared:
    """A venue, an event with small leases, two handhelds; made once and copied for each evening."""
    found: list[Prepared] = []

    def fill(address: PostgresAddress) -> None:
        migrate(address)
        found.append(runner.run(_fill(address, folder)))

    postgres.make_template(MIGRATED, migrate)
    postgres.make_template("template_season", fill)
    migrate_edge(found[0].edge_template)
    return found[0]


async def _fill(address: PostgresAddress, folder: Path) -> Prepared:
    async with running_hub(address, folder) as running:
        venue, seller = await running.venue(), await running.staff("Mara Kovač")
        now = running.clock.wall_ms
        order = PlanEvent(
            command_id=uuid4(), venue_id=venue, name="Home Opener 50/50", code="HO-1", sales_open_ms=now - HOUR_MS,
            sales_close_ms=now + 4 * HOUR_MS, draw_ms=now + 5 * HOUR_MS, claim_by_ms=now + 30 * DAY_MS,
            packages=(PackagePlan(3, 500),), lease_count=LEASE_NUMBERS,
        )  # fmt: skip
        event = await running.do(order)
        await running.do(ActivateEvent(command_id=uuid4(), event_id=event))
        units = [await running.unit(venue, code) for code in UNITS]
        hub = running.hub
        place = Place(running.org_id, hub.node_id, hub.key.sign_public, event, seller)
        return Prepared("template_season", place, venue, running.keys, units, folder, folder / "template.db")


@dataclass
class Season:
    """One evening: the hub as it is now, every card there is, and what was kept of earlier times."""

    postgres: RunningPostgres
    runner: asyncio.Runner
    prepared: Prepared
    folder: Path
    address: PostgresAddress
    clock: HandClock = field(default_factory=HandClock)
    cards: list[Card] = field(default_factory=list)
    backups: list[tuple[int, Card]] = field(default_factory=list)
    snapshots: list[PostgresAddress] = field(default_factory=list)
    upgraded: bool = True
    lives: int = 0
    """The latest generation that a restore took away."""
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    hub: Hub = field(init=False)
    folders: int = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry it out in the evening's loop."""
        return self.runner.run(work)

    @property
    def running(self) -> RunningHub:
        """The hub, for what head office does."""
        return RunningHub(
            self.hub, self.prepared.place.org_id, self.address, self.prepared.keys, self.clock, self.folder
        )

    def new_folder(self) -> Path:
        """A folder of this evening's own."""
        self.folders += 1
        return self.folder / str(self.folders)

    async def open_hub(self) -> None:
        """Start the hub, with today's program or yesterday's."""
        self.stack = AsyncExitStack()
        slices = ALL if self.upgraded else YESTERDAY
        opening = open_hub(self.address, self.prepared.keys, self.clock, slices=slices)
        self.hub = await self.stack.enter_async_context(opening)
        await self.hub.pool.wait(WAIT_S_MAX)  # a machine that stalls for seconds is no hub that is away

    async def begin(self) -> None:
        """Everybody is at work and has numbers."""
        await self.open_hub()
        for keys in self.prepared.units:
            owner = Owner(self.prepared.place.org_id, keys.node_id, 1)
            folder = self.new_folder()
            folder.mkdir(parents=True)
            (folder / "edge.db").write_bytes(self.prepared.edge_template.read_bytes())
            card = Card(folder, self.prepared.place, owner, keys.node_key(), HandClock(OPENING_MS))
            await card.open()
            self.cards.append(card)
            await talk(self.hub, card)

    async def set_program(self, *, upgraded: bool) -> None:
        """Restart the hub with another version of the program; a new one shows what waited for it."""
        await self.stack.aclose()
        self.upgraded = upgraded
        await self.open_hub()
        if upgraded:
            await project_late(self.hub)

    async def snapshot(self) -> None:
        """A backup of the hub: the database as it is now."""
        await self.stack.aclose()
        self.snapshots.append(self.postgres.fresh_database(self.address.database))
        await self.open_hub()

    async def restore(self, snapshot: PostgresAddress, *, told: bool) -> None:
        """The hub's database is taken back; when nobody tells it, it must find out by what it had signed."""
        self.lives = max(self.lives, (await self._state()).generation)
        await self.stack.aclose()
        self.postgres.drop_database(self.address)
        ensure_database(self.postgres.server.superuser, self.address.database, snapshot.database)
        await self.open_hub()
        if told:
            await open_generation(self.hub, self.prepared.place.org_id, "restored", beyond=self.lives)
        if self.upgraded:
            await project_late(self.hub)

    async def _state(self) -> HubState:
        async with self.hub.bus.tenant(self.prepared.place.org_id) as connection:
            return await hub_state(connection, self.prepared.place.org_id)

    async def knows_itself(self) -> bool:
        """Whether the hub knows of each restore. Before it does, it may give an epoch away a second time."""
        return (await self._state()).generation > self.lives

    async def enrol_anew(self, card: Card) -> None:
        """Head office makes a code for the same unit, and it is typed at this card."""
        keys = NodeKey(chance_bytes(32), chance_bytes(32))
        unit = card.owner.node_id
        code = UNITS[[one.node_id for one in self.prepared.units].index(unit)]
        await self.running.unit_with(
            self.prepared.venue_id, code, unit_id=unit, sign_key=keys.sign_public, seal_key=keys.seal_public, again=True
        )
        owner = msgspec.structs.replace(card.owner, epoch=(await find_epochs(self.hub, unit))[-1].epoch)
        async with self.hub.bus.tenant(owner.org_id) as connection:
            row = await unit_of(self.hub, connection, owner)
        assert row is not None
        certificate = sign_unit(self.hub, owner, row, (await self._state()).generation)
        await card.begin_epoch(owner.epoch, keys, certificate)

    async def end(self) -> None:
        """Everybody goes home."""
        for card in self.cards:
            await card.close()
        await self.stack.aclose()

    def drop(self) -> None:
        """Nothing of it is kept."""
        for address in (self.address, *self.snapshots):
            self.postgres.drop_database(address)
