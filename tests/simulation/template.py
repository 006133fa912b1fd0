"""The venue before the evening begins: made once with the real commands, copied for each run."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from hub.runtime.migrate import migrate
from hub.runtime.postgres_address import PostgresAddress
from shared.domain.raffle.commands import ActivateEvent, PlanEvent
from shared.journal.keyfile import Keys
from shared.kernel.clock import DAY_MS, HOUR_MS
from tests.support.evening import PLANS
from tests.support.hub import MIGRATED, running_hub
from tests.support.postgres import RunningPostgres

NAME = "template_simulation"
UNITS = (("C01", "venue"), ("R07", "rsu"), ("R12", "rsu"), ("R15", "rsu"), ("R18", "rsu"), ("R21", "rsu"))
LEASE_NUMBERS = 60


@dataclass
class Template:
    """A database with an organisation, a venue, a running 50/50, sellers, and units that may sell."""

    database: str
    org_id: UUID
    venue_id: UUID
    event_id: UUID
    seller_id: UUID
    supervisors: tuple[UUID, UUID]
    keys: Keys
    hub_key: bytes
    units: tuple[Keys, ...]


def make_template(postgres: RunningPostgres, runner: asyncio.Runner, folder: Path) -> Template:
    """Fill a template database."""
    found: list[Template] = []

    def fill(address: PostgresAddress) -> None:
        migrate(address)
        found.append(runner.run(_fill(address, folder)))

    postgres.make_template(MIGRATED, migrate)
    postgres.make_template(NAME, fill)
    return found[0]


async def _fill(address: PostgresAddress, folder: Path) -> Template:
    async with running_hub(address, folder) as running:
        venue = await running.venue()
        seller = await running.staff("Mara Kovač")
        supervisors = (await running.staff("Ada Ong", "manager"), await running.staff("Piet Vos", "manager"))
        now = running.clock.wall_ms
        order = PlanEvent(
            command_id=uuid4(), venue_id=venue, name="Home Opener 50/50", code="HO-1", sales_open_ms=now - HOUR_MS,
            sales_close_ms=now + 6 * HOUR_MS, draw_ms=now + 7 * HOUR_MS, claim_by_ms=now + 30 * DAY_MS,
            packages=PLANS, lease_count=LEASE_NUMBERS,
        )  # fmt: skip
        event = await running.do(order)
        await running.do(ActivateEvent(command_id=uuid4(), event_id=event))
        units = tuple([await running.unit(venue, code, kind=kind) for code, kind in UNITS])
        return Template(
            NAME, running.org_id, venue, event, seller, supervisors, running.keys, running.hub.key.sign_public, units
        )
