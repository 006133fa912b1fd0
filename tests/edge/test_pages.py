"""The seller's pages, by HTTP: each act leads where it should, each refusal stands at its control."""

import re
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from shared.kernel.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from tests.support.unit import PAGE, Desk, at_the_unit


def sale_form(desk: Desk, place: int = 1, **changes: Any) -> dict[str, Any]:
    return desk.order(place) | {"times": "1", "tender": "cash", "received_minor": "2000"} | changes


async def follow(desk: Desk, answer: Response) -> str:
    assert answer.status_code == 303, answer.text
    return (await desk.page(answer.headers["location"])).text


def test_three_taps_sell_and_the_change_is_shown(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sell = (await desk.page("/sell")).text
        link = re.search(r'href="(/sell/pay\?package=[^"]+)"', sell)
        assert link
        pay = (await desk.page(link[1].replace("&amp;", "&"))).text
        assert "change <b>$5</b>" in pay
        answer = await desk.page("/sell", **sale_form(desk))
        assert answer.headers["location"].startswith("/sell/done/")
        change = await follow(desk, answer)
        assert "Give change" in change
        assert "Undo this sale" in change

    at_the_unit(scene, tmp_path)


def test_exact_money_goes_back_to_the_packages_with_a_flash_and_a_sound(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        text = await follow(desk, await desk.page("/sell", **sale_form(desk, received_minor="1000")))
        assert 'data-sound="sold"' in text
        assert "slab flash" in text
        assert "104 001 – 104 010" in text

    at_the_unit(scene, tmp_path)


def test_undo_on_the_page_gives_the_figure_back(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        text = await follow(desk, await desk.page("/sell", **sale_form(desk, received_minor="1000")))
        fields = dict(re.findall(r'name="(command_id|sale_id)" value="([^"]+)"', text))
        after = await follow(desk, await desk.page("/sell/undo", **fields))
        assert 'data-sound="undone"' in after
        assert "Void" in after
        late = await desk.page("/sell/undo", command_id=desk.order()["command_id"], sale_id=fields["sale_id"])
        assert late.status_code == 409
        assert "void already" in late.text

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"received_minor": "500"}, 409, "Take $5 more."),
        ({"received_minor": "", "received": "abc"}, 422, "is not an amount"),
        ({"times": "0"}, 422, "1 to 20 times"),
        ({"times": "x" * 300}, 422, "no such number"),
        ({"tender": "card", "reference": "1"}, 409, "card terminal"),
        ({"tender": "beads"}, 422, "choose cash or card"),
        ({"package_id": "0"}, 422, "no id of ours"),
        ({"event_id": ""}, 422, "no id of ours"),
        ({"command_id": "\x00"}, 422, "no id of ours"),
    ],
)
def test_a_refused_order_stays_with_its_sentence(
    tmp_path: Path, changes: dict[str, Any], status: int, sentence: str
) -> None:
    async def scene(desk: Desk) -> None:
        answer = await desk.page("/sell", **sale_form(desk, **changes))
        assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
        assert answer.headers["hx-push-url"].startswith("/sell")

    at_the_unit(scene, tmp_path)


def test_no_address_of_the_pages_makes_a_fault(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        for address in (
            "/sell/pay",
            "/sell/pay?package=x&times=%00",
            f"/sell/pay?package={desk.founded.packages[0]}&times=99999999999999999999",
            f"/sell/pay?package={desk.founded.packages[0]}&times=1&step=<script>",
            "/sell/done/00000000-0000-0000-0000-000000000000",
            "/sell/done/nothing",
            "/sell?sold=%00&undone=",
            "/lookup?q=" + "9" * 2_000,
            "/lookup?q=%F0%9F%8E%AB",
            "/lookup?q=R07-1-999999999999999",
            "/login?staff_id=zzz",
            "/virtual-printer/paper/-1.png",
            "/virtual-printer/paper/99999999999999999.png",
            "/nothing",
        ):
            answer = await desk.page(address)
            assert answer.status_code < 500, (address, answer.text)

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize("kind", ["rsu", "venue"])
def test_every_page_opens_on_both_kinds_of_unit(tmp_path: Path, kind: str) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold(received_minor=2_000)
        package = desk.founded.packages[0]
        pages = ["/sell", "/till", "/more", "/lookup", "/lookup?q=104003", f"/sell/done/{sale['sale_id']}"]
        pages += [f"/sell/pay?package={package}&times=2&step={step}" for step in ("cash", "other", "card")]
        for address in [*pages, "/virtual-printer"]:
            answer = await desk.page(address)
            assert answer.status_code == 200, (address, answer.text)
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "style=" not in answer.text

    at_the_unit(scene, tmp_path, kind=kind)


def test_a_ticket_is_found_by_each_number_on_its_paper(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold()
        number = sale["validation_number"]
        mistaken = number.lower().replace("0", "O")
        scanned = f"TH1-R07-1-{sale['seq']}-{number}"
        for typed in ("104 005", "104010", number, mistaken, sale["position"], scanned):
            page = await desk.client.get("/lookup", params={"q": typed}, headers=PAGE)
            assert "Valid ticket" in page.text, typed
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        assert "A character is wrong" in (await desk.client.get("/lookup", params={"q": wrong}, headers=PAGE)).text
        assert "not sold on this unit" in (await desk.page("/lookup?q=104011")).text
        assert "unit R09" in (await desk.page("/lookup?q=R09-1-12")).text

    at_the_unit(scene, tmp_path)


def test_the_last_five_minutes_run_down_and_then_the_page_is_closed(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        desk.clock.forward(4 * HOUR_MS - 3 * MINUTE_MS)
        await desk.log_in()
        assert "to close." in (await desk.page("/sell")).text
        desk.clock.forward(3 * MINUTE_MS + SECOND_MS)
        page = (await desk.page("/sell")).text
        assert "Sales closed at 15:06" in page
        assert "still to go up" in page

    at_the_unit(scene, tmp_path)


def test_what_cannot_be_sold_stays_in_its_place_and_says_why(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        page = (await desk.page("/sell")).text
        assert "12 numbers left on this unit." in page
        assert "<small>12 numbers left</small>" in page
        assert "Offline since 11:06." not in page

    at_the_unit(scene, tmp_path, numbers=12)


def test_training_is_switched_on_and_off_and_looks_like_nothing_else(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        text = await follow(desk, await desk.page("/more/training", on="true"))
        assert "Practice jackpot" in text
        assert "TRAINING" in text
        training = next(event for event in await desk.get("/api/raffle/events") if event["training"])
        package = training["packages"][1]["package_id"]
        form = sale_form(desk, event_id=training["event_id"], package_id=package, received_minor="1000")
        assert "T 000 001 – T 000 010" in await follow(desk, await desk.page("/sell", **form))
        assert (await desk.page("/more/training", on="false")).status_code == 409
        desk.clock.forward(31 * SECOND_MS)
        assert "Home Opener" in await follow(desk, await desk.page("/more/training", on="false"))

    at_the_unit(scene, tmp_path)


def test_the_figure_counts_what_the_hub_told_and_what_it_did_not_yet_count(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        told = (desk.founded.event_id.bytes, 500, 1_000_000, desk.unit.writer.tip.seq, desk.clock.wall_ms)
        insert = (
            "INSERT INTO heard_total (event_id, sale_count, amount_minor, own_seq, heard_ms) VALUES (?, ?, ?, ?, ?)"
        )
        await desk.unit.writer.write(lambda db: db.execute(insert, told))
        await desk.sold()
        page = (await desk.page("/sell")).text
        assert "$5,005" in page
        assert "Jackpot at 11:06" in page

    at_the_unit(scene, tmp_path)


def test_before_any_event_the_page_says_what_happens_next(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.put(desk.founded.event(desk.founded.event_id, state="cancelled"))
        assert "No event sells now." in (await desk.page("/sell")).text
        opens = desk.clock.wall_ms + HOUR_MS
        await desk.put(desk.founded.event(desk.founded.event_id, sales_open_ms=opens))
        assert "open at 12:06" in (await desk.page("/sell")).text

    at_the_unit(scene, tmp_path)
