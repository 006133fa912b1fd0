"""Two handhelds sell while the hub is unreachable; the line comes back; hub and edges show the same."""

import asyncio
from uuid import UUID, uuid4

import pytest

from shared.domain.raffle.commands import ActivateEvent, CloseEvent, PlanEvent
from shared.domain.raffle.errors import RaffleClosed
from shared.domain.raffle.facts import SoldRange
from shared.domain.raffle.queries_page import EVENT_TOTALS, LATEST, EventTotal
from shared.journal.entry import Envelope
from shared.kernel.clock import HOUR_MS
from shared.kernel.codec import decode
from tests.support.hub import PACKAGES, RunningHub
from tests.support.sync import Edge, OnAir, on_air, until

pytestmark = pytest.mark.anyio


async def hub_total(air: OnAir, event_id: UUID) -> EventTotal | None:
    """What the hub holds of the event."""
    totals = await air.running.hub.many(air.running.org_id, EVENT_TOTALS)
    return next((one for one in totals if one.event_id == event_id), None)


async def test_two_handhelds_sell_without_the_hub_and_both_sides_agree_to_the_cent(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        one, two = await air.edge(venue, "R07"), await air.edge(venue, "R12")
        await one.ready(event)
        await two.ready(event)
        await one.level()
        await two.level()
        await one.line.cut()
        await two.line.cut()
        for _ in range(6):
            await one.sell(event, seller, place=1)
            await two.sell(event, seller, place=2)
        undone = await one.sell(event, seller, place=0)
        await one.undo(undone.body.sale_id, seller)
        await until(lambda: not one.link.status.connected, "the handheld to notice")
        assert one.link.status.waiting == 8
        assert await hub_total(air, event) is None

        await one.line.connect()
        await two.line.connect()
        await one.level()
        await two.level()
        at_hub, at_one, at_two = await hub_total(air, event), await one.total(event), await two.total(event)
        assert at_hub is not None
        assert at_one is not None
        assert at_two is not None
        assert at_hub.amount_minor == at_one.amount_minor + at_two.amount_minor == 6 * 1_000 + 6 * 2_000
        assert at_hub.ticket_count == at_one.ticket_count + at_two.ticket_count == 6 * 10 + 6 * 40
        sales = await running.hub.many(running.org_id, LATEST, event_id=event, most=50)
        numbers = [(sale.first, sale.last) for sale in sales]
        assert len(set(numbers)) == 13
        assert sum(sale.is_void for sale in sales) == 1


async def test_no_number_is_sold_by_two_handhelds(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edges = [await air.edge(venue, f"R{place:02}") for place in range(1, 4)]
        sold: list[SoldRange] = []
        for edge in edges:
            await edge.ready(event)
            sold += [found for _ in range(5) for found in (await edge.sell(event, seller)).body.ranges]
        numbers = [number for found in sold for number in range(found.first, found.last + 1)]
        assert len(numbers) == len(set(numbers)) == 150


async def test_a_handheld_refills_its_numbers_before_they_run_out(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        before = await edge.numbers_left(event)
        for _ in range(2):
            await edge.sell(event, seller, place=2, times=20)

        async def refilled() -> bool:
            return await edge.numbers_left(event) > before - 1_600

        await until(refilled, "a second lease")


async def test_an_event_whose_numbers_are_all_given_out_keeps_no_other_from_its_numbers(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue = await running.venue()
        opened_ms = running.clock.wall_ms - 2 * HOUR_MS
        plan = PlanEvent(
            command_id=uuid4(), venue_id=venue, name="Small draw", code="SD-1", sales_open_ms=opened_ms,
            sales_close_ms=opened_ms + 9 * HOUR_MS, draw_ms=opened_ms + 9 * HOUR_MS,
            claim_by_ms=opened_ms + 9 * HOUR_MS, packages=PACKAGES, first_number=1, last_number=20, lease_count=20,
        )  # fmt: skip
        small = await running.do(plan)
        await running.do(ActivateEvent(command_id=uuid4(), event_id=small))
        large = await running.event(venue)
        first = await air.edge(venue, "R07")
        await first.ready(small)
        second = await air.edge(venue, "R12")
        await second.ready(large)
        assert await second.numbers_left(small) == 0


async def test_the_hub_stores_the_very_bytes_that_the_handheld_sealed(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        await edge.sell(event, seller)
        await edge.level()
        async with running.hub.bus.tenant(running.org_id) as connection:
            cursor = await connection.execute(
                "select data from journal.entry where node_id = %s order by seq", [edge.owner.node_id]
            )
            stored = [bytes(row[0]) for row in await cursor.fetchall()]
        assert stored == await edge.entries()
        assert decode(stored[-1], Envelope).type == "raffle.tickets_sold"


async def test_a_sale_says_which_rows_and_which_signed_time_it_relied_on(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        envelope = (await edge.sell(event, seller)).envelope
        (mark,) = envelope.feeds
        assert (mark.feeder, mark.generation) == (running.hub.node_id, 1)
        assert mark.position > 0
        assert envelope.hub_time_ms == running.clock.wall_ms


async def test_a_close_reaches_the_handheld_and_it_sells_no_more(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        await running.do(CloseEvent(command_id=uuid4(), event_id=event))

        async def closed() -> bool:
            rows = await edge.reader.values(
                "SELECT state FROM raffle_event WHERE event_id = :event_id", {"event_id": event}
            )
            return bool(rows[0][0] == "closed")

        await until(closed, "the close")
        with pytest.raises(RaffleClosed):
            await edge.sell(event, seller)


async def test_a_handheld_learns_of_sellers_and_supervisors_only(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue = await running.venue()
        for name, role in (("Mara", "seller"), ("Ines", "supervisor"), ("Jonas", "manager"), ("Ada", "admin")):
            await running.staff(name, role)
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        rows = await edge.reader.values("SELECT name FROM vault_badge ORDER BY name")
        assert [row[0] for row in rows] == ["Ines", "Mara"]


async def test_the_line_survives_many_cuts_while_selling(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)

        async def storm() -> None:
            for _ in range(12):
                await asyncio.sleep(0.05)
                await (edge.line.cut() if edge.line.connected else edge.line.connect())
            await edge.line.connect()

        cutting = asyncio.create_task(storm())
        for _ in range(60):
            await edge.sell(event, seller, place=0)
            await asyncio.sleep(0.01)
        await cutting
        await edge.level()
        total = await hub_total(air, event)
        assert total is not None
        assert (total.sale_count, total.amount_minor) == (60, 60 * 500)


async def test_a_lease_smaller_than_the_largest_package_is_filled_up_until_that_can_be_sold(
    running: RunningHub,
) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue, lease_count=25)
        edge = await air.edge(venue)
        await until(lambda: _has(edge, event, 80), "numbers for two of the largest package")
        await edge.sell(event, seller, place=2)


async def _has(edge: Edge, event: UUID, count: int) -> bool:
    return await edge.numbers_left(event) >= count
