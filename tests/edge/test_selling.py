"""Sales at a unit without a hub, by the API: money, numbers, undo, and what is refused."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.kernel.clock import HOUR_MS, SECOND_MS
from tests.support.unit import Desk, at_the_unit


def usd(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "USD"}


def test_a_cash_sale_gives_change_numbers_and_a_ticket_on_paper(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold(received_minor=2_000)
        assert (sale["amount"], sale["received"], sale["change"]) == (usd(1_000), usd(2_000), usd(1_000))
        assert sale["draw_numbers"] == "104 001 – 104 010"
        (paper,) = await desk.until_paper(1)
        for words in (
            "HOME OPENER 50/50",
            "Harbour Stand, Quayside Park",
            "$10.00 cash",
            sale["position"],
            "RAF-2291847",
        ):
            assert words in paper

    at_the_unit(scene, tmp_path)


def test_without_an_amount_the_buyer_gave_exactly_the_price(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold(times=3)
        assert (sale["amount"], sale["change"], sale["ticket_count"]) == (usd(3_000), usd(0), 30)

    at_the_unit(scene, tmp_path)


def test_a_card_sale_keeps_the_terminals_reference(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold(tender="card", reference=" A-10482 ")
        assert (sale["tender"], sale["reference"], sale["change"]) == ("card", "A-10482", usd(0))

    at_the_unit(scene, tmp_path)


def test_the_own_last_sale_is_undone_once_and_its_numbers_are_not_sold_again(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold()
        undo = f"/api/raffle/sales/{sale['sale_id']}/undo"
        answer = await desk.client.post(undo, json={"command_id": str(uuid4())})
        assert (answer.status_code, answer.json()["voided"]) == (200, True)
        again = await desk.client.post(undo, json={"command_id": str(uuid4())})
        assert (again.status_code, again.json()["code"]) == (409, "raffle.already_void")
        assert (await desk.sold())["draw_numbers"] == "104 011 – 104 020"
        (total,) = await desk.get("/api/raffle/totals")
        assert (total["sale_count"], total["amount"]) == (1, usd(1_000))

    at_the_unit(scene, tmp_path)


def test_after_thirty_seconds_a_sale_is_not_undone(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold()
        desk.clock.forward(31 * SECOND_MS)
        undo = f"/api/raffle/sales/{sale['sale_id']}/undo"
        answer = await desk.client.post(undo, json={"command_id": str(uuid4())})
        assert (answer.status_code, answer.json()["code"]) == (409, "raffle.undo_too_late")

    at_the_unit(scene, tmp_path)


def test_one_order_sent_twice_is_one_sale(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        order = desk.order()
        first = (await desk.client.post("/api/raffle/sales", json=order)).json()
        second = (await desk.client.post("/api/raffle/sales", json=order)).json()
        assert first["sale_id"] == second["sale_id"]
        other = await desk.client.post("/api/raffle/sales", json=order | {"times": 2})
        assert (other.status_code, other.json()["code"]) == (409, "command.reused")
        assert len(await desk.until_paper(1)) == 1

    at_the_unit(scene, tmp_path)


ABSURD: tuple[tuple[dict[str, Any], int], ...] = (
    ({"times": 0}, 422),
    ({"times": -1}, 422),
    ({"times": "1e9"}, 422),
    ({"times": "9" * 400}, 422),
    ({"times": 21}, 422),
    ({"times": "١"}, 422),
    ({"times": 1.5}, 422),
    ({"times": None}, 422),
    ({"tender": "gold"}, 422),
    ({"tender": ""}, 422),
    ({"received_minor": -5}, 422),
    ({"received_minor": "ten"}, 422),
    ({"received_minor": 10**30}, 422),
    ({"received_minor": 999}, 409),
    ({"received_minor": 900_000_000}, 409),
    ({"received": "12.345"}, 422),
    ({"received": "12,50"}, 422),
    ({"received": "\x00"}, 422),
    ({"received": "5"}, 409),
    ({"tender": "card"}, 409),
    ({"tender": "card", "reference": "12"}, 409),
    ({"tender": "card", "reference": "ab\x07cd"}, 409),
    ({"tender": "card", "reference": "x" * 5_000}, 409),
    ({"command_id": ""}, 422),
    ({"command_id": "1"}, 422),
    ({"event_id": "nothing"}, 422),
    ({"event_id": str(uuid4())}, 409),
    ({"package_id": "'; drop table raffle_sale"}, 422),
    ({"package_id": str(uuid4())}, 409),
    ({"package_id": []}, 422),
    ({"event_id": {}}, 422),
)


@pytest.mark.parametrize(("changes", "status"), ABSURD)
def test_an_absurd_order_gets_a_sentence_and_sells_none(tmp_path: Path, changes: dict[str, Any], status: int) -> None:
    async def scene(desk: Desk) -> None:
        answer = await desk.sell(**changes)
        assert answer.status_code == status, answer.text
        problem = answer.json()
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert problem["status"] == status
        assert problem["code"]
        assert len(problem["detail"]) < 250
        assert await desk.get("/api/raffle/totals") == []

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"times":' + b"[" * 500])
def test_a_body_that_is_no_order_is_answered_422(tmp_path: Path, body: bytes) -> None:
    async def scene(desk: Desk) -> None:
        headers = {"content-type": "application/json"}
        answer = await desk.client.post("/api/raffle/sales", content=body, headers=headers)
        assert answer.status_code == 422, answer.text

    at_the_unit(scene, tmp_path)


def test_a_sale_after_close_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.forward(4 * HOUR_MS)
        await desk.log_in()
        answer = await desk.sell()
        assert (answer.status_code, answer.json()["code"]) == (409, "raffle.closed")
        assert answer.json()["detail"] == "Sales closed at 15:06. Show the buyer the board."

    at_the_unit(scene, tmp_path)


def test_an_exhausted_lease_sells_what_fits_and_then_nothing(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        few = await desk.sell(2)
        assert (few.status_code, few.json()["code"]) == (409, "raffle.few_numbers")
        assert "Only 12 numbers left" in few.json()["detail"]
        await desk.sold(1)
        assert "1 " not in (await desk.get("/api/raffle/events"))[0]["name"]
        gone = await desk.sell(0)
        assert gone.json()["code"] == "raffle.few_numbers"

    at_the_unit(scene, tmp_path, numbers=12)


def test_no_numbers_at_all_sends_the_seller_to_the_counter(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold(1)
        answer = await desk.sell(1)
        assert (answer.status_code, answer.json()["code"]) == (409, "raffle.no_numbers")

    at_the_unit(scene, tmp_path, numbers=10)


def test_a_sale_over_two_leases_shows_both_ranges(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.unit.writer.handle(desk.founded.lease(desk.founded.event_id, 500_001, 100))
        sale = await desk.sold(1)
        assert sale["draw_numbers"] == "104 001 – 104 007, 500 001 – 500 003"
        (paper,) = await desk.until_paper(1)
        assert "500 001 - 500 003" in paper

    at_the_unit(scene, tmp_path, numbers=7)


def test_training_is_never_in_another_events_figures(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        training = next(event for event in await desk.get("/api/raffle/events") if event["training"])
        package = training["packages"][2]["package_id"]
        sale = await desk.sold(event_id=training["event_id"], package_id=package)
        assert sale["ranges"] == [[1, 40]]
        totals = {total["event_id"]: total["amount"] for total in await desk.get("/api/raffle/totals")}
        assert totals == {str(desk.founded.event_id): usd(1_000), training["event_id"]: usd(2_000)}
        papers = await desk.until_paper(2)
        assert papers[1].count("TRAINING") >= 2
        assert "TRAINING" not in papers[0]

    at_the_unit(scene, tmp_path)


def test_a_seller_always_sees_the_sale_just_made_whatever_else_is_read(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        async def read_on() -> None:
            while True:
                await desk.unit.spool.next_job()
                await desk.unit.numbers_left(desk.founded.event_id)

        readers = [asyncio.create_task(read_on()) for _ in range(4)]
        try:
            for _ in range(40):
                await desk.sold(0)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    at_the_unit(scene, tmp_path)
