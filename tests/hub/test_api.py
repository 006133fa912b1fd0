"""What scripts do at the hub: the happy path, and each refusal with its stable code."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.domain.identity.queries import BADGES
from tests.support.hub import RunningHub
from tests.support.rows import a_sale

pytestmark = pytest.mark.anyio
PLAN = {
    "name": "Home Opener 50/50",
    "sales_close": "2026-11-18T20:45",
    "draw": "2026-11-18T21:00",
    "packages": [{"ticket_count": 3, "price": "5"}, {"ticket_count": 10, "price": "10.00"}],
}


async def _venue(ada: httpx.AsyncClient, **more: Any) -> str:
    body = {"name": "Harbour Stand", "zone": "Europe/Berlin", "place": "Section D"} | more
    answer = await ada.post("/api/identity/venues", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["venue_id"])


async def test_an_evening_is_prepared_by_api(ada: httpx.AsyncClient) -> None:
    venue_id = await _venue(ada)
    planned = await ada.post("/api/raffle/events", json=PLAN | {"venue_id": venue_id})
    event_id = planned.json()["event_id"]
    assert (await ada.post(f"/api/raffle/events/{event_id}/activate")).json()["state"] == "active"
    events = (await ada.get("/api/raffle/events")).json()
    assert [(event["name"], event["state"], event["training"]) for event in events] == [
        ("Home Opener 50/50", "active", False),
        ("Training", "active", True),
    ]
    event = events[0]
    assert event["code"] == "HO-20261118"
    assert [package["price_minor"] for package in event["packages"]] == [500, 1_000]
    assert event["sales_close_ms"] == 1_795_031_100_000, "20:45 in Berlin is 19:45 UTC"
    assert (await ada.post(f"/api/raffle/events/{event_id}/close", json={})).json()["state"] == "closed"
    again = await ada.post(f"/api/raffle/events/{event_id}/close")
    assert (again.status_code, again.json()["code"]) == (409, "raffle.wrong_state")


async def test_a_venue_opens_with_its_training_once_however_often_the_order_comes(ada: httpx.AsyncClient) -> None:
    command_id = str(uuid4())
    assert await _venue(ada, command_id=command_id) == await _venue(ada, command_id=command_id)
    assert len((await ada.get("/api/identity/venues")).json()) == 1
    assert [event["training"] for event in (await ada.get("/api/raffle/events")).json()] == [True]


async def test_a_pin_is_shown_once_and_the_same_order_shows_the_same_one(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    order = {"name": "Mara Kovač", "role": "seller", "command_id": str(uuid4())}
    first, again = [(await ada.post("/api/identity/staff", json=order)).json() for _ in range(2)]
    assert first == again
    assert len(first["pin"]) == 6
    assert first["pin"].isdigit()
    staff = (await ada.get("/api/identity/staff")).json()
    assert [(person["name"], person["role"], person["active"]) for person in staff] == [("Mara Kovač", "seller", True)]
    assert "pin" not in staff[0]
    badge = (await running.hub.many(running.org_id, BADGES))[0]
    assert badge.pin_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_pin_may_be_given_and_a_person_may_leave(ada: httpx.AsyncClient) -> None:
    hired = await ada.post("/api/identity/staff", json={"name": "Ben", "role": "supervisor", "pin": "518 260"})
    assert (hired.status_code, hired.json()["pin"]) == (201, None)
    staff_id = hired.json()["staff_id"]
    assert (await ada.delete(f"/api/identity/staff/{staff_id}")).json() == {"staff_id": staff_id, "active": False}
    again = await ada.delete(f"/api/identity/staff/{staff_id}")
    assert (again.status_code, again.json()["code"]) == (409, "identity.unknown_staff")


async def test_a_code_makes_room_for_a_unit_and_is_told_once(running: RunningHub, ada: httpx.AsyncClient) -> None:
    room = {"venue_id": await _venue(ada), "kind": "rsu", "code": "R07", "name": "RSU 07"}
    answer = (await ada.post("/api/identity/pairings", json=room)).json()
    assert answer["code"].endswith(answer["secret"].replace("-", ""))
    keys = await running.unit(await running.venue("Kingsway Hall"), "R08")
    taken = await ada.post("/api/identity/pairings", json=room | {"code": "R08"})
    assert (taken.status_code, taken.json()["code"]) == (409, "identity.unit_exists")
    [listed] = (await ada.get("/api/identity/units")).json()
    assert (listed["code"], listed["waiting"], listed["holds"]) == ("R08", None, None)
    assert (listed["state"], listed["epoch"], listed["paused"]) == ("enabled", 1, False)
    stopped = await ada.post(f"/api/identity/units/{keys.node_id}/disable", json={"reason": "to be counted"})
    assert stopped.status_code == 201, stopped.text
    assert (await ada.post(f"/api/identity/units/{keys.node_id}/pause", json={})).status_code == 201
    [listed] = (await ada.get("/api/identity/units")).json()
    assert (listed["state"], listed["paused"]) == ("disabled", True)
    again = await ada.post(f"/api/identity/units/{keys.node_id}/disable", json={"reason": "to be counted"})
    assert (again.status_code, again.json()["code"]) == (409, "identity.unit_is_so")


async def test_totals_sales_and_leases_of_an_event(running: RunningHub, ada: httpx.AsyncClient) -> None:
    venue_id = await running.venue()
    unit, seller = await running.unit(venue_id), await running.staff("Mara")
    event_id = await running.event(venue_id)
    for place in range(2):
        await a_sale(
            running, running.org_id, unit=unit, event_id=event_id, seller_id=seller, seq=2 + place,
            first=100_001 + 10 * place,
        )  # fmt: skip
    totals = (await ada.get("/api/raffle/totals")).json()
    assert [(one["sale_count"], one["ticket_count"], one["amount_minor"]) for one in totals["events"]] == [
        (2, 20, 2_000)
    ]
    assert [(one["node_id"], one["amount_minor"]) for one in totals["units"]] == [(str(unit.node_id), 2_000)]
    sales = (await ada.get("/api/raffle/sales", params={"event_id": str(event_id), "most": 1})).json()
    assert [(one["seq"], one["first"], one["last"]) for one in sales] == [(3, 100_011, 100_020)]
    assert (await ada.get("/api/raffle/leases", params={"event_id": str(event_id)})).json() == []


ABSURD: tuple[tuple[str, str, Any, int, str], ...] = (
    ("no name", "/api/identity/venues", {"zone": "UTC"}, 422, "input.invalid"),
    ("a name of nothing", "/api/identity/venues", {"name": "  ", "zone": "UTC"}, 409, "identity.name_needed"),
    ("a zone of nowhere", "/api/identity/venues", {"name": "S", "zone": "Mars/Crater"}, 409, "identity.unknown_zone"),
    ("a zone that climbs", "/api/identity/venues", {"name": "S", "zone": "../../UTC"}, 409, "identity.unknown_zone"),
    ("a list", "/api/identity/venues", [1, 2], 422, "input.invalid"),
    ("a role of nobody", "/api/identity/staff", {"name": "Ben", "role": "king"}, 409, "identity.unknown_role"),
    ("a pin of letters", "/api/identity/staff", {"name": "B", "role": "seller", "pin": "abcdef"}, 422, "input.invalid"),
    ("a venue of words", "/api/identity/pairings", {"venue_id": "here", "kind": "rsu"}, 422, "input.invalid"),
    ("an event nowhere", "/api/raffle/events", PLAN | {"venue_id": str(uuid4())}, 409, "raffle.bad_terms"),
    ("a price of words", "/api/raffle/events",
     PLAN | {"venue_id": str(uuid4()), "packages": [{"ticket_count": 3, "price": "ten"}]}, 422, "input.invalid"),
    ("minus tickets", "/api/raffle/events",
     PLAN | {"venue_id": str(uuid4()), "packages": [{"ticket_count": -3, "price": "1"}]}, 422, "input.invalid"),
    ("a time of never", "/api/raffle/events", PLAN | {"venue_id": str(uuid4()), "draw": "soon"}, 422, "input.invalid"),
    ("an unknown event", f"/api/raffle/events/{uuid4()}/activate", {}, 409, "raffle.unknown_event"),
    ("an id of words", "/api/raffle/events/one/activate", {}, 404, "http.404"),
)  # fmt: skip


@pytest.mark.parametrize(("path", "body", "status", "code"), [case[1:] for case in ABSURD], ids=[c[0] for c in ABSURD])
async def test_absurd_orders_get_a_clear_answer(
    ada: httpx.AsyncClient, path: str, body: Any, status: int, code: str
) -> None:
    answer = await ada.post(path, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"].endswith("."), "one sentence for people"


async def test_bytes_that_are_no_json_get_a_clear_answer(ada: httpx.AsyncClient) -> None:
    for body in (b"", b"{", b"\x00\xff", b"[" * 10_000):
        answer = await ada.post("/api/identity/venues", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid"), body[:10]


async def test_a_body_larger_than_any_form_is_not_read(ada: httpx.AsyncClient) -> None:
    answer = await ada.post("/api/identity/venues", json={"name": "x" * 1_000_000, "zone": "UTC"})
    assert answer.status_code == 413


async def test_the_same_command_id_with_other_contents_is_refused(ada: httpx.AsyncClient) -> None:
    command_id = str(uuid4())
    await _venue(ada, command_id=command_id)
    other = await ada.post("/api/identity/venues", json={"name": "Other", "zone": "UTC", "command_id": command_id})
    assert (other.status_code, other.json()["code"]) == (409, "command.reused")


async def test_every_answer_carries_the_headers_that_keep_browsers_safe(ada: httpx.AsyncClient) -> None:
    for path in ("/", "/api/raffle/totals", "/nowhere", "/api/raffle/sales?event_id=x"):
        headers = (await ada.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
