"""A cash drawer at a unit: it opens with each cash sale, once, and for a reason that somebody gives; all is logged."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared.kernel.clock import MINUTE_MS, clock_text
from tests.edge.desks import SUPERVISOR, at_the_desks, change, devices, nothing_around, until_state, virtual
from tests.support.unit import Desk, found, running

LOG = "SELECT sale_id IS NOT NULL, reason FROM devices_drawer_opening ORDER BY seq"


async def add_drawer(desk: Desk, line: str = "", profile: str = "virtual-drawer") -> UUID:
    """Three taps of a supervisor: the list, the drawer of its first printer, the button."""
    await desk.log_in(SUPERVISOR)
    printer = (await devices(desk))["Printer"]["device_id"]
    await until_state(desk, printer, "ready")
    assert "Cash drawer at Printer" in (await desk.page("/devices/add")).text
    tapped = {"line": line or f"printer:{printer}:2", "kind": "drawer", "profile": profile}
    met = (await desk.page("/devices/add", **tapped)).headers["location"]
    assert "Cash drawer" in (await desk.page(met)).text
    stored = await desk.page(met, name="Drawer")
    assert stored.status_code == 303, stored.text
    return UUID(stored.headers["location"].rsplit("/", 1)[1])


async def log(desk: Desk) -> list[tuple[Any, ...]]:
    """Each opening in the journal's rows: with a sale or not, and the reason."""
    return await desk.unit.reader.values(LOG)


async def until_pulses(desk: Desk, count: int) -> None:
    """Wait until the virtual printer was told so often to open the drawer."""
    printer = desk.unit.desk.virtual()
    assert printer is not None

    async def so() -> bool:
        return len(printer.pulses) >= count

    await desk.until(so)
    assert len(printer.pulses) == count


def test_a_newcomer_adds_a_drawer_in_three_taps_and_it_opens_with_a_cash_sale_and_no_other(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        drawer = await add_drawer(desk)
        page = (await desk.page(f"/devices/{drawer}")).text
        assert "Opens with each cash sale" in page
        assert "Printer, pin 2" in page
        await desk.sold()
        await until_pulses(desk, 1)
        assert await log(desk) == [(1, "")]
        (pulse,) = (await desk.get("/api/devices/virtual-printer"))["pulses"]
        assert pulse == {"pin": 2, "on_ms": 100, "off_ms": 400}

        async def seen_open() -> bool:
            return bool((await devices(desk))["Drawer"]["is_open"])

        await desk.until(seen_open)
        assert "Push it shut" in (await desk.page(f"/devices/{drawer}")).text
        assert (await desk.page(f"/devices/{drawer}/shut", yes="1")).status_code == 303
        assert (await desk.get("/api/devices/virtual-printer"))["drawer_open"] is False

        async def seen_shut() -> bool:
            return (await devices(desk))["Drawer"]["is_open"] is False

        await desk.until(seen_shut)
        await desk.sold(tender="card", reference="TERM 1")
        await desk.sold()
        await until_pulses(desk, 2)
        assert await log(desk) == [(1, ""), (1, "")]
        assert "Opened with a sale" in (await desk.page(f"/devices/{drawer}")).text

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_drawer_opens_without_a_sale_only_for_a_reason_that_somebody_gives(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        drawer = await add_drawer(desk)
        await desk.log_in("Mara Kovač")
        asked = (await desk.page(f"/devices/{drawer}/open")).text
        assert "Give change" in asked
        refused = await desk.page(f"/devices/{drawer}/open", words="x")
        assert refused.status_code == 409
        assert "Write in at least 3 letters why you open it." in refused.text
        assert 'value="x"' in refused.text, "what was typed stays"
        assert await log(desk) == []
        opened = await desk.page(f"/devices/{drawer}/open", reason="Give change")
        assert opened.status_code == 303, opened.text
        assert (await desk.page(f"/devices/{drawer}/open", words="Rent of the band")).status_code == 303
        await until_pulses(desk, 2)
        assert await log(desk) == [(0, "Give change"), (0, "Rent of the band")]
        page = (await desk.page(f"/devices/{drawer}")).text
        assert "Opened without a sale" in page
        assert "Give change · Mara Kovač" in page
        assert "Open the cash drawer without a sale" in (await desk.page("/more")).text

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_an_order_that_is_sent_again_opens_the_drawer_once_and_a_printer_is_no_drawer(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        drawer = await add_drawer(desk)
        order = {"reason": "Count the cash", "command_id": str(uuid4())}
        for _ in range(2):
            answer = await desk.client.post(f"/api/devices/{drawer}/open", json=order)
            assert answer.status_code == 200, answer.text
        assert [one["beside"] for one in answer.json()] == [f"Count the cash · {SUPERVISOR}"]
        sale = desk.order()
        for _ in range(2):
            assert (await desk.client.post("/api/raffle/sales", json=sale)).status_code == 201
        await until_pulses(desk, 2)
        assert await log(desk) == [(0, "Count the cash"), (1, "")]
        printer = (await devices(desk))["Printer"]["device_id"]
        wrong = await desk.client.post(f"/api/devices/{printer}/open", json={"reason": "Count the cash"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "devices.not_a_drawer")
        assert (await desk.page(f"/devices/{printer}/open")).status_code == 409

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_drawer_whose_printer_stands_stays_shut_and_never_flies_open_later(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        drawer = await add_drawer(desk)
        printer = (await devices(desk))["Printer"]["device_id"]
        virtual(desk, printer).take_paper()
        await until_state(desk, printer, "paper_out")
        order = desk.order()
        assert (await desk.client.post("/api/raffle/sales", json=order)).status_code == 201
        away = await desk.page(f"/devices/{drawer}/open", reason="Give change")
        assert away.status_code == 503
        assert "Printer is not ready (paper out). Use its key meanwhile." in away.text
        assert (await devices(desk))["Drawer"]["state"] == "absent"
        assert await log(desk) == [], "what was not tried is not written down"
        virtual(desk, printer).put_in_roll()
        await desk.until_paper(1)
        assert (await desk.client.post("/api/raffle/sales", json=order)).status_code == 201, "nobody saw it answered"
        await desk.page(f"/devices/{drawer}/open", reason="Give change")
        await until_pulses(desk, 1)
        assert await log(desk) == [(0, "Give change")], "an order that is sent again opens nothing"
        await change(desk, drawer, in_service=False)
        await desk.sold()
        await desk.until_paper(2)
        assert (await desk.page(f"/devices/{drawer}/open", reason="Give change")).status_code == 503
        assert await log(desk) == [(0, "Give change")]

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_box_with_a_key_is_not_opened_and_what_is_written_down_of_it_is_kept(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        box = await add_drawer(desk, "none", "by-hand")
        page = (await desk.page(f"/devices/{box}")).text
        assert "Opens by its key" in page
        await desk.sold()
        assert "Write it down" in (await desk.page(f"/devices/{box}/open")).text
        assert (await desk.page(f"/devices/{box}/open", reason="Count the cash")).status_code == 303
        assert await log(desk) == [(0, "Count the cash")]
        await until_pulses(desk, 0)

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_drawer_that_cannot_be_is_explained_before_it_is_asked(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.log_in(SUPERVISOR)
        for line, profile, sentence in (
            ("none", "printer-driven", "does not open by hand"),
            ("none", "apg-serialpro", "apg-serialpro"),
            (f"printer:{UUID(int=7)}:2", "virtual-drawer", "hangs on a virtual printer"),
        ):
            order = {"line": line, "profile": profile, "kind": "drawer"}
            asked = await desk.client.post("/api/devices/ask", json=order)
            assert asked.status_code == 409, asked.text
            assert sentence in asked.json()["detail"]

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_after_a_restart_no_drawer_opens_for_an_old_order_and_what_is_out_of_service_stays_so(tmp_path: Path) -> None:
    async def scenes() -> None:
        unit, order = await found(tmp_path), {"reason": "Count the cash", "command_id": str(uuid4())}
        async with running(unit, nothing_around(tmp_path)) as desk:
            drawer = await add_drawer(desk)
            printer = (await devices(desk))["Printer"]["device_id"]
            assert (await desk.client.post(f"/api/devices/{drawer}/open", json=order)).status_code == 200
            await until_pulses(desk, 1)
            sale = desk.order()
            assert (await desk.client.post("/api/raffle/sales", json=sale)).status_code == 201
            await until_pulses(desk, 2)
            desk.clock.forward(MINUTE_MS)
            await change(desk, printer, in_service=False)
            await until_state(desk, printer, "disabled")
        async with running(unit, nothing_around(tmp_path)) as desk:
            await desk.log_in(SUPERVISOR)
            await until_state(desk, printer, "disabled")
            out = (await devices(desk))["Printer"]
            assert (out["in_service"], out["out_by"]) == (False, str(unit.ines))
            page = (await desk.page(f"/devices/{printer}")).text
            assert f"Taken out of service at {clock_text(out['out_since_ms'], unit.zone)} by {SUPERVISOR}." in page
            assert "Count the cash" in (await desk.page(f"/devices/{drawer}")).text, "history is from the journal"
            await change(desk, printer, in_service=True)
            await until_state(desk, printer, "ready")
            assert (await desk.client.post(f"/api/devices/{drawer}/open", json=order)).status_code == 200
            assert (await desk.client.post("/api/raffle/sales", json=sale)).status_code == 201
            await desk.sold()
            await until_pulses(desk, 1)
            assert await log(desk) == [(0, "Count the cash"), (1, ""), (1, "")]

    asyncio.run(scenes())


def test_a_unit_on_an_older_copy_of_its_memory_opens_no_drawer_and_its_printer_is_missed_beforehand(
    tmp_path: Path,
) -> None:
    async def scene(desk: Desk) -> None:
        drawer = await add_drawer(desk)
        printer = (await devices(desk))["Printer"]["device_id"]
        assert "Drawer cannot be opened from here then." in (await desk.page(f"/devices/{printer}/remove")).text
        desk.unit.incidents.stale = True
        refused = await desk.page(f"/devices/{drawer}/open", reason="Give change")
        assert "runs on an older copy of its memory" in refused.text
        assert await log(desk) == []
        desk.unit.incidents.stale = False
        await desk.page(f"/devices/{printer}/remove", yes="1")
        assert (await devices(desk))["Drawer"]["state"] == "error"
        assert "Its printer is not in use any more." in (await desk.page(f"/devices/{drawer}")).text

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))
