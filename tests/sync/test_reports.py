"""Many units at once at one hub: their reports hold up nobody's sales, and who waits for its turn hears how long."""

import asyncio
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from psycopg import OperationalError

from hub.runtime.app import make_app
from hub.runtime.hub import POOL_SIZE_MAX
from hub.sync.beside import ALIKE_MAX, GREETING_S_MAX, TAKES_S
from hub.sync.enrol import Room, open_pairing
from hub.sync.gate import BACKLOG_PLACES, RUNNING_MAX, SMALL_PLACES
from hub.sync.queries import REPORTS
from hub.sync.reports import BATCH_MAX, ReportDesk
from hub.sync.sessions import UnknownNode, make_challenge
from hub.sync.totals import Totals, TotalsBoard
from shared.journal.signing import NodeKey
from shared.kernel.codec import decode, encode
from shared.sync.pairing import ENROL_TAG, EnrolRequest
from shared.sync.protocol import (
    CHALLENGE_TAG,
    HELLO_TAG,
    SESSION_TAG,
    Hello,
    PushAnswer,
    ReportAnswer,
    Session,
    UnitReport,
)
from tests.support.clock import OPENING_MS
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
    return {"authorization": f"Node {running.hub.key.document(SESSION_TAG, encode(running.session(card.owner))).hex()}"}


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


async def test_a_unit_that_reports_without_end_has_one_report_waiting_the_last_one(running: RunningHub) -> None:
    card, other = [await journal_of(running, 1) for _ in range(2)]
    desk = ReportDesk(running.hub, TotalsBoard(running.hub))
    async with running.hub.bus.tenant(running.org_id) as connection:
        await connection.execute("lock table sync.unit_report in share row exclusive mode")
        first = asyncio.create_task(desk.take(other.session, QUIET))
        await asyncio.sleep(0.1)
        said = [msgspec.structs.replace(QUIET, waiting=number) for number in range(2_000)]
        many = [asyncio.create_task(desk.take(card.session, one)) for one in said]
        live = asyncio.create_task(desk.take(other.session, QUIET))
        await asyncio.sleep(0)
        many[7].cancel()
    answers = await asyncio.gather(*many[:7], *many[8:])
    assert all(one is answers[0] for one in answers), "signed once"
    assert (await first).standing
    assert (await live).standing
    heard = {one.node_id: one.report for one in await running.hub.many(running.org_id, REPORTS)}
    assert decode(heard[card.owner.node_id], UnitReport) == said[-1]


async def test_reports_beyond_a_batch_are_written_in_the_next_one(running: RunningHub) -> None:
    desk = ReportDesk(running.hub, TotalsBoard(running.hub))
    nobody = [Session(running.org_id, uuid4(), 1, OPENING_MS * 2) for _ in range(1 + BATCH_MAX + 1)]
    before = running.hub.pool.get_stats()["requests_num"]
    answers = await asyncio.gather(*(desk.take(one, QUIET) for one in nobody), return_exceptions=True)
    assert [type(one) for one in answers] == [UnknownNode] * len(nobody)
    written = running.hub.pool.get_stats()["requests_num"] - before
    assert written == 3 + 1, "the first one alone, a batch, the last one; and the totals once"


async def test_a_batch_that_fails_tells_each_unit_so_with_an_error_of_its_own(running: RunningHub) -> None:
    class Lost(TotalsBoard):
        async def totals(self, org_id: UUID) -> Totals:
            raise OperationalError(f"no totals of {org_id}")

    cards = [await journal_of(running, 1) for _ in range(2)]
    desk = ReportDesk(running.hub, Lost(running.hub))
    taken = (desk.take(one.session, QUIET) for one in cards * 3)
    failed = await asyncio.gather(*taken, return_exceptions=True)
    assert [(type(one), str(one)) for one in failed] == [(OperationalError, f"no totals of {running.org_id}")] * 6
    assert len({id(one) for one in failed}) == 6


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
            hellos = [asyncio.create_task(say_hello(running, client, card)) for _ in range(4 * POOL_SIZE_MAX)]
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
            said = [say_hello(running, client, cards[0]) for _ in range(ALIKE_MAX + most + 1)]
            hellos = [asyncio.create_task(one) for one in said]
            await asyncio.sleep(0.3)
            answer = await client.post(f"/sync/v1/challenge/{cards[1].owner.node_id}")
        assert {one.status_code for one in await asyncio.gather(*hellos)} <= {200, 503}
    assert (answer.status_code, answer.json()["code"]) == (503, "sync.crowded")
    assert int(answer.headers["retry-after"]) >= GREETING_S_MAX


async def say_hello(running: RunningHub, client: httpx.AsyncClient, card: Journal) -> httpx.Response:
    """This handheld comes back, with a challenge of its own."""
    said = hello_of(card, make_challenge(running.hub, card.owner.node_id))
    return await client.post(f"/sync/v1/hello/{card.owner.node_id}", content=said)


def hello_of(card: Journal, challenge: bytes) -> bytes:
    """What this handheld signs when it comes back."""
    said = Hello(
        challenge=challenge, org=card.owner.org_id, node=card.owner.node_id, epoch=card.owner.epoch, seq=card.tip.seq,
        hash=card.tip.hash, generation=1, position=0, boot_id=UUID(int=7), monotonic_ns=1, wall_ms=1,
    )  # fmt: skip
    return card.key.document(HELLO_TAG, encode(said))


async def test_a_hello_that_no_challenge_promised_waits_nowhere_however_many_come(running: RunningHub) -> None:
    card, stranger = [await journal_of(running, 1) for _ in range(2)]
    foreign = NodeKey(b"x" * 32, b"y" * 32).document(CHALLENGE_TAG, b"\x93" + encode(card.owner.node_id))
    async with browsing(make_app(running.hub)) as client:
        async with running.hub.bus.tenant(running.org_id) as connection:
            await connection.execute("lock table sync.clock_mark in share row exclusive mode")
            held = [asyncio.create_task(say_hello(running, client, card)) for _ in range(ALIKE_MAX)]
            await asyncio.sleep(0.3)
            another, mine = make_challenge(running.hub, stranger.owner.node_id), hello_of(card, foreign)
            for said in (b"", b"garbage", mine, hello_of(card, another)) * 10:
                refused = await client.post(f"/sync/v1/hello/{card.owner.node_id}", content=said)
                assert refused.json()["code"] == "sync.not_proven"
            once = hello_of(card, make_challenge(running.hub, card.owner.node_id))
            path = f"/sync/v1/hello/{card.owner.node_id}"
            waits = asyncio.create_task(client.post(path, content=once))
            await asyncio.sleep(0.1)
            assert (await client.post(path, content=once)).json()["code"] == "sync.crowded"
            assert not any(one.done() for one in (*held, waits))
        assert [one.status_code for one in await asyncio.gather(*held, waits)] == [200] * (ALIKE_MAX + 1)


async def test_a_sale_goes_up_while_more_units_enrol_than_the_hub_has_connections(running: RunningHub) -> None:
    card, venue_id = await journal_of(running, 1), await running.venue()
    asked = [await enrolment(running, venue_id, f"R{number:03}") for number in range(POOL_SIZE_MAX + 1)]
    async with browsing(make_app(running.hub)) as client:
        async with running.hub.bus.tenant(running.org_id) as connection:
            await connection.execute("lock table identity.identity_unit in share row exclusive mode")
            entries = [asyncio.create_task(client.post("/sync/v1/enrol", content=one)) for one in asked]
            await asyncio.sleep(0.3)
            async with asyncio.timeout(WAIT_S_MAX):
                sent = await client.post("/sync/v1/push", content=card.bundle(), headers=proven(running, card))
            assert decode(sent.content, PushAnswer).seq == card.tip.seq
            assert not any(one.done() for one in entries)
        assert [one.status_code for one in await asyncio.gather(*entries)] == [200] * len(asked)


async def enrolment(running: RunningHub, venue_id: UUID, code: str) -> bytes:
    """What a new handheld sends with the code that head office made for it."""
    room = Room(venue_id=venue_id, kind="rsu", code=code, name=code)
    secret = (await open_pairing(running.hub, running.org_id, room, actor=None)).secret
    key, node = NodeKey(uuid4().bytes * 2, uuid4().bytes * 2), uuid4()
    asked = EnrolRequest(secret=secret, node=node, sign_key=key.sign_public, seal_key=key.seal_public)
    return key.document(ENROL_TAG, encode(asked))


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
