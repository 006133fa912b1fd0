"""Live pages: one reading for all viewers, told only when something changed."""

import asyncio

import pytest

from hub.web.site.live import Live
from tests.support.hub import RunningHub
from tests.support.limits import WAIT_S_MAX
from tests.support.rows import a_report, a_sale

pytestmark = pytest.mark.anyio


async def test_many_viewers_cause_one_reading_a_second(running: RunningHub) -> None:
    live = Live(running.hub)
    readings = {id(now) for now in await asyncio.gather(*(live.snapshot(running.org_id) for _ in range(20)))}
    assert len(readings) == 1
    running.clock.forward(1_000)
    assert id(await live.snapshot(running.org_id)) not in readings


async def test_a_viewer_is_told_of_a_sale_and_of_nothing_else(running: RunningHub) -> None:
    venue_id = await running.venue()
    unit, seller = await running.unit(venue_id), await running.staff("Mara")
    event_id = await running.event(venue_id)
    live, told = Live(running.hub), asyncio.Event()

    async def watch() -> None:
        async for changed in live.changes(running.org_id):
            if changed:
                told.set()

    watching = asyncio.create_task(watch())
    await asyncio.sleep(1.2)
    running.clock.forward(1_000)
    await asyncio.sleep(1.2)
    assert not told.is_set(), "a second that passes is no change"
    await a_sale(running, running.org_id, unit=unit, event_id=event_id, seller_id=seller)
    running.clock.forward(1_000)
    async with asyncio.timeout(WAIT_S_MAX):
        await told.wait()
    live.stop()
    async with asyncio.timeout(WAIT_S_MAX):
        await watching


async def test_what_was_read_while_an_act_happened_is_shown_to_nobody_after_it(running: RunningHub) -> None:
    live = Live(running.hub)
    under_way = asyncio.create_task(live.snapshot(running.org_id))
    await asyncio.sleep(0)
    live.forget(running.org_id)
    before = await under_way
    assert await live.snapshot(running.org_id) is not before


async def test_a_heartbeat_that_says_nothing_new_is_no_change(running: RunningHub) -> None:
    unit = await running.unit(await running.venue())
    live = Live(running.hub)
    await a_report(running, unit)
    first = (await live.snapshot(running.org_id)).fingerprint()
    running.clock.forward(1_000)
    await a_report(running, unit)
    assert (await live.snapshot(running.org_id)).fingerprint() == first
    running.clock.forward(1_000)
    await a_report(running, unit, waiting=3)
    assert (await live.snapshot(running.org_id)).fingerprint() != first
