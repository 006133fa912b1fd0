"""No ticket counts as printed where no paper is, and no seller makes the unit write where no printer is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.discovery.found import Found
from edge.runtime.station import Station
from firmware_profiles import load_printer
from shared.domain.devices.state import ROLES
from tests.edge.desks import SUPERVISOR, add, at_the_desks, change, devices, nothing_around, stuck, until_state, virtual
from tests.support.unit import Desk

GIVES_NO_PAPER, PROVES_NOTHING = "edge.device_gives_no_paper", "edge.device_proves_nothing"
BY_SUPERVISOR, INTO_FOLDER = "edge.device_line_by_supervisor", "edge.device_line_into_folder"


@asynccontextmanager
async def paper_printer() -> AsyncIterator[str]:
    """A printer with paper on the network; its line."""
    printer = VirtualPrinter(load_printer("virtual-58"))
    port = await printer.start()
    try:
        yield f"tcp:{HOST}:{port}"
    finally:
        await printer.stop()


async def first_and_office(desk: Desk, folder: Path) -> tuple[UUID, UUID]:
    """The ticket printer, and one for reports that proves nothing."""
    (first,) = (await devices(desk)).values()
    office = await add(desk, "Office", "report", profile="generic-80", line=f"file:{folder / 'paper'}")
    return UUID(first["device_id"]), office


async def ask(desk: Desk, line: str, **order: Any) -> Response:
    """Ask a device by the API."""
    return await desk.client.post("/api/devices/ask", json={"line": line, "profile": "virtual-58"} | order)


async def in_rows(desk: Desk, statement: str, *values: object) -> None:
    """Devices as an earlier version stored them."""
    await desk.unit.writer.write(lambda db: db.execute(statement, values))
    await desk.unit.follow_devices()


def serving(desk: Desk, role: str) -> Station | None:
    """Where slips of a role come out now."""
    return desk.unit.desk.serving(role)


def code(answer: Response) -> str:
    """By what a request was refused."""
    found: str = answer.json()["code"]
    return found


def test_only_a_printer_that_proves_tickets_is_offered_to_stand_in_for_them(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first, office = await first_and_office(desk, tmp_path)
        spare = await add(desk, "Spare")
        page = (await desk.page(f"/devices/{first}/change")).text
        assert (str(office) in page, str(spare) in page) == (False, True)
        refused = await desk.client.patch(f"/api/devices/{first}", json={"fallback_id": str(office)})
        assert (refused.status_code, code(refused)) == (409, PROVES_NOTHING)
        assert "Office cannot stand in" in refused.json()["detail"]
        await change(desk, spare, fallback_id=str(office))  # reports may go anywhere, and so may nothing

    at_the_desks(scene, tmp_path / "unit", nothing_around(tmp_path))


def test_tickets_wait_rather_than_go_where_nothing_is_proved(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first, office = await first_and_office(desk, tmp_path)
        await in_rows(desk, "UPDATE devices_device SET fallback_id = ? WHERE device_id = ?", office.bytes, first.bytes)
        await until_state(desk, first, "ready")
        virtual(desk, first).take_paper()
        await stuck(desk, first, "paper_out")
        await desk.sold()
        assert serving(desk, "ticket") is desk.unit.desk.stations[first]
        assert "ticket" not in desk.unit.desk.roles(office)
        assert "Then no printer prints tickets" in (await desk.page(f"/devices/{first}/remove")).text
        assert (await desk.client.delete(f"/api/devices/{first}")).status_code == 204
        assert (await devices(desk))["Office"]["roles"] == ["report"]
        await in_rows(desk, "UPDATE devices_device SET roles = 'ticket,report' WHERE device_id = ?", office.bytes)
        assert serving(desk, "ticket") is None
        assert serving(desk, "report") is desk.unit.desk.stations[office]
        assert await desk.unit.spool.unprinted(ROLES) == 1

    at_the_desks(scene, tmp_path / "unit", nothing_around(tmp_path))


@pytest.mark.parametrize("who", ["Mara Kovač", SUPERVISOR])
def test_nobody_swaps_a_printer_with_paper_for_a_picture(tmp_path: Path, who: str) -> None:
    async def scene(desk: Desk) -> None:
        (first,) = (await devices(desk)).values()
        async with paper_printer() as line:
            till = await add(desk, "Till", "ticket", line=line)
            await desk.log_in(who)
            assert "Virtual printer" not in (await desk.page(f"/devices/{till}/swap")).text
            assert "Virtual printer" in (await desk.page(f"/devices/{first['device_id']}/swap")).text
            tap = {"line": "virtual", "kind": "printer", "profile": "virtual-58"}
            tapped = await desk.page(f"/devices/{till}/swap", **tap)
            assert (tapped.status_code, "gives no paper" in tapped.text) == (409, True)
            key = (await ask(desk, "virtual")).json()["key"]
            swapped = await desk.client.post(f"/api/devices/{till}/swap", json={"key": key, "anyway": True})
            assert (swapped.status_code, code(swapped)) == (409, GIVES_NO_PAPER)
            assert (await devices(desk))["Till"]["line"] == line

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_virtual_printer_takes_tickets_from_paper_only_if_somebody_says_so(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        async with paper_printer() as line:
            await add(desk, "Till", "ticket", line=line)
            await add(desk, "Practice", "report")
            tap = {"line": "virtual", "kind": "printer", "profile": "virtual-58"}
            met = (await desk.page("/devices/add", **tap)).headers["location"]
            assert "Add it all the same" not in (await desk.page(met)).text
            refused = await desk.page(met, name="Picture", ticket="true")
            assert (refused.status_code, "Add it all the same" in refused.text) == (409, True)
            assert (await devices(desk))["Till"]["roles"] == ["ticket"]
            assert (await desk.page(met, name="Picture", ticket="true", anyway="true")).status_code == 303
            assert (await devices(desk))["Picture"]["roles"] == ["ticket"]

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_seller_asks_what_was_found_and_no_line_that_leads_elsewhere(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        paper = f"file:{tmp_path / 'paper'}"
        first, _ = await first_and_office(desk, tmp_path / "dev")
        key = (await ask(desk, paper, profile="generic-80")).json()["key"]
        await desk.log_in()
        for line, kind in ((paper, "printer"), ("cups:office", "printer"), ("hid:/dev/input/event0", "scanner")):
            answer = await ask(desk, line, kind=kind)
            assert (answer.status_code, code(answer)) == (403, BY_SUPERVISOR)
        tapped = await desk.page(f"/devices/{first}/swap", line=paper, model="printer:generic-80", by_hand="true")
        assert (tapped.status_code, "Only a supervisor types this line" in tapped.text) == (403, True)
        swapped = await desk.client.post(f"/api/devices/{first}/swap", json={"key": key})
        assert (swapped.status_code, code(swapped)) == (403, BY_SUPERVISOR)
        assert (await ask(desk, f"serial:{tmp_path / 'ttyUSB0'}")).status_code == 200
        desk.unit.meetings.found = (Found("printer", "Old printer", paper, ("generic-80",), "by a cable"),)
        assert (await ask(desk, paper, profile="generic-80")).status_code == 200

    (tmp_path / "dev").mkdir()
    at_the_desks(scene, tmp_path / "unit", nothing_around(tmp_path))


def test_nobody_makes_the_unit_write_into_its_own_folder(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.log_in(SUPERVISOR)
        folder = tmp_path / "unit"
        (tmp_path / "link").symlink_to(folder)
        before = desk.unit.settings.key_file.read_bytes()
        for line in (
            f"file:{folder}/node.key",
            f"file:{tmp_path}/link/node.key",
            f"file:{tmp_path}/nowhere/../unit/node.key",
            f"serial:{folder}/node.key@9600",
            f"serial:{folder}/node.key",
        ):
            answer = await ask(desk, line)
            assert (answer.status_code, code(answer)) == (409, INTO_FOLDER)
        assert desk.unit.settings.key_file.read_bytes() == before

    at_the_desks(scene, tmp_path / "unit", nothing_around(tmp_path))


def test_a_scanner_takes_the_place_of_no_printer(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        (first,) = (await devices(desk)).values()
        key = (await ask(desk, "virtual", kind="scanner", profile="virtual-scanner")).json()["key"]
        swapped = await desk.client.post(f"/api/devices/{first['device_id']}/swap", json={"key": key})
        assert (swapped.status_code, code(swapped)) == (409, "edge.device_not_possible")

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))
