"""The page of devices: three taps to add one, two to swap one, and a sentence for everything that cannot be."""

import re
import socket
from pathlib import Path
from uuid import UUID

import pytest
from httpx import Response

from tests.edge.desks import SUPERVISOR, add, at_the_desks, devices, nothing_around, until_state, virtual
from tests.support.unit import Desk

REFUSAL = re.compile(r'<p class="refusal"[^>]*>.*?<span>(.*?)<', re.DOTALL)


def refused(answer: Response) -> str:
    """The sentence of a refused form."""
    found = REFUSAL.search(answer.text)
    assert found, answer.text
    return found[1]


async def meet(desk: Desk, **form: str) -> str:
    """Tap a found device; the address of the page with its answer."""
    answer = await desk.page("/devices/add", **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def first_device(desk: Desk) -> str:
    """The unit's only device."""
    (only,) = (await devices(desk)).values()
    return str(only["device_id"])


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_newcomer_adds_a_printer_in_three_taps_and_sees_its_test_print(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.log_in(SUPERVISOR)
        assert "Virtual printer" in (await desk.page("/devices/add")).text
        met = await meet(desk, line="virtual", kind="printer", profile="virtual-58", title="Virtual printer")
        page = (await desk.page(met)).text
        assert "It answers" in page
        assert 'value="Printer 2"' in page
        assert len(await devices(desk)) == 1, "nothing is stored before somebody says so"
        stored = await desk.page(met, name="Bar", profile="virtual-58", report="true")
        device_id = stored.headers["location"].rsplit("/", 1)[1]

        async def printed() -> bool:
            return "The test print came out." in (await desk.page(stored.headers["location"])).text

        await desk.until(printed)
        (slip,) = virtual(desk, device_id).slips
        assert "TEST PRINT" in slip.text
        assert "Bar" in slip.text
        assert "1234567890" * 3 + "12" in slip.text

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_scanner_is_added_by_the_same_page(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.log_in(SUPERVISOR)
        met = await meet(desk, line="virtual", kind="scanner", profile="virtual-scanner", title="Virtual scanner")
        stored = await desk.page(met, name="Gate scanner")
        assert stored.status_code == 303, stored.text

        async def reads() -> bool:
            return bool((await devices(desk))["Gate scanner"]["state"] == "ready")

        await desk.until(reads)
        assert desk.unit.scanning.virtual() is not None
        assert (await desk.page("/devices")).text.count('class="card device"') == 2

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_what_does_not_answer_is_stored_only_if_somebody_wants_it_so(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.log_in(SUPERVISOR)
        line = f"tcp:127.0.0.1:{closed_port()}"
        met = await meet(desk, line=line, model="printer:epson-tm-t88v", by_hand="true")
        assert "No answer" in (await desk.page(met)).text
        assert "Nothing was stored" in refused(await desk.page(met, name="Bar", report="true"))
        assert len(await devices(desk)) == 1
        assert (await desk.page(met, name="Bar", report="true", anyway="true")).status_code == 303
        bar = (await devices(desk))["Bar"]
        assert (bar["line"], bar["roles"]) == (line, ["report"])
        twice = await desk.page("/devices/add", line=line, model="printer:epson-tm-t88v", by_hand="true")
        assert "is on" in refused(twice)

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"line": "tpc:1", "model": "printer:virtual-58"}, "is not known"),
        ({"line": "none", "model": "printer:virtual-58"}, "a device is somewhere"),
        ({"line": "tcp:127.0.0.1:9100", "model": "printer:epson-tm-x"}, "“epson-tm-x” is not known"),
        ({"line": "/dev/null", "model": "scanner:virtual-scanner"}, "is not known"),
        ({"line": "virtual", "model": "kettle:virtual-58"}, "choose a printer, a scanner or a drawer"),
    ],
)
def test_a_line_that_cannot_be_is_explained_and_kept(tmp_path: Path, form: dict[str, str], sentence: str) -> None:
    async def scene(desk: Desk) -> None:
        await desk.log_in(SUPERVISOR)
        answer = await desk.page("/devices/add", **form, by_hand="true")
        assert answer.status_code in (409, 422)
        assert sentence in refused(answer)
        assert f'value="{form["line"]}"' in answer.text
        assert len(await devices(desk)) == 1

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_printer_that_proves_nothing_gets_no_tickets(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.log_in(SUPERVISOR)
        line = f"file:{tmp_path / 'paper'}"
        met = await meet(desk, line=line, model="printer:generic-80", by_hand="true")
        page = (await desk.page(met)).text
        assert 'name="report"' in page
        assert 'name="ticket"' not in page
        assert "No ticket can be printed" in refused(await desk.page(met, name="Office", ticket="true"))
        assert (await desk.page(met, name="Office", report="true")).status_code == 303

    at_the_desks(scene, tmp_path / "unit", nothing_around(tmp_path))


def test_anybody_swaps_a_broken_printer_in_two_taps_and_what_waits_comes_out(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first = await first_device(desk)
        await until_state(desk, first, "ready")
        await virtual(desk, first).unplug()
        await until_state(desk, first, "absent")
        await desk.sold()
        assert "Swap it" in (await desk.page(f"/devices/{first}")).text
        form = {"line": "virtual", "kind": "printer", "profile": "virtual-80"}
        swapped = await desk.page(f"/devices/{first}/swap", **form)
        assert (swapped.status_code, swapped.headers["location"]) == (303, f"/devices/{first}")
        await desk.until_paper(2)
        now = (await devices(desk))["Printer"]
        assert (now["device_id"], now["profile"], now["roles"]) == (first, "virtual-80", ["ticket", "receipt"])
        assert now["waiting"] == 0

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_only_a_supervisor_changes_what_there_is(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first = await first_device(desk)
        assert "Add a device" not in (await desk.page("/devices")).text
        for address in ("/devices/add", f"/devices/{first}/change", f"/devices/{first}/remove", "/devices/add/by-hand"):
            assert (await desk.page(address)).status_code == 403
        assert (await desk.page(f"/devices/{first}/remove", yes="1")).status_code == 403
        assert (await desk.page(f"/devices/{first}/service", on="false")).status_code == 403
        assert (await desk.client.delete(f"/api/devices/{first}")).status_code == 403
        assert (await desk.client.patch(f"/api/devices/{first}", json={"name": "X"})).status_code == 403
        assert len(await devices(desk)) == 1
        await desk.page("/logout", yes="1")
        assert (await desk.client.get("/api/devices")).status_code == 401

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_supervisor_changes_roles_and_who_stands_in_and_removes_with_a_warning(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first = await first_device(desk)
        spare = await add(desk, "Spare", "report")
        form = {"name": "Till printer", "ticket": "true", "counterfoil": "true", "fallback_id": str(spare)}
        assert (await desk.page(f"/devices/{first}/change", **form)).status_code == 303
        till = (await devices(desk))["Till printer"]
        assert (till["roles"], till["fallback_id"]) == (["ticket", "counterfoil"], str(spare))
        nameless = await desk.page(f"/devices/{first}/change", **{**form, "name": " "})
        assert "Name the device" in refused(nameless)
        assert "Spare prints what Till printer printed" in (await desk.page(f"/devices/{first}/remove")).text
        assert "Then no printer prints" not in (await desk.page(f"/devices/{first}/remove")).text
        await desk.page(f"/devices/{spare}/remove", yes="1")
        assert "Then no printer prints tickets" in (await desk.page(f"/devices/{first}/remove")).text
        await desk.page(f"/devices/{first}/remove", yes="1")
        page = (await desk.page("/devices")).text
        assert "No device yet" in page
        assert "No printer prints tickets." in page
        assert (await desk.page(f"/devices/{first}")).status_code == 409

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_slip_that_was_cut_short_too_often_is_one_question_with_three_answers(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first = UUID(await first_device(desk))
        await until_state(desk, first, "ready")
        virtual(desk, first).take_paper()
        await until_state(desk, first, "paper_out")
        sales = [await desk.sold() for _ in range(3)]
        held = "UPDATE spool_job SET state = 'held', tries = 10"
        await desk.unit.writer.write(lambda db: db.execute(held), rows=False)
        await desk.unit.desk.count_asked()
        assert 'href="/devices/asked"' in (await desk.page("/sell")).text
        for sale, answer in zip(sales, ("out", "again", "void"), strict=True):
            asked = (await desk.page("/devices/asked")).text
            assert sale["draw_numbers"].replace(" - ", " – ") in asked
            (slip, *_) = await desk.get("/api/devices/held")
            if answer == "void":
                assert "give this slip up" not in asked
                assert (await desk.page("/devices/asked", job_id=slip["job_id"], answer="void")).status_code == 403
                await desk.log_in(SUPERVISOR)
            said = await desk.page("/devices/asked", job_id=slip["job_id"], answer=answer)
            assert said.status_code == 303, said.text
        assert said.headers["location"] == "/sell"
        states = await desk.unit.reader.values("SELECT state FROM spool_job ORDER BY rowid")
        assert [state for (state,) in states] == ["issued", "interrupted", "voided"]
        virtual(desk, first).put_in_roll()
        (text,) = await desk.until_paper(1)
        assert text.count("REPRINT") == 2
        log = await desk.unit.reader.values("SELECT what, person_id IS NOT NULL FROM devices_slip ORDER BY seq")
        assert log == [("confirmed", 1), ("reprinted", 1), ("voided", 1)]

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))
