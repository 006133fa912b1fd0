"""A unit when the world fails: full disk, read-only database, no paper, power cut; nothing is lost or sold twice."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from edge.runtime.metrics import unit_metrics
from edge.runtime.spool import CUT_SHORT
from tests.support.unit import Desk, at_the_unit, found, running


def test_a_full_disk_says_so_and_loses_no_sale(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        size = founded.settings.database.stat().st_size
        async with running(founded, database_bytes_max=size + 65_536, printer="none") as desk:
            await desk.log_in()
            sold: list[str] = []
            while (answer := await desk.sell(0)).status_code == 201:
                sold.append(answer.json()["sale_id"])
                assert len(sold) < 500
            assert (answer.status_code, answer.json()["code"]) == (503, "storage.fault")
            assert sold
            page = await desk.page("/sell")
            assert "This unit stores no more sales." in page.text
            assert (await desk.unit.report()).holds == ("storage",)
            status = await desk.get("/api/sync/status")
            assert (status["selling"], [one["hold"] for one in status["stopped_by"]]) == (False, ["storage"])
            assert 'tillhouse_held{cause="storage"} 1' in await unit_metrics(desk.unit)
            await desk.unit.storage.look()
            assert not desk.unit.stores
        async with running(founded) as desk:
            await desk.log_in()
            (total,) = await desk.get("/api/raffle/totals")
            assert total["sale_count"] == len(sold)
            assert (await desk.sold(0))["draw_numbers"].startswith(f"{104_001 + 3 * len(sold):,}".replace(",", " "))
            assert "stores no more" not in (await desk.page("/sell")).text

    asyncio.run(play())


def test_a_read_only_database_refuses_the_sale_and_keeps_the_order(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.unit.writer.write(lambda db: db.execute("PRAGMA query_only = ON"))
        order = desk.order()
        answer = await desk.client.post("/api/raffle/sales", json=order)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage.fault")
        page = await desk.page("/sell", tender="cash", received_minor="2000", times="1", **order)
        assert page.status_code == 503
        assert "Nothing was sold" in page.text

    at_the_unit(scene, tmp_path)


def test_a_unit_comes_back_by_itself_once_there_is_room(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.unit.writer.write(lambda db: db.execute("PRAGMA max_page_count = 1"))  # as large as it is now
        desk.unit.storage.doubt()

        async def stopped() -> bool:
            return (await desk.unit.report()).holds == ("storage",)

        await desk.until(stopped)
        await desk.unit.writer.write(lambda db: db.execute("PRAGMA max_page_count = 1000000"))
        await desk.unit.storage.look()
        assert (await desk.unit.report()).holds == ()
        assert (await desk.get("/api/sync/status"))["selling"]
        assert await desk.unit.reader.values("SELECT cause FROM hold") == []

    at_the_unit(scene, tmp_path)


def test_without_paper_selling_goes_on_and_tickets_print_later(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": "paper_out"})

        async def out() -> bool:
            return bool((await desk.get("/api/devices/printer"))["state"] == "paper_out")

        await desk.until(out)
        first, second = await desk.sold(), await desk.sold()
        assert (first["paper"], second["paper"]) == ("waiting", "waiting")
        assert "Paper is out." in (await desk.page("/sell")).text
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": ""})
        papers = await desk.until_paper(2)
        assert [first["position"] in papers[0], second["position"] in papers[1]] == [True, True]
        assert not any("REPRINT" in paper for paper in papers)
        assert (await desk.get(f"/api/raffle/sales/{first['sale_id']}"))["paper"] == "printed"

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize(
    ("trouble", "state", "sentence", "act"),
    [
        ("cover_open", "cover_open", "cover is open.", "Close it"),
        ("cutter_jam", "error", "The printer reports an error.", "Look for jammed paper"),
    ],
)
def test_a_seller_is_told_what_is_wrong_with_the_printer_and_what_to_do(
    tmp_path: Path, trouble: str, state: str, sentence: str, act: str
) -> None:
    async def scene(desk: Desk) -> None:
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": trouble})

        async def so() -> bool:
            return bool((await desk.get("/api/devices/printer"))["state"] == state)

        await desk.until(so)
        shown = (await desk.page("/sell")).text
        assert (sentence in shown, act in shown) == (True, True)

    at_the_unit(scene, tmp_path)


def test_a_ticket_cut_short_is_printed_again_and_says_reprint(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": "paper_ends"})
        sale = await desk.sold()

        async def cut() -> bool:
            return (await desk.unit.spool.states([UUID(sale["sale_id"])])).popitem()[1] == "interrupted"

        await desk.until(cut)
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": ""})
        papers = await desk.until_paper(2)
        assert "REPRINT" in papers[-1]
        assert sale["position"] in papers[-1]

    at_the_unit(scene, tmp_path)


def test_a_restart_keeps_the_sale_and_its_ticket(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        async with running(founded, printer="none") as desk:
            await desk.log_in()
            waiting, begun = await desk.sold(), await desk.sold()
            await desk.unit.spool.begin((await _job_ids(desk))[1])
        async with running(founded) as desk:
            await desk.log_in()
            papers = await desk.until_paper(2)
            assert [waiting["position"] in papers[0], "REPRINT" in papers[0]] == [True, False]
            assert [begun["position"] in papers[1], "REPRINT" in papers[1]] == [True, True]
            assert len(await desk.get(f"/api/raffle/sales?event_id={founded.event_id}")) == 2

    asyncio.run(play())


async def _job_ids(desk: Desk) -> list[UUID]:
    return [UUID(bytes=row[0]) for row in await desk.unit.reader.values("SELECT job_id FROM spool_job ORDER BY rowid")]


def test_an_undone_sale_that_waits_for_paper_is_never_printed(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        async with running(founded, printer="none") as desk:
            await desk.log_in()
            sale = await desk.sold()
            undo = f"/api/raffle/sales/{sale['sale_id']}/undo"
            assert (await desk.client.post(undo, json={"command_id": str(uuid4())})).status_code == 200
            kept = await desk.sold()
        async with running(founded) as desk:
            (paper,) = await desk.until_paper(1)
            assert kept["position"] in paper

    asyncio.run(play())


def test_a_ticket_begun_before_its_undo_is_not_printed_again(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold()
        (job_id,) = await _job_ids(desk)
        assert await desk.unit.spool.begin(job_id)
        undo = f"/api/raffle/sales/{sale['sale_id']}/undo"
        await desk.client.post(undo, json={"command_id": str(uuid4())})
        await desk.unit.writer.write(lambda db: db.execute(CUT_SHORT))
        assert await desk.unit.spool.next_job() is None
        assert await desk.unit.spool.unprinted() == 0

    at_the_unit(scene, tmp_path, printer="none")
