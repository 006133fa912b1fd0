"""A real hub for tests: a migrated database of the test's own, an organisation founded in it, the hub open on it.

Async tests: mark them `@pytest.mark.anyio` and take `running`; everything runs in the one loop of the test.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.runtime.hub import Hub, open_hub
from hub.runtime.migrate import migrate
from hub.runtime.postgres_address import PostgresAddress
from shared.domain.identity.commands import EnrolUnit, FoundOrganization, HireStaff, OpenPairing, OpenVenue
from shared.domain.raffle.commands import ActivateEvent, PackagePlan, PlanEvent
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys, read_or_make_keys
from shared.kernel.clock import DAY_MS, HOUR_MS
from shared.pipeline.command import Command
from shared.sync.protocol import SESSION_MS_MAX, Session
from tests.support.clock import OPENING_MS, HandClock
from tests.support.postgres import RunningPostgres

MIGRATED = "template_migrated"
PACKAGES = (PackagePlan(3, 500), PackagePlan(10, 1_000), PackagePlan(40, 2_000))


def make_keys(path: Path) -> Keys:
    """A node's keys in a file of its own."""
    return read_or_make_keys(path, now_ms=OPENING_MS, chance=chance_bytes)


@dataclass
class RunningHub:
    """A hub with one organisation; the methods do what head office does before an evening."""

    hub: Hub
    org_id: UUID
    address: PostgresAddress
    keys: Keys
    clock: HandClock
    folder: Path

    async def do(self, command: Command, org_id: UUID | None = None) -> UUID:
        """Carry the command out; the id of what its first fact is about."""
        entries = await self.hub.bus.handle(org_id or self.org_id, command)
        return entries[0].envelope.entity

    async def venue(self, name: str = "Harbour Stand", org_id: UUID | None = None) -> UUID:
        """Open a venue."""
        order = OpenVenue(command_id=uuid4(), name=name, place="Section D", zone="Europe/London")
        return await self.do(order, org_id)

    async def staff(self, name: str, role: str = "seller", org_id: UUID | None = None) -> UUID:
        """Hire somebody for every venue; the PIN hash is no real one."""
        return await self.do(HireStaff(command_id=uuid4(), name=name, role=role, pin_hash="none"), org_id)

    async def unit(
        self,
        venue_id: UUID,
        code: str = "R07",
        *,
        keys: Keys | None = None,
        org_id: UUID | None = None,
        kind: str = "rsu",
    ) -> Keys:
        """Pair, enrol and enable a handheld; return its keys."""
        keys = keys or make_keys(self.folder / f"{code}-{uuid4().hex[:6]}.key")
        node = keys.node_key()
        await self.unit_with(
            venue_id,
            code,
            unit_id=keys.node_id,
            sign_key=node.sign_public,
            seal_key=node.seal_public,
            org_id=org_id,
            kind=kind,
        )
        return keys

    async def unit_with(
        self,
        venue_id: UUID,
        code: str,
        *,
        unit_id: UUID,
        sign_key: bytes,
        seal_key: bytes,
        org_id: UUID | None = None,
        kind: str = "rsu",
        again: bool = False,
        enable: bool = True,
    ) -> None:
        """The same for keys that are given; `again` enrols a known unit under its next epoch."""
        digest = uuid4().bytes * 2
        room = OpenPairing(
            command_id=uuid4(),
            venue_id=venue_id,
            kind=kind,
            code=code,
            name=f"RSU {code[1:]}",
            digest=digest,
            expires_ms=self.clock.wall_ms + HOUR_MS,
            enable=enable,
            unit_id=unit_id if again else None,
        )
        await self.do(room, org_id)
        order = EnrolUnit(
            command_id=uuid4(),
            digest=digest,
            unit_id=unit_id,
            sign_key=sign_key,
            seal_key=seal_key,
            valid_ms=90 * DAY_MS,
        )
        await self.do(order, org_id)

    def session(self, owner: Owner) -> Session:
        """What the hub gives a unit that proved itself just now."""
        return Session(owner.org_id, owner.node_id, owner.epoch, self.clock.wall_ms + SESSION_MS_MAX)

    async def event(
        self, venue_id: UUID, code: str = "HO-1", org_id: UUID | None = None, *, lease_count: int = 2_000
    ) -> UUID:
        """Plan and activate an event that sells from now for four hours."""
        now = self.clock.wall_ms
        order = PlanEvent(
            command_id=uuid4(),
            venue_id=venue_id,
            name="Home Opener 50/50",
            code=code,
            sales_open_ms=now - HOUR_MS,
            sales_close_ms=now + 4 * HOUR_MS,
            draw_ms=now + 5 * HOUR_MS,
            claim_by_ms=now + 30 * DAY_MS,
            packages=PACKAGES,
            lease_count=lease_count,
        )
        event_id = await self.do(order, org_id)
        await self.do(ActivateEvent(command_id=uuid4(), event_id=event_id), org_id)
        return event_id

    async def found(self, name: str = "Kingsway Lions") -> UUID:
        """Found one more organisation at this hub."""
        return await self.found_as(uuid4(), name)

    async def found_as(self, org_id: UUID, name: str = "Kingsway Lions") -> UUID:
        """The same, under a given id."""
        await self.do(FoundOrganization(command_id=uuid4(), name=name, licence="L-2", currency="EUR"), org_id)
        return org_id


@asynccontextmanager
async def running_hub(address: PostgresAddress, folder: Path) -> AsyncIterator[RunningHub]:
    """An open hub on a migrated, empty database, with the organisation Rivermouth Rovers Foundation."""
    clock, keys, org_id = HandClock(), make_keys(folder / "hub.key"), uuid4()
    async with open_hub(address, keys, clock) as hub:
        running = RunningHub(hub, org_id, address, keys, clock, folder)
        order = FoundOrganization(
            command_id=uuid4(),
            name="Rivermouth Rovers Foundation",
            licence="RR-2026-114",
            currency="USD",
            site="rovers.example",
        )
        await running.do(order)
        yield running


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio."""
    return "asyncio"


@pytest.fixture
def migrated(postgres: RunningPostgres) -> Iterator[PostgresAddress]:
    """A database of this test alone with the hub's schema."""
    postgres.make_template(MIGRATED, migrate)
    address = postgres.fresh_database(MIGRATED)
    yield address
    postgres.drop_database(address)


@pytest.fixture
async def running(anyio_backend: str, migrated: PostgresAddress, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """An open hub with one organisation, on a database of its own."""
    async with running_hub(migrated, tmp_path) as open_one:
        yield open_one


@pytest.fixture
def hub(running: RunningHub) -> Hub:
    """The open hub itself, where a test needs no more."""
    return running.hub
