"""A new handheld from nothing to ready: ten thousand feed rows and its first numbers, from a hub's own process."""

import asyncio
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from edge.runtime.database import migrate, open_reader
from edge.runtime.lease_keys import LeaseKeys
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, LinkParts
from edge.sync.pages import read_evidence
from hub.runtime.hub import Hub, open_hub
from hub.sync.emit import emit_rows
from shared.domain.identity.rows import BadgeRow, StaffRow
from shared.domain.raffle.commands import ActivateEvent, PackagePlan, PlanEvent
from shared.domain.raffle.queries_page import NUMBERS_LEFT
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.clock import SystemClock
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.kernel.clock import HOUR_MS
from shared.pipeline.changes import Put, Row
from shared.pipeline.postgres_applier import apply
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.protocol import UnitReport
from tests.benchmarks.hub_process import BenchHub
from tests.benchmarks.measure import Measure, median

PEOPLE = 5_000
ROUNDS = 3
READY_S_MAX = 60
WE = "hello, signed pages, rows applied durably, lease verified and taken; database file made before"


async def measure(bench: BenchHub) -> list[Measure]:
    """Seconds until the handheld has all rows and numbers to sell."""
    async with open_hub(bench.address, bench.keys) as hub:
        event_id = await _fill(bench, hub)
        units = [await bench.register(hub) for _ in range(ROUNDS)]
    spent = [await _until_ready(bench, keys, event_id) for keys in units]
    note = f"{2 * PEOPLE} rows of people besides venue and event; aim below 2 s"
    return [Measure(name="new RSU ready from 10,000 feed rows", ours=median(spent), unit="s", we_do=WE, note=note)]


async def _fill(bench: BenchHub, hub: Hub) -> object:
    owner = hub.owner(bench.org_id)
    people = [uuid4() for _ in range(PEOPLE)]
    rows: list[Row] = [
        StaffRow(owner=owner, staff_id=one, venue_id=bench.venue_id, role="seller", active=True) for one in people
    ]
    rows += [
        BadgeRow(
            owner=owner, staff_id=one, venue_id=bench.venue_id, role="seller", name=f"Seller {place}",
            pin_hash="$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + "h" * 43,
        )
        for place, one in enumerate(people)
    ]  # fmt: skip
    async with hub.bus.tenant(bench.org_id) as connection:
        await apply(connection, map(Put, rows))
        await emit_rows(connection, owner, rows)
    now = SystemClock().now().wall_ms
    assert bench.venue_id is not None
    plan = PlanEvent(
        command_id=uuid4(), venue_id=bench.venue_id, name="Ready", code="READY", sales_open_ms=now - HOUR_MS,
        sales_close_ms=now + HOUR_MS, draw_ms=now + 2 * HOUR_MS, claim_by_ms=now + 3 * HOUR_MS,
        packages=(PackagePlan(3, 500),),
    )  # fmt: skip
    event_id = (await hub.bus.handle(bench.org_id, plan))[0].envelope.entity
    await hub.bus.handle(bench.org_id, ActivateEvent(command_id=uuid4(), event_id=event_id))
    return event_id


async def _until_ready(bench: BenchHub, keys: Keys, event_id: object) -> float:
    owner, key, clock = Owner(bench.org_id, keys.node_id, 1), keys.node_key(), SystemClock()
    hub_key = bench.process.sign_key
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "edge.db"
        migrate(path)
        tools = Tools(clock, chance, LeaseKeys(key, owner, hub_key), {}, read_evidence)
        writer = SqliteWriter(open_durable(path), ALL, owner, tools)
        async with open_reader(path, owner) as reader:

            async def report() -> UnitReport:
                return UnitReport(
                    wall_ms=clock.now().wall_ms, tip_seq=writer.tip.seq, waiting=0, printer="ready",
                    battery_percent=None, numbers_left=0, seller="",
                )  # fmt: skip

            parts = LinkParts(
                writer=writer, reader=reader, key=key, clock=clock, jitter=lambda: 0.0, report=report,
                changed=lambda: None, rows_came=lambda: None,
            )  # fmt: skip
            link = HubLink(HubAddress(bench.process.url, bench.keys.node_id, hub_key, bench.process.tls), parts)
            began = time.perf_counter()
            task = asyncio.create_task(link.run())
            while time.perf_counter() - began < READY_S_MAX:
                numbers = await reader.one(NUMBERS_LEFT, event_id=event_id)
                if numbers and numbers.left:
                    break
                await asyncio.sleep(0.01)
            spent = time.perf_counter() - began
            count = await reader.values("SELECT count(*) FROM vault_badge")
            assert count[0][0] >= PEOPLE, "all rows are there"
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        writer.close()
    return spent
