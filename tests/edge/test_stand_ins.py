"""Who may stand in for whom: never a picture for paper; and what stands as it was hinders no other change."""

from pathlib import Path

from edge.web.devices.orders import GivesNoPaper, ProvesNothing
from tests.edge.desks import (
    SUPERVISOR,
    add,
    at_the_desks,
    change,
    devices,
    nothing_around,
    stuck,
    tickets,
    until_printed,
    until_state,
    virtual,
)
from tests.edge.test_device_guards import first_and_office, in_rows, paper_printer, serving
from tests.support.unit import Desk

FALLBACK = "UPDATE devices_device SET fallback_id = ? WHERE device_id = ?"


def test_a_virtual_printer_is_refused_as_a_stand_in_for_one_with_paper(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        async with paper_printer() as line:
            till = await add(desk, "Till", "ticket", line=line)
            picture = await add(desk, "Picture", "report")
            assert f'value="{picture}"' not in (await desk.page(f"/devices/{till}/change")).text
            order = {"fallback_id": str(picture)}
            refused = await desk.client.patch(f"/api/devices/{till}", json=order)
            assert (refused.status_code, refused.json()["code"]) == (409, GivesNoPaper.code)
            assert "Picture cannot stand in for Till" in refused.json()["detail"]
            form = {"name": "Till", "ticket": "true", "fallback_id": str(picture)}
            shown = await desk.page(f"/devices/{till}/change", **form)
            assert (shown.status_code, "gives no paper" in shown.text) == (409, True)
            await change(desk, picture, fallback_id=str(till))
            (first,) = [one for one in (await devices(desk)).values() if one["name"] == "Printer"]
            await change(desk, first["device_id"], fallback_id=str(picture))  # one for practice, for another

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_what_an_earlier_version_stored_prints_no_ticket_on_a_screen(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        async with paper_printer() as line:
            till = await add(desk, "Till", "ticket", line=line)
            picture = await add(desk, "Picture", "report")
            await until_state(desk, till, "ready")
            await until_printed(desk)
            await in_rows(desk, FALLBACK, picture.bytes, till.bytes)
        await stuck(desk, till, "absent")
        await desk.sold()
        assert serving(desk, "ticket") is desk.unit.desk.stations[till]
        assert (await devices(desk))["Till"]["waiting"] == 1
        assert "Then no printer prints tickets" in (await desk.page(f"/devices/{till}/remove")).text
        assert (await desk.client.delete(f"/api/devices/{till}")).status_code == 204
        assert (await devices(desk))["Picture"]["roles"] == ["report"]
        assert tickets(virtual(desk, picture)) == []

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_stand_in_that_proves_nothing_hinders_no_other_change(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first, office = await first_and_office(desk, tmp_path)
        await in_rows(desk, FALLBACK, office.bytes, first.bytes)
        assert (await change(desk, first, name="Bar"))["name"] == "Bar"
        assert (await change(desk, first, roles=["ticket"]))["roles"] == ["ticket"]
        assert (await change(desk, first, in_service=False))["in_service"] is False
        shown = await desk.page(f"/devices/{first}/change")
        assert f'value="{office}" selected' in shown.text
        more = await desk.client.patch(f"/api/devices/{first}", json={"roles": ["ticket", "counterfoil"]})
        assert (more.status_code, more.json()["code"]) == (409, ProvesNothing.code)
        assert (await change(desk, first, fallback_id=None))["fallback_id"] is None
        await desk.log_in(SUPERVISOR)
        again = await desk.client.patch(f"/api/devices/{first}", json={"fallback_id": str(office)})
        assert again.status_code == 409

    at_the_desks(scene, tmp_path / "unit", nothing_around(tmp_path))


def test_a_printer_that_could_not_have_its_roles_today_keeps_them_and_gets_no_more(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        _, office = await first_and_office(desk, tmp_path)
        await in_rows(desk, "UPDATE devices_device SET roles = 'receipt,report' WHERE device_id = ?", office.bytes)
        assert (await change(desk, office, name="Back office"))["roles"] == ["receipt", "report"]
        more = await desk.client.patch(f"/api/devices/{office}", json={"roles": ["ticket", "receipt"]})
        assert more.status_code == 409

    at_the_desks(scene, tmp_path / "unit", nothing_around(tmp_path))
