"""Many units at once at one hub: their reports hold up nobody's sales, and who waits for its turn hears how long."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from hub.runtime.app import make_app
from hub.runtime.hub import POOL_SIZE_MAX
from hub.sync.beside import ALIKE_MAX, GREETING_S_MAX, TAKES_S
from hub.sync.gate import BACKLOG_PLACES, RUNNING_MAX, SMALL_PLACES
from hub.sync.queries import REPORTS
from hub.sync.reports import ReportDesk
from hub.sync.sessions import UnknownNode
from hub.sync.totals import TotalsBoard
from shared.kernel.codec import decode, encode
from shared.sync.protocol import HELLO_TAG, SESSION_TAG, Hello, PushAnswer, ReportAnswer, UnitReport
from tests.support.hub import RunningHub
from tests.support.hub_web import browsing
from tests.support.journals import Journal, journal_of
from tests.support.limits import WAIT_S_MAX
from tests.support.sync import until

pytestmark = pytest.mark.anyio
QUIET = UnitReport(
    wall_ms=1, tip_seq=1, waiting=0, printer="ready", battery_percent=None, numbers_left=0, seller="",
    boot_id=UUID(int=7), monotonic_ns=1,
)  # fmt: skip


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
            async with asyncio.timeout(WAIT_S_MAX):
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


async def test_reports_that_come_while_others_are_written_are_written_together(running: RunningHub) -> None:
    cards = [await journal_of(running, 1) for _ in range(6)]
    stranger = await journal_of(running, 1)
    stranger.owner = msgspec.structs.replace(stranger.owner, epoch=9)
    desk = ReportDesk(running.hub, TotalsBoard(running.hub))
    async with running.hub.bus.tenant(running.org_id) as connection:
        await connection.execute("lock table sync.unit_report in share row exclusive mode")
        first = asyncio.create_task(desk.take(cards[0].session, QUIET))
        await asyncio.sleep(0.1)
        taken = running.hub.pool.get_stats()["requests_num"]
        others = [asyncio.create_task(desk.take(one.session, QUIET)) for one in (*cards, stranger)]
        gone = asyncio.create_task(desk.take(cards[0].session, QUIET))
        await asyncio.sleep(0)
        gone.cancel()
    answers = await asyncio.gather(first, *others, return_exceptions=True)
    assert [type(one) for one in answers] == [ReportAnswer] * 7 + [UnknownNode]
    assert running.hub.pool.get_stats()["requests_num"] == taken + 1 + 1, "one for the reports, one for the totals"
    heard = await running.hub.many(running.org_id, REPORTS)
    assert {one.node_id for one in heard} == {one.owner.node_id for one in cards}


async def test_who_writes_for_all_and_is_cancelled_leaves_the_others_to_the_next(running: RunningHub) -> None:
    cards = [await journal_of(running, 1) for _ in range(3)]
    desk = ReportDesk(running.hub, TotalsBoard(running.hub))
    async with running.hub.bus.tenant(running.org_id) as connection:
        await connection.execute("lock table sync.unit_report in share row exclusive mode")
        tasks = [asyncio.create_task(desk.take(one.session, QUIET)) for one in cards]
        await asyncio.sleep(0.1)
        tasks[0].cancel()
        await asyncio.gather(tasks[0], return_exceptions=True)
    answers = await asyncio.gather(*tasks[1:])
    assert all(one.standing for one in answers)
    heard = await running.hub.many(running.org_id, REPORTS)
    assert {one.node_id for one in heard} == {one.owner.node_id for one in cards[1:]}


async def test_a_sale_goes_up_while_more_units_say_hello_than_the_hub_has_connections(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    async with browsing(make_app(running.hub)) as client:
        async with running.hub.bus.tenant(running.org_id) as connection:
            await connection.execute("lock table sync.clock_mark in share row exclusive mode")
            said = hello_of(card, (await client.post(f"/sync/v1/challenge/{card.owner.node_id}")).content)
            asked = f"/sync/v1/hello/{card.owner.node_id}"
            hellos = [asyncio.create_task(client.post(asked, content=said)) for _ in range(4 * POOL_SIZE_MAX)]
            await asyncio.sleep(0.3)
            async with asyncio.timeout(WAIT_S_MAX):
                sent = await client.post("/sync/v1/push", content=card.bundle(), headers=proven(running, card))
            assert decode(sent.content, PushAnswer).seq == card.tip.seq
            assert not any(one.done() for one in hellos)
        assert {one.status_code for one in await asyncio.gather(*hellos)} <= {200, 503}


async def test_a_crowd_at_the_hub_is_said_with_the_time_to_come_back(running: RunningHub) -> None:
    cards = [await journal_of(running, 1) for _ in range(2)]
    most = int(GREETING_S_MAX / (TAKES_S / ALIKE_MAX))
    async with browsing(make_app(running.hub)) as client:
        async with running.hub.bus.tenant(running.org_id) as connection:
            await connection.execute("lock table sync.clock_mark in share row exclusive mode")
            challenge = (await client.post(f"/sync/v1/challenge/{cards[0].owner.node_id}")).content
            said = hello_of(cards[0], challenge)
            asked = f"/sync/v1/hello/{cards[0].owner.node_id}"
            hellos = [asyncio.create_task(client.post(asked, content=said)) for _ in range(ALIKE_MAX + most + 1)]
            await asyncio.sleep(0.3)
            answer = await client.post(f"/sync/v1/challenge/{cards[1].owner.node_id}")
        assert {one.status_code for one in await asyncio.gather(*hellos)} <= {200, 503}
    assert (answer.status_code, answer.json()["code"]) == (503, "sync.crowded")
    assert int(answer.headers["retry-after"]) >= GREETING_S_MAX


def hello_of(card: Journal, challenge: bytes) -> bytes:
    """What this handheld signs when it comes back."""
    said = Hello(
        challenge=challenge, org=card.owner.org_id, node=card.owner.node_id, epoch=card.owner.epoch, seq=card.tip.seq,
        hash=card.tip.hash, generation=1, position=0, boot_id=UUID(int=7), monotonic_ns=1, wall_ms=1,
    )  # fmt: skip
    return card.key.document(HELLO_TAG, encode(said))


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
