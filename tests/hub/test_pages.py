"""The hub's pages as people use them: trouble before figures, forms that keep what was typed, a PIN shown once."""

import re
from uuid import uuid4

import httpx
import pytest

from hub.sync.cases import open_case, open_fork_case
from shared.domain.identity.commands import DisableUnit, StopEpoch
from shared.journal.entry import Owner
from shared.kernel.clock import MINUTE_MS
from tests.support.hub import RunningHub
from tests.support.rows import a_report, a_sale

pytestmark = pytest.mark.anyio


async def _page(ada: httpx.AsyncClient, running: RunningHub, path: str = "/") -> str:
    running.clock.forward(1_000)
    answer = await ada.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def test_an_empty_hub_says_what_to_do_first(running: RunningHub, ada: httpx.AsyncClient) -> None:
    assert "Nothing needs you" in await _page(ada, running)
    assert "No event yet. Plan the first" in await _page(ada, running, "/events")
    assert "Nobody yet. Hire the first person" in await _page(ada, running, "/people")


async def test_a_sale_appears_with_its_figures(running: RunningHub, ada: httpx.AsyncClient) -> None:
    venue_id = await running.venue()
    unit, seller = await running.unit(venue_id), await running.staff("Mara")
    event_id = await running.event(venue_id)
    await a_sale(running, running.org_id, unit=unit, event_id=event_id, seller_id=seller)
    page = await _page(ada, running)
    assert "Home Opener 50/50, sold $10" in page
    assert "1 order." in page
    assert "Jackpot $5" in page
    assert "11:06:40 RSU 07 10 tickets $10" in page
    assert "R07-1-000002" in await _page(ada, running, "/sales")


async def test_a_unit_out_of_reach_with_sales_waiting_needs_a_human(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    venue_id = await running.venue()
    unit = await running.unit(venue_id, "R09")
    await running.event(venue_id)
    await a_report(running, unit, waiting=31, seller="Jonas Weber")
    assert "Nothing needs you" in await _page(ada, running)
    running.clock.forward(47 * MINUTE_MS)
    page = await _page(ada, running)
    assert "RSU 09 not seen for 47 min At least 31 sales waiting. Seller Jonas Weber. Call Jonas" in page
    assert "31+" in page
    assert "At least 31 more are waiting" in page


async def test_low_numbers_and_empty_paper_need_a_human(running: RunningHub, ada: httpx.AsyncClient) -> None:
    venue_id = await running.venue()
    unit = await running.unit(venue_id, "R16")
    await running.event(venue_id)
    await a_report(running, unit, numbers_left=28, printer="paper_out")
    page = await _page(ada, running)
    assert page.index("Paper is out, RSU 16") < page.index("28 numbers left, RSU 16")


@pytest.mark.parametrize("state", ["behind", "forked", "disabled"])
async def test_a_unit_that_may_not_sell_is_sent_nowhere_for_numbers(
    running: RunningHub, ada: httpx.AsyncClient, state: str
) -> None:
    venue_id = await running.venue()
    unit = await running.unit(venue_id, "R16")
    await running.event(venue_id)
    await a_report(running, unit, numbers_left=0, printer="paper_out")
    assert "0 numbers left, RSU 16" in await _page(ada, running)
    if state == "disabled":
        await running.do(DisableUnit(command_id=uuid4(), unit_id=unit.node_id, reason="Left"))
    else:
        order = StopEpoch(command_id=uuid4(), unit_id=unit.node_id, unit_epoch=1, state=state, reason="Seen")
        await running.do(order)
    page = await _page(ada, running)
    assert "Paper is out, RSU 16" in page
    assert "Walk near the counter" not in page


async def test_what_contradicts_or_cannot_be_shown_waits_for_a_human(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit = await running.unit(await running.venue(), "R11")
    owner, note = Owner(running.org_id, unit.node_id, 1), "unreadable: its lease is unknown"
    async with running.hub.bus.tenant(running.org_id) as connection:
        await open_case(
            running.hub, connection, owner.org_id, "quarantine",
            node_id=unit.node_id, epoch=1, entity_id=uuid4(), evidence=(), note=note,
        )  # fmt: skip
        await open_fork_case(running.hub, connection, owner, note="It came back.", evidence=[])
    page = await _page(ada, running)
    assert page.index("Two histories of RSU 11") < page.index("Entries wait for a decision, RSU 11")
    assert "No sale is disputed." in page
    assert note in page


async def test_a_plan_that_cannot_be_kept_says_why_and_keeps_what_was_typed(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    venue_id = await running.venue()
    form = {
        "command_id": str(uuid4()), "name": "Spring Gala", "venue_id": str(venue_id), "sales_close": "2026-12-01T20:00",
        "draw": "2026-12-01T19:00", "tickets_1": "3", "price_1": "5", "tickets_2": "10", "price_2": "10.00",
        "tickets_3": "", "price_3": "", "first_number": "1", "last_number": "5000",
    }  # fmt: skip
    refused = await ada.post("/events", data=form)
    assert refused.status_code == 409
    assert "Draw after sales have closed." in refused.text
    assert 'value="Spring Gala"' in refused.text
    planned = await ada.post("/events", data=form | {"draw": "2026-12-01T21:00"})
    assert (planned.status_code, planned.headers["location"]) == (303, "/events?done=planned")
    page = await _page(ada, running, "/events")
    assert "3 for $5, 10 for $10. Closes 2026-12-01 20:00." in page
    assert "Start selling" in page


async def test_an_event_starts_and_closes_on_its_page(running: RunningHub, ada: httpx.AsyncClient) -> None:
    event_id = await running.event(await running.venue())
    assert "Close sales" in await _page(ada, running, "/events")
    closed = await ada.post(f"/events/{event_id}/close", data={"command_id": str(uuid4())})
    assert closed.status_code == 303
    assert "Start selling" not in await _page(ada, running, "/events")
    again = await ada.post(f"/events/{event_id}/close", data={"command_id": str(uuid4())})
    assert again.status_code == 409
    assert "raffle.wrong_state" in again.text
    assert (await ada.post(f"/events/{event_id}/burn", data={})).status_code == 404


async def test_a_person_is_hired_with_a_pin_shown_once_and_dismissed(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    form = {"command_id": str(uuid4()), "name": "Ben Osei", "role": "seller", "venue_id": ""}
    hired = await ada.post("/people", data=form)
    pin = re.search(r'class="mono">(\d{3} \d{3})<', hired.text)
    assert pin is not None
    page = await ada.get("/people")
    assert pin.group(1) not in page.text
    assert "Ben Osei" in page.text
    dismiss = re.search(r'action="(/people/[^"]+/dismiss)"', page.text)
    assert dismiss is not None
    assert (await ada.post(dismiss.group(1), data={"command_id": str(uuid4())})).status_code == 303
    assert "Left" in await _page(ada, running, "/people")
    refused = await ada.post("/people", data=form | {"command_id": str(uuid4()), "role": "king"})
    assert (refused.status_code, "is no role here" in refused.text) == (409, True)


@pytest.mark.parametrize("typed", ["100 005", "R07-1-2", "r07-1-000002"])
async def test_any_number_finds_its_sale(running: RunningHub, ada: httpx.AsyncClient, typed: str) -> None:
    venue_id = await running.venue()
    unit, seller = await running.unit(venue_id), await running.staff("Mara")
    event_id = await running.event(venue_id)
    await a_sale(running, running.org_id, unit=unit, event_id=event_id, seller_id=seller)
    page = await _page(ada, running, f"/sales?q={typed}")
    assert "R07-1-000002" in page
    assert "No sale holds 999 999" in await _page(ada, running, "/sales?q=999 999")
    assert "is no draw number" in await _page(ada, running, "/sales?q=what")


async def test_a_missing_page_is_a_page(ada: httpx.AsyncClient) -> None:
    answer = await ada.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
