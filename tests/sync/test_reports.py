"""Many units at once at one hub: their reports hold up nobody's sales, and who waits for its turn hears how long."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from hub.runtime.app import make_app
from hub.runtime.hub import POOL_SIZE_MAX
from hub.sync.gate import BACKLOG_PLACES, RUNNING_MAX, SMALL_PLACES
from hub.sync.queries import REPORTS
from shared.kernel.codec import decode, encode
from shared.sync.protocol import SESSION_TAG, PushAnswer, ReportAnswer, UnitReport
from tests.support.hub import RunningHub
from tests.support.hub_web import browsing
from tests.support.journals import Journal, journal_of
from tests.support.sync import until

pytestmark = pytest.mark.anyio
QUIET = UnitReport(
    wall_ms=1, tip_seq=1, waiting=0, printer="ready", battery_percent=None, numbers_left=0, seller="",
    boot_id=UUID(int=7), monotonic_ns=1,
)  # fmt: skip
LATE_S = 3.0


def proven(running: RunningHub, card: Journal) -> dict[str, str]:
    """The session that the hub gave this handheld, as its requests bear it."""
    return {"authorization": f"Node {running.hub.key.document(SESSION_TAG, encode(card.session)).hex()}"}


async def test_a_sale_goes_up_while_more_units_report_than_the_hub_has_connections(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    async with browsing(make_app(running.hub)) as client:
        headers = proven(running, card)
        async with running.hub.bus.tenant(running.org_id) as connection:
            await connection.execute("lock table sync.unit_report in share row exclusive mode")
            reports = [
                asyncio.create_task(client.post("/sync/v1/report", content=encode(QUIET), headers=headers))
                for _ in range(4 * POOL_SIZE_MAX)
            ]
            await asyncio.sleep(0.3)
            async with asyncio.timeout(LATE_S):
                sent = await client.post("/sync/v1/push", content=card.bundle(), headers=headers)
            assert decode(sent.content, PushAnswer).seq == card.tip.seq
            assert not any(one.done() for one in reports)
        answers = [decode((await one).content, ReportAnswer) for one in reports]
    assert all(one.standing for one in answers)
    [heard] = await running.hub.many(running.org_id, REPORTS)
    assert (heard.node_id, decode(heard.report, UnitReport)) == (card.owner.node_id, QUIET)


async def test_a_report_under_an_epoch_that_nobody_enrolled_leaves_nothing(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    card.owner = msgspec.structs.replace(card.owner, epoch=9)
    async with browsing(make_app(running.hub)) as client:
        answer = await client.post("/sync/v1/report", content=encode(QUIET), headers=proven(running, card))
    assert answer.json()["code"] == "sync.unknown_node"
    assert await running.hub.many(running.org_id, REPORTS) == []


async def test_an_upload_hears_how_long_it_waited_for_its_turn(running: RunningHub) -> None:
    cards = [await journal_of(running, 1) for _ in range(RUNNING_MAX + SMALL_PLACES)]
    async with browsing(make_app(running.hub)) as client:
        async with running.hub.bus.tenant(running.org_id) as connection:
            await connection.execute("lock table journal.head in share row exclusive mode")
            uploads = [
                asyncio.create_task(client.post("/sync/v1/push", content=one.bundle(), headers=proven(running, one)))
                for one in cards
            ]
            await until(lambda: running.hub.meter.waiting == BACKLOG_PLACES, "the last one to wait")
            running.clock.forward(7_500)
        answers = [decode((await one).content, PushAnswer) for one in uploads]
    assert sorted(one.waited_ms for one in answers) == [0] * (len(cards) - 1) + [7_500]
