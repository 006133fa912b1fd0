"""Who comes in at the hub: the right password, five tries, one's own session, one's own role."""

import asyncio

import httpx
import pytest

from hub.office.staff_access.service import LOCK_MS, SESSION_MS_MAX, StaffAccess
from hub.runtime.app import HubApp
from shared.kernel.errors import Refusal
from tests.support.hub import RunningHub
from tests.support.hub_web import ADDRESS, PASSWORD, add_login, browsing, log_in

pytestmark = pytest.mark.anyio


async def test_a_wrong_password_says_neither_whether_the_login_exists(ada: httpx.AsyncClient, app: HubApp) -> None:
    async with browsing(app) as stranger:
        wrong, unknown = await log_in(stranger, "ada", "no"), await log_in(stranger, "nobody", "no")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "access.wrong_password"


async def test_five_wrong_tries_lock_a_login_for_a_quarter_of_an_hour(running: RunningHub, app: HubApp) -> None:
    await add_login(running, "admin", "ada")
    async with browsing(app) as client:
        codes = [(await log_in(client, "ada", "guess")).json()["code"] for _ in range(6)]
        assert codes == ["access.wrong_password"] * 5 + ["access.locked"]
        right = await log_in(client)
        assert (right.status_code, right.json()["code"]) == (403, "access.locked")
        running.clock.forward(LOCK_MS + 1)
        assert (await log_in(client)).status_code == 201


async def test_guesses_at_the_same_moment_count_one_by_one(running: RunningHub, app: HubApp) -> None:
    await add_login(running, "admin", "ada")
    async with browsing(app) as client:
        answers = await asyncio.gather(*(log_in(client, "ada", "guess") for _ in range(12)))
    codes = sorted(answer.json()["code"] for answer in answers)
    assert codes == ["access.locked"] * 7 + ["access.wrong_password"] * 5


async def test_the_right_password_forgets_the_wrong_tries(running: RunningHub, app: HubApp) -> None:
    await add_login(running, "admin", "ada")
    async with browsing(app) as client:
        for _ in range(2):
            for _ in range(4):
                await log_in(client, "ada", "guess")
            assert (await log_in(client, "  ADA ")).status_code == 201


async def test_a_session_ends_after_its_hours(running: RunningHub, ada: httpx.AsyncClient) -> None:
    assert (await ada.get("/api/staff_access/sessions/current")).json()["login"] == "ada"
    running.clock.forward(SESSION_MS_MAX + 1)
    late = await ada.get("/api/staff_access/sessions/current")
    assert (late.status_code, late.json()["code"]) == (401, "identity.not_logged_in")


async def test_who_logs_out_is_out(ada: httpx.AsyncClient) -> None:
    assert (await ada.delete("/api/staff_access/sessions/current")).status_code == 200
    assert (await ada.get("/api/identity/venues")).status_code == 401


async def test_an_auditor_reads_and_changes_nothing(running: RunningHub, app: HubApp) -> None:
    await add_login(running, "auditor", "ida")
    async with browsing(app) as client:
        await log_in(client, "ida")
        assert (await client.get("/api/raffle/events")).status_code == 200
        for path, body in (
            ("/api/identity/venues", {"name": "Stand", "zone": "UTC"}),
            ("/api/identity/staff", {"name": "Ben", "role": "owner"}),
            ("/api/raffle/events", {}),
        ):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "access.not_allowed"), path


async def test_pages_and_scripts_without_a_session_stay_outside(app: HubApp) -> None:
    async with browsing(app) as stranger:
        page = await stranger.get("/events")
        assert (page.status_code, page.headers["location"]) == (303, "/login?back=/events")
        assert (await stranger.get("/api/raffle/totals")).status_code == 401
        assert (await stranger.get("/live")).status_code == 401
        assert (await stranger.get("/schema/openapi.json")).status_code == 200


async def test_the_login_page_gives_a_cookie_that_scripts_cannot_read(ada: httpx.AsyncClient, app: HubApp) -> None:
    async with browsing(app) as browser:
        form = {"login": "ada", "password": PASSWORD, "back": "/units"}
        answer = await browser.post("/login", data=form, headers={"origin": ADDRESS})
        assert (answer.status_code, answer.headers["location"]) == (303, "/units")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await browser.get("/units")).status_code == 200
        foreign = await browser.post("/events", data={"name": "x"}, headers={"origin": "http://127.0.0.1:9999"})
        assert foreign.status_code == 403


async def test_a_login_page_leads_nowhere_but_into_this_site(ada: httpx.AsyncClient, app: HubApp) -> None:
    async with browsing(app) as browser:
        for back in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
            answer = await browser.post("/login", data={"login": "ada", "password": PASSWORD, "back": back})
            assert answer.headers["location"] == "/"


async def test_a_wrong_password_keeps_the_login_in_the_form(ada: httpx.AsyncClient, app: HubApp) -> None:
    async with browsing(app) as browser:
        answer = await browser.post("/login", data={"login": "ada", "password": "no"})
    assert answer.status_code == 401
    assert 'value="ada"' in answer.text
    assert "Wrong login or password" in answer.text


async def test_a_short_password_and_a_login_of_another_are_refused(running: RunningHub) -> None:
    access = StaffAccess(running.hub.pool, running.clock)
    await add_login(running, "admin", "ada")
    for login, password, code in (("ben", "short", "access.weak_password"), ("ada", PASSWORD, "access.login_taken")):
        with pytest.raises(Refusal) as refusal:
            await access.add_person(running.org_id, login=login, name="Ben", role="admin", password=password)
        assert refusal.value.code == code
