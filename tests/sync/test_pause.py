"""Head office pauses a unit's uploads: nothing of it is lost, nothing else stops, and resuming takes all of it."""

from uuid import uuid4

import pytest

from shared.domain.cases.queries import CASES_OPEN
from shared.domain.identity.commands import PauseUnit, ResumeUnit, RevokeUnit
from shared.journal.chain import Tip
from shared.sync.protocol import HelloAnswer
from shared.sync.uplink import PAUSED_MS, RETRY_AFTER_MS_MAX, AskLease, Pull, Push, Report, Rest, Uplink
from tests.support.hub import RunningHub
from tests.support.sync import on_air, until

pytestmark = pytest.mark.anyio


def greeted() -> Uplink:
    """An uplink after hello, with three entries to upload."""
    uplink = Uplink(generation=1, position=0, acked_seq=0)
    answer = HelloAnswer(session=b"s", seq=0, hash=b"h", generation=1, hub_time_ms=1)
    uplink.on_hello(answer, Tip(3, b"t"), 0)
    return uplink


async def test_a_paused_unit_reads_and_reports_on_and_tries_again_when_it_was_told() -> None:
    uplink = greeted()
    assert uplink.next_step(tip_seq=3, wanted=[], now_ms=0) == Push(0)
    uplink.on_paused(0.5, 30_000, now_ms=0)
    assert uplink.connected
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[], now_ms=1), Pull)
    uplink.on_page(upto=1, end=True, now_ms=1)
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[], now_ms=2), Report)
    uplink.on_reported(feed_end=1, now_ms=2)
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[], now_ms=3), Rest)
    assert uplink.next_step(tip_seq=3, wanted=[], now_ms=45_000) == Push(0)
    assert uplink.paused
    uplink.on_pushed(3)
    assert not uplink.paused


async def test_a_hub_cannot_pause_a_unit_for_ever_nor_without_an_end() -> None:
    for said_ms, wait_ms in ((86_400_000, RETRY_AFTER_MS_MAX), (0, PAUSED_MS)):
        uplink = greeted()
        uplink.on_paused(0.0, said_ms, now_ms=0)
        assert not isinstance(uplink.next_step(tip_seq=3, wanted=[], now_ms=wait_ms - 1), Push)
        assert uplink.next_step(tip_seq=3, wanted=[], now_ms=wait_ms) == Push(0)


async def test_a_unit_that_a_busy_hub_sends_away_gets_rows_and_numbers_while_its_upload_waits() -> None:
    uplink, event_id = greeted(), uuid4()
    uplink.on_busy(0.5, 10_000, now_ms=0)
    assert uplink.connected
    assert not uplink.paused
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[event_id], now_ms=1), Pull)
    uplink.on_page(upto=1, end=True, now_ms=1)
    assert uplink.next_step(tip_seq=3, wanted=[event_id], now_ms=2) == AskLease(event_id)
    assert not isinstance(uplink.next_step(tip_seq=3, wanted=[], now_ms=14_999), Push)
    assert uplink.next_step(tip_seq=3, wanted=[], now_ms=15_000) == Push(0)


async def test_a_unit_that_a_crowded_hub_sends_away_uploads_and_reports_while_rows_and_numbers_wait() -> None:
    uplink, event_id = greeted(), uuid4()
    uplink.on_crowded(0.5, 10_000, now_ms=0)
    assert uplink.connected
    assert uplink.next_step(tip_seq=3, wanted=[event_id], now_ms=1) == Push(0)
    uplink.on_pushed(3)
    assert uplink.next_step(tip_seq=3, wanted=[event_id], now_ms=2) == Report()
    uplink.on_reported(feed_end=9, now_ms=2)
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[event_id], now_ms=3), Rest)
    assert isinstance(uplink.next_step(tip_seq=3, wanted=[event_id], now_ms=15_000), Pull)


async def test_a_paused_unit_stays_in_reach_and_uploads_everything_after_it_is_resumed(running: RunningHub) -> None:
    venue_id = await running.venue()
    event_id = await running.event(venue_id)
    seller_id = await running.staff("Ann")
    async with on_air(running) as air:
        edge = await air.edge(venue_id)
        await edge.ready(event_id)
        await edge.level()
        unit_id = edge.keys.node_id
        await running.do(PauseUnit(command_id=uuid4(), unit_id=unit_id))
        await edge.sell(event_id, seller_id)
        await until(lambda: edge.link.status.paused, "the unit to hear that it is paused")
        status = edge.link.status
        assert status.connected
        assert status.waiting > 0
        assert running.hub.meter.pushes["sync.paused"] == 1
        await running.do(ResumeUnit(command_id=uuid4(), unit_id=unit_id))
        edge.clock.ahead_ms += 2 * PAUSED_MS
        edge.link.poke()
        await edge.level()
        assert not edge.link.status.paused


async def test_a_unit_that_is_revoked_while_it_is_paused_still_hands_in_what_it_sold(running: RunningHub) -> None:
    venue_id = await running.venue()
    event_id = await running.event(venue_id)
    seller_id = await running.staff("Ann")
    async with on_air(running) as air:
        edge = await air.edge(venue_id)
        await edge.ready(event_id)
        await edge.level()
        unit_id = edge.keys.node_id
        await running.do(PauseUnit(command_id=uuid4(), unit_id=unit_id))
        await edge.sell(event_id, seller_id)
        await until(lambda: edge.link.status.paused, "the unit to hear that it is paused")
        await running.do(RevokeUnit(command_id=uuid4(), unit_id=unit_id, reason="stolen"))
        edge.clock.ahead_ms += 2 * PAUSED_MS
        edge.link.poke()
        await edge.level()
        [case] = await running.hub.many(running.org_id, CASES_OPEN)
        assert (case.kind, case.about_node_id) == ("held", unit_id)
