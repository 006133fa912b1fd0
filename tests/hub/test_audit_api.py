"""What somebody from outside asks a hub to compare it with journals: its key, numbers, ranges and cases."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.runtime.app import HubApp
from tests.support.hub import RunningHub
from tests.support.hub_web import browsing
from tests.support.rows import a_sale

pytestmark = pytest.mark.anyio
FIRST, SIZE, SALES = 100_001, 10, 5


@pytest.fixture
async def event_id(running: RunningHub) -> UUID:
    """An event with five sales in a row."""
    venue_id = await running.venue()
    unit, seller = await running.unit(venue_id), await running.staff("Mara")
    event = await running.event(venue_id)
    for place in range(SALES):
        await a_sale(
            running, running.org_id, unit=unit, event_id=event, seller_id=seller, seq=2 + place,
            first=FIRST + SIZE * place,
        )  # fmt: skip
    return event


async def ranges(ada: httpx.AsyncClient, event_id: UUID, **asked: Any) -> list[dict[str, Any]]:
    answer = await ada.get(f"/api/raffle/events/{event_id}/ranges", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_the_hub_says_which_key_its_receipts_are_signed_with(running: RunningHub, ada: httpx.AsyncClient) -> None:
    said = (await ada.get("/api/identity/hub")).json()
    assert said["sign_key"] == running.hub.key.sign_public.hex()
    assert said["node_id"] == str(running.hub.node_id)


async def test_an_event_is_gone_through_number_by_number_in_pages(ada: httpx.AsyncClient, event_id: UUID) -> None:
    whole = await ranges(ada, event_id, most=100)
    assert [one["first"] for one in whole] == [FIRST + SIZE * place for place in range(SALES)]
    assert all(one["last"] - one["first"] + 1 == one["ticket_count"] == SIZE for one in whole)
    paged, more = [], dict[str, Any]()
    while page := await ranges(ada, event_id, most=2, **more):
        paged += page
        more = {"after": page[-1]["first"], "after_sale": page[-1]["sale_id"]}
    assert paged == whole


@pytest.mark.parametrize("asked", [{"most": 0}, {"most": 1_001}, {"after": "x"}, {"after_sale": "x"}])
async def test_an_unreadable_question_is_answered_422(ada: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    answer = await ada.get(f"/api/raffle/events/{UUID(int=1)}/ranges", params=asked)
    assert answer.status_code == 422


async def test_numbers_and_cases_of_a_house_without_trouble(ada: httpx.AsyncClient, event_id: UUID) -> None:
    assert isinstance((await ada.get("/api/raffle/numbers")).json(), list)
    assert (await ada.get("/api/cases", params={"state": "open"})).json() == []
    assert (await ada.get("/api/cases", params={"state": "closed"})).json() == []
    assert (await ada.get("/api/cases", params={"state": "lost"})).status_code == 422


@pytest.mark.parametrize("path", ["/api/cases", "/api/raffle/numbers", "/api/identity/hub"])
async def test_nobody_asks_without_a_login(app: HubApp, path: str) -> None:
    async with browsing(app) as stranger:
        assert (await stranger.get(path)).status_code == 401
