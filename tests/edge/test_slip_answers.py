"""The question whether a slip came out: who may answer what, and that each answer is a fact on its printer's page."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.edge.desks import SUPERVISOR, at_the_desks, devices, nothing_around, until_state, virtual
from tests.support.unit import Desk

HOLD = "UPDATE spool_job SET state = 'held', tries = 10, role = 'counterfoil'"
FACTS = "SELECT what, role, person_id = :ines, device_id = :printer FROM devices_slip ORDER BY seq"


async def held_counterfoils(desk: Desk, count: int) -> str:
    """So many counterfoils of which nobody knows; the printer they were cut short on."""
    printer = str((await devices(desk))["Printer"]["device_id"])
    await until_state(desk, printer, "ready")
    virtual(desk, printer).take_paper()
    await until_state(desk, printer, "paper_out")
    for _ in range(count):
        await desk.sold()
    await desk.unit.writer.write(lambda db: db.execute(HOLD), rows=False)
    await desk.log_in(SUPERVISOR)
    roles = {"roles": ["ticket", "counterfoil"]}
    assert (await desk.client.patch(f"/api/devices/{printer}", json=roles)).status_code == 200
    await desk.log_in("Mara Kovač")
    return printer


def test_two_people_who_answer_at_once_leave_one_word(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await held_counterfoils(desk, 1)
        await desk.log_in(SUPERVISOR)
        [slip] = await desk.get("/api/devices/held")
        words = [{"job_id": slip["job_id"], "answer": said} for said in ("out", "again")]
        await asyncio.gather(*(desk.client.post("/api/devices/held", json=word) for word in words))
        assert len(await desk.unit.reader.values("SELECT what FROM devices_slip")) == 1

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))


def test_a_counterfoil_comes_again_only_by_a_supervisor_and_what_was_seen_is_a_fact(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        printer = await held_counterfoils(desk, 2)
        first, second = await desk.get("/api/devices/held")
        again: dict[str, Any] = {"job_id": first["job_id"], "answer": "again"}
        assert "By a supervisor." in (await desk.page("/devices/asked")).text
        refused = await desk.page("/devices/asked", **again)
        assert refused.status_code == 409
        assert "A counterfoil is printed again only by a supervisor." in refused.text
        by_script = await desk.client.post("/api/devices/held", json=again)
        assert (by_script.status_code, by_script.json()["code"]) == (409, "devices.supervisor_needed")
        assert len(await desk.get("/api/devices/held")) == 2, "it waits for a supervisor"
        await desk.log_in(SUPERVISOR)
        assert (await desk.page("/devices/asked", **again)).status_code == 303
        out = {"job_id": second["job_id"], "answer": "out"}
        assert (await desk.client.post("/api/devices/held", json=out)).json() == []
        told = await desk.unit.reader.values(FACTS, {"ines": desk.founded.ines, "printer": UUID(printer)})
        assert told == [("reprinted", "counterfoil", 1, 1), ("confirmed", "counterfoil", 1, 1)]
        happened = [one["what"] for one in await desk.get(f"/api/devices/{printer}/history")]
        assert happened[:2] == ["Counterfoil did come out", "Counterfoil printed again"]

    at_the_desks(scene, tmp_path, nothing_around(tmp_path))
