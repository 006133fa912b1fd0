"""Who may log in at a unit, what wrong PINs cost, and how long somebody stays logged in."""

import asyncio
from pathlib import Path

import pytest

from edge.runtime.sessions import IDLE_MS_MAX
from shared.kernel.clock import MINUTE_MS
from tests.support.unit import PIN, Desk, at_the_unit, found, running


def test_a_handheld_lists_sellers_and_supervisors_only(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        people = await desk.get("/api/identity/staff")
        assert [(one["name"], one["role"]) for one in people] == [
            ("Ines Duarte", "supervisor"),
            ("Mara Kovač", "seller"),
        ]

    at_the_unit(scene, tmp_path)


def test_a_wrong_pin_says_how_many_tries_remain(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        answer = await desk.log_in(pin="111111")
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.wrong_pin")
        assert answer.json()["detail"] == "Wrong PIN. 4 tries left."
        assert (await desk.log_in()).status_code == 201
        assert (await desk.log_in(pin="111111")).json()["detail"] == "Wrong PIN. 4 tries left."

    at_the_unit(scene, tmp_path)


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour_also_over_a_restart(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        async with running(founded) as desk:
            details = [(await desk.log_in(pin="111111")).json()["detail"] for _ in range(5)]
            assert details[3] == "Wrong PIN. 1 try left, then a supervisor must help."
            assert details[4] == "Locked until 11:21. A supervisor can open it."
            assert (await desk.log_in("Ines Duarte")).status_code == 201
        async with running(founded) as desk:
            locked = await desk.log_in()
            assert (locked.status_code, locked.json()["code"]) == (409, "identity.pin_locked")
            page = await desk.page(f"/login?staff_id={founded.mara}")
            assert "Locked until 11:21" in page.text
            desk.clock.forward(15 * MINUTE_MS)
            assert (await desk.log_in()).status_code == 201

    asyncio.run(play())


def test_wrong_pins_sent_at_once_are_counted_one_by_one(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        answers = await asyncio.gather(*(desk.log_in(pin=f"11111{n}") for n in range(8)))
        assert sum(answer.status_code == 401 for answer in answers) == 4
        assert sum(answer.status_code == 409 for answer in answers) == 4

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "abcdef", "٢٤٠٦١٣", "24 061", "\x00" * 6, "2" * 5_000])
def test_what_is_no_pin_is_said_so_and_not_counted(tmp_path: Path, pin: str) -> None:
    async def scene(desk: Desk) -> None:
        answer = await desk.log_in(pin=pin)
        assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid")
        assert (await desk.log_in(pin="111111")).json()["detail"] == "Wrong PIN. 4 tries left."

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize("name", ["", "Nobody", "Dov Dealer", "x" * 9_000])
def test_somebody_who_may_not_sell_here_does_not_get_in(tmp_path: Path, name: str) -> None:
    async def scene(desk: Desk) -> None:
        answer = await desk.log_in(name)
        assert (answer.status_code, answer.json()["code"]) == (409, "identity.unknown_staff")

    at_the_unit(scene, tmp_path)


def test_without_a_session_pages_ask_for_the_pin_and_the_api_says_401(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        assert (await desk.client.delete("/api/identity/sessions")).status_code == 204
        assert (await desk.sell()).status_code == 401
        page = await desk.page("/till")
        assert (page.status_code, page.headers["location"]) == (303, "/login?back=%2Ftill")

    at_the_unit(scene, tmp_path)


def test_ten_idle_minutes_log_out_and_a_page_that_refreshes_itself_is_idle(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.forward(IDLE_MS_MAX - MINUTE_MS)
        by_itself = {"accept": "text/html", "tillhouse-live": "1"}
        assert (await desk.client.get("/sell", headers=by_itself)).status_code == 200
        desk.clock.forward(2 * MINUTE_MS)
        assert (await desk.sell()).status_code == 401

    at_the_unit(scene, tmp_path)


def test_who_left_is_logged_out_as_soon_as_the_feed_says_so(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.put(*desk.founded.person(desk.founded.mara, "Mara Kovač", "seller", active=False))
        assert (await desk.sell()).status_code == 401
        assert (await desk.log_in()).status_code == 409

    at_the_unit(scene, tmp_path)


def test_an_order_from_another_sites_page_is_refused(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        headers = {"origin": "http://evil.test"}
        answer = await desk.client.post("/api/raffle/sales", json=desk.order(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.not_allowed")
        headers = {"origin": "http://till.test"}
        assert (await desk.client.post("/api/raffle/sales", json=desk.order(), headers=headers)).status_code == 201

    at_the_unit(scene, tmp_path)


def test_the_pin_opens_the_till_by_page_and_goes_where_it_was_asked(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.page("/logout", leave="yes")
        staff_id = str(desk.founded.mara)
        wrong = await desk.page("/login", staff_id=staff_id, pin="111111", back="/till")
        assert (wrong.status_code, "Wrong PIN. 4 tries left." in wrong.text) == (401, True)
        for back, place in (("/till", "/till"), ("//evil.test", "/sell"), ("https://evil.test", "/sell")):
            opened = await desk.page("/login", staff_id=staff_id, pin=PIN, back=back)
            assert (opened.status_code, opened.headers["location"]) == (303, place)
        cookie = opened.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie

    at_the_unit(scene, tmp_path)
