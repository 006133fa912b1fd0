"""A unit whose disk is full stores nothing more; it still uploads what it has, and head office hears why it stopped."""

import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest

from edge.runtime.enrol import enrol
from edge.runtime.unit import Unit, open_unit
from edge.sync.receipts import keep_watermark
from hub.runtime.hub import open_hub
from hub.sync.generation import open_generation
from hub.sync.queries import REPORTS
from hub.sync.readings import read_organization
from hub.sync.recovery import recovery_of
from hub.web.site.metrics import hub_metrics
from shared.kernel.codec import decode
from shared.sync.protocol import UnitReport
from shared.sync.uplink import STORE_AGAIN_MS, AskLease, Pull, Report, Uplink
from shared.sync.watermark import Watermark
from tests.support.hub import RunningHub
from tests.support.sync import on_air, until
from tests.sync.test_enrolment import holds, pair, settings, world
from tests.sync.test_pause import greeted

pytestmark = pytest.mark.anyio


async def told(running: RunningHub, unit: Unit) -> tuple[str, ...]:
    """What the unit's last report at the hub names as its stops."""
    heard = {one.node_id: one.report for one in await running.hub.many(running.org_id, REPORTS)}
    data = heard.get(unit.owner.node_id)
    return decode(data, UnitReport).holds if data else ("not heard",)


async def test_the_hub_hears_that_a_units_disk_is_full_and_that_it_has_room_again(
    running: RunningHub, tmp_path: Path
) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        await enrol(edge, world(), (await pair(air, await running.venue(), enable=True)).text())
        async with open_unit(edge, world()) as unit:
            await until(lambda: holds(unit), "it may sell")
            await until(lambda: told_nothing(running, unit), "it was heard")
            await unit.writer.write(lambda db: db.execute("PRAGMA max_page_count = 1"))  # as large as it is now
            unit.storage.doubt()
            await until(lambda: told_full(running, unit), "head office to hear of the full disk")
            assert unit.line.connected
            text = await hub_metrics(running.hub)
            assert f'tillhouse_unit_stopped_by{{org="{running.org_id}",unit="R07",cause="storage"}} 1' in text
            reading = await read_organization(running.hub, running.org_id)
            assert reading.heard[unit.owner.node_id][1].holds == ("storage",)
            await unit.writer.write(lambda db: db.execute("PRAGMA max_page_count = 1000000"))
            await until(lambda: told_nothing(running, unit), "head office to hear that it sells again")
            assert unit.stores


async def test_a_unit_that_can_write_nothing_at_all_still_says_so(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        await enrol(edge, world(), (await pair(air, await running.venue(), enable=True)).text())
        async with open_unit(edge, world()) as unit:
            await until(lambda: told_nothing(running, unit), "it was heard")
            await unit.writer.write(lambda db: db.execute("PRAGMA query_only = ON"))
            await until(lambda: told_full(running, unit), "head office to hear that it stores nothing")
            assert unit.line.connected


async def test_a_full_unit_hears_that_its_hub_was_restored_and_purges_by_no_earlier_word(
    running: RunningHub, tmp_path: Path
) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        await enrol(edge, world(), (await pair(air, await running.venue(), enable=True)).text())
        async with open_unit(edge, world()) as unit:
            await until(lambda: told_nothing(running, unit), "it was heard")
            await until(lambda: fed(unit, 1), "the feed")
            await unit.writer.write(lambda db: keep_watermark(db, unit.owner, mark(unit), b"signed", 0))
            await unit.writer.write(lambda db: db.execute("PRAGMA busy_timeout = 0"))
            other = sqlite3.connect(edge.database, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")  # from here on nothing is stored, until there is room again
            async with open_hub(running.address, running.keys, running.clock) as restored:
                await open_generation(restored, running.org_id, "restored")
            await until(lambda: is_normal(running), "the unit to show the restored hub what it holds")
            await until(lambda: unit.line.connected, "the line")
            assert unit.is_forgetting()
            assert await marks(unit) == [(unit.writer.tip.seq, 1)], "the disk took nothing"
            other.close()
            await until(lambda: not unit.is_forgetting(), "it to be written down")
            assert await marks(unit) == []
            await until(lambda: fed(unit, 2), "the feed of the new life")


def mark(unit: Unit) -> Watermark:
    """What the hub says of a backup in its first life: all of the unit's journal is in it."""
    owner, tip = unit.owner, unit.writer.tip
    return Watermark(
        org=owner.org_id, node=owner.node_id, epoch=1, seq=tip.seq, hash=tip.hash, backup_ms=0, generation=1
    )  # fmt: skip


async def marks(unit: Unit) -> list[tuple[int, int]]:
    """What is kept here of such words: up to where, and of which life."""
    return [(seq, life) for seq, life in await unit.reader.values("SELECT seq, generation FROM watermark")]


async def fed(unit: Unit, generation: int) -> bool:
    """Whether the unit reads the feed of this life of the hub."""
    return await unit.reader.values("SELECT generation FROM peer") == [(generation,)]


async def is_normal(running: RunningHub) -> bool:
    """Whether the hub waits for nobody's evidence, in its second life."""
    state = (await recovery_of(running.hub, running.org_id)).state
    return state.generation == 2 and not state.recovering


async def told_full(running: RunningHub, unit: Unit) -> bool:
    """Whether storage is the one stop that the hub knows of."""
    return await told(running, unit) == ("storage",)


async def told_nothing(running: RunningHub, unit: Unit) -> bool:
    """Whether the unit was heard, and nothing stops it."""
    return await told(running, unit) == ()


async def test_what_a_full_unit_sold_before_still_goes_up(running: RunningHub) -> None:
    venue_id = await running.venue()
    event_id, seller_id = await running.event(venue_id), await running.staff("Ann")
    async with on_air(running) as air:
        edge = await air.edge(venue_id)
        await edge.ready(event_id)
        await edge.level()
        await edge.line.cut()
        for _ in range(3):
            await edge.sell(event_id, seller_id)
        await edge.writer.write(lambda db: db.execute("PRAGMA query_only = ON"))
        await edge.line.connect()
        await edge.level()
        last = edge.writer.tip.seq
        async with running.hub.bus.tenant(running.org_id) as connection:
            place = (running.org_id, edge.owner.node_id, last)
            query = "select count(*) from journal.entry where org_id = %s and node_id = %s and seq = %s"
            assert await (await connection.execute(query, place)).fetchone() == (1,)


def test_rows_and_numbers_that_cannot_be_kept_are_asked_for_later_and_reports_go_on() -> None:
    uplink: Uplink = greeted()
    uplink.on_pushed(3)
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[], now_ms=0), Pull)
    uplink.on_not_stored(now_ms=0)
    event = uuid4()
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[event], now_ms=1), Report)
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[event], now_ms=STORE_AGAIN_MS), Pull)
    uplink.on_page(upto=1, end=True, now_ms=STORE_AGAIN_MS)
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[event], now_ms=STORE_AGAIN_MS), AskLease)
