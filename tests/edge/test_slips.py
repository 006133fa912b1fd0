"""What comes out beside a ticket, and what stands on it: logo and lines, counterfoils, refund receipts, reports."""

import asyncio
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import zxingcpp
from PIL import Image, ImageChops

from shared.domain.identity.rows import SlipTextRow
from shared.paper.logo import dots_on
from tests.edge.desks import (
    SUPERVISOR,
    add,
    at_the_desks,
    change,
    devices,
    until_state,
    until_tickets,
    virtual,
)
from tests.support.logos import one_bit_logo
from tests.support.unit import Desk, at_the_unit

LINES = "Charity no. 1182204\nLicensed by Harbour City"
HELP = "Help: 0808 8020 133"


def _slip_text(desk: Desk, logo: bytes = b"") -> SlipTextRow:
    """What head office set, as the feed brings it."""
    return SlipTextRow(owner=desk.founded.feeder, logo=logo, licence_lines=LINES, responsible_line=HELP)


async def _undo(desk: Desk, sale: dict[str, Any]) -> None:
    answer = await desk.client.post(f"/api/raffle/sales/{sale['sale_id']}/undo", json={"command_id": str(uuid4())})
    assert answer.status_code == 200, answer.text


async def _all_printed(desk: Desk) -> None:
    """Wait until nothing is on its way to paper, test prints neither."""

    async def so() -> bool:
        return await desk.unit.spool.unprinted() == 0

    await desk.until(so)


def test_what_head_office_sets_stands_on_the_next_ticket_and_without_it_nothing_changes(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        await desk.put(_slip_text(desk, logo := one_bit_logo()))
        await desk.sold()
        before, after = await desk.until_paper(2)
        assert "Charity" not in before
        assert after.index("RAF-2291847") < after.index("Charity no. 1182204") < after.index("DRAW NUMBERS")
        assert after.index("rovers.example/5050") < after.index(HELP)
        printer = desk.unit.desk.virtual()
        assert printer is not None
        paper = printer.slips[-1].picture().convert("L")
        dots = dots_on(logo, 384)
        top = next(
            row for row in range(paper.height) if paper.crop((0, row, paper.width, row + 1)).getextrema()[0] == 0
        )
        left = (paper.width - dots.width) // 2
        printed = paper.crop((left, top, left + dots.width, top + dots.height)).point([255] + [0] * 255)
        assert ImageChops.difference(printed, dots.convert("L")).getbbox() is None, "the logo, dot by dot"

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize("logo", [b"no picture", one_bit_logo()[:90]], ids=["noise", "torn"])
def test_no_ticket_waits_for_a_logo_that_cannot_be_read(tmp_path: Path, logo: bytes) -> None:
    async def scene(desk: Desk) -> None:
        await desk.put(_slip_text(desk, logo))
        await desk.sold()
        assert HELP in (await desk.until_paper(1))[0]

    at_the_unit(scene, tmp_path)


def test_each_number_has_one_counterfoil_on_the_printer_that_makes_them(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        drum = await add(desk, "Drum", "counterfoil")
        await desk.log_in("Mara Kovač")
        sale = await desk.sold(0)
        stubs = await until_tickets(desk, virtual(desk, drum), 3)
        first, _ = sale["ranges"][0]
        numbers = [
            int(match[1].replace(" ", "")) for stub in stubs if (match := re.search(r"^ *(\d{3} \d{3}) *$", stub, re.M))
        ]
        assert numbers == [first, first + 1, first + 2]
        for place, stub in enumerate(stubs, start=1):
            for field in (
                "HOME OPENER 50/50",
                "Harbour Stand",
                f"{place} of 3",
                "$5.00 for 3",
                sale["position"],
                sale["chain"],
            ):
                assert field in stub
            assert "Mara" not in stub, "a drum is opened before an audience"
        heights = {slip.picture().height for slip in virtual(desk, drum).slips if "COUNTERFOIL" in slip.text}
        assert len(heights) == 1, "all of one size (GLI-31 2.4.1)"
        assert (await desk.get(f"/api/raffle/sales/{sale['sale_id']}"))["paper"] == "printed"

    at_the_desks(scene, tmp_path)


def test_a_counterfoil_cut_short_waits_for_a_supervisor_and_then_says_reprint(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        drum = await add(desk, "Drum", "counterfoil")
        await desk.log_in("Mara Kovač")
        await _all_printed(desk)
        virtual(desk, drum).power_fails_after(150)
        await desk.sold(0)
        await until_state(desk, drum, "absent")
        await virtual(desk, drum).repair()

        async def asked() -> bool:
            return bool(await desk.unit.spool.held())

        await desk.until(asked)
        (held,) = await desk.unit.spool.held()
        assert held.role == "counterfoil"
        again = {"job_id": str(held.job_id), "answer": "again"}
        shown = (await desk.page("/devices/asked")).text
        assert re.search(r"Number 104\s00[123]\b", shown), "the number that nobody knows of, not all of the sale"
        refused = await desk.client.post("/api/devices/held", json=again)
        assert (refused.status_code, refused.json()["code"]) == (409, "devices.supervisor_needed")
        await desk.log_in(SUPERVISOR)
        assert (await desk.client.post("/api/devices/held", json=again)).status_code == 200
        stubs = await until_tickets(desk, virtual(desk, drum), 3)
        assert sum("REPRINT" in stub for stub in stubs) == 1, "of three numbers one came out anew, and says so"

    at_the_desks(scene, tmp_path)


def test_a_ticket_that_came_out_is_taken_back_by_a_slip_and_one_that_did_not_is_not(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold(0)
        await desk.until_paper(1)
        await _undo(desk, sale)
        slip = (await desk.until_paper(2))[1]
        lines = [line.strip() for line in slip.splitlines() if line.strip()]
        assert (lines[0], lines[-1]) == ("VOID", "VOID")
        for field in ("REFUND RECEIPT", "$5.00 cash", "104 001 - 104 003", sale["position"], sale["chain"]):
            assert field in slip
        answer = await desk.page("/till")
        assert "1 void" in answer.text
        printer = desk.unit.desk.virtual()
        assert printer is not None
        printer.take_paper()

        async def out_of_paper() -> bool:
            return desk.unit.desk.status.state.value == "paper_out"

        await desk.until(out_of_paper)
        await _undo(desk, await desk.sold(0))
        await printer.repair()
        last = await desk.sold(0)
        papers = await desk.until_paper(3)
        assert last["position"] in papers[2], "nobody held the ticket before it, so nothing takes it back"
        assert len(papers) == 3

    at_the_unit(scene, tmp_path)


def test_a_unit_whose_printers_make_no_receipts_queues_none(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        printer = (await devices(desk))["Printer"]["device_id"]
        await change(desk, printer, roles=["ticket"])
        sale = await desk.sold(0)
        await desk.until_paper(1)
        await _undo(desk, sale)
        assert await desk.unit.spool.unprinted() == 0
        assert len(await desk.papers()) == 1

    at_the_desks(scene, tmp_path)


def test_a_seller_prints_their_day_once_however_often_they_tap(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold(0)
        undone = await desk.sold(0)
        await _undo(desk, undone)
        refused = await desk.client.post("/api/raffle/report", json={"command_id": str(uuid4())})
        assert (refused.status_code, refused.json()["code"]) == (409, "raffle.no_report_printer")
        assert "No printer here prints reports" in (await desk.page("/till/report")).text
        office = await add(desk, "Office", "report", profile="virtual-80")
        await desk.log_in("Mara Kovač")
        assert "Print it on Office" in (await desk.page("/till/report")).text
        command_id = str(uuid4())
        taps = [desk.page("/till/report", command_id=command_id) for _ in range(2)]
        assert [tap.status_code for tap in await asyncio.gather(*taps)] == [303, 303]
        assert (await desk.page("/till/report", command_id=command_id)).status_code == 303
        (report,) = await until_tickets(desk, virtual(desk, office), 1)
        told = (await desk.get("/api/raffle/report"))["parts"]
        assert [(part["person"], part["sales"], part["tickets"], part["total"]) for part in told] == [
            ("Mara Kovač", 1, 3, "$5.00")
        ]
        for field in ("TILL REPORT", "Home Opener 50/50", "$5.00", "Voids (1)", undone["position"]):
            assert field in report
        assert (await desk.client.get("/api/raffle/report/picture")).headers["content-type"] == "image/png"

    at_the_desks(scene, tmp_path)


def test_only_a_supervisor_sees_what_everybody_sold(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold(0)
        refused = await desk.client.get("/api/raffle/report?everybody=true")
        assert (refused.status_code, refused.json()["code"]) == (403, "raffle.report_by_supervisor")
        await desk.log_in(SUPERVISOR)
        await desk.sold(1)
        parts = (await desk.get("/api/raffle/report?everybody=true"))["parts"]
        assert [(part["person"], part["cash"]) for part in parts] == [
            ("Ines Duarte", "$10.00"),
            ("Mara Kovač", "$5.00"),
        ]
        assert [part["person"] for part in (await desk.get("/api/raffle/report"))["parts"]] == ["Ines Duarte"]
        assert "Report of everybody here" in (await desk.page("/till/report")).text

    at_the_unit(scene, tmp_path)


def test_every_slip_can_be_looked_at_before_it_comes_out(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        page = (await desk.page("/devices/slips")).text
        assert "Comes out of Printer." in page
        assert "No printer has this role" in page
        sizes = {}
        for kind in ("ticket", "counterfoil", "receipt", "report"):
            for paper_mm in (0, 58, 80):
                answer = await desk.client.get(f"/api/devices/slips/{kind}?paper_mm={paper_mm}")
                assert answer.status_code == 200, answer.text
                sizes[kind, paper_mm] = Image.open(BytesIO(answer.content))
        assert sizes["ticket", 0].width == sizes["ticket", 58].width < sizes["ticket", 80].width
        (code,) = zxingcpp.read_barcodes(sizes["ticket", 58].convert("L"))
        assert code.text.startswith("SAMPLE-NOT-SOLD")
        tall = sizes["ticket", 58].height
        await desk.put(_slip_text(desk, one_bit_logo()))
        again = await desk.client.get("/devices/slips/ticket/58")
        assert Image.open(BytesIO(again.content)).height > tall
        assert (await desk.client.get("/api/devices/slips/parrot")).status_code == 404

    at_the_unit(scene, tmp_path)
