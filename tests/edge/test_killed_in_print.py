"""A unit killed in the middle of a ticket: begun again it prints the ticket once more, and the paper says REPRINT."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.runtime.membership import store_membership
from firmware_profiles import load_printer
from tests.support.limits import WAIT_S_MAX
from tests.support.unit import PIN, Founded

CODE = "import sys; from shared.console.main import main; sys.argv[0] = 'tillhouse'; main()"
STEP_S, STEPS_MAX = 0.02, 6_000


@asynccontextmanager
async def killed_at_the_end(founded: Founded, printer: VirtualPrinter) -> AsyncIterator[httpx.AsyncClient]:
    """The unit as its own process, with somebody logged in; it ends by SIGKILL."""
    line = ["--printer", f"tcp:{HOST}:{printer.port}", "--printer-profile", printer.profile.name]
    arguments = ["edge", "serve", "--folder", str(founded.folder), "--port", "0", *line]
    unit = await asyncio.create_subprocess_exec(sys.executable, "-c", CODE, *arguments, stderr=PIPE)
    try:
        async with httpx.AsyncClient(base_url=await _address(unit), timeout=WAIT_S_MAX, trust_env=False) as till:
            login = await till.post("/api/identity/sessions", json={"name": "Mara Kovač", "pin": PIN})
            till.cookies.clear()
            till.headers["authorization"] = f"Bearer {login.json()['token']}"
            yield till
    finally:
        unit.send_signal(signal.SIGKILL)
        await unit.communicate()


async def _address(unit: Process) -> str:
    assert unit.stderr is not None
    async for line in unit.stderr:
        if found := re.search(r"url='(\S+)'", line.decode()):
            return found[1]
    raise AssertionError("the unit ended before it served")


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(STEPS_MAX):
        if await true():
            return
        await asyncio.sleep(STEP_S)
    raise AssertionError("it never happened")


def test_a_unit_killed_in_mid_ticket_prints_it_again_with_reprint_and_once_only(tmp_path: Path) -> None:
    founded = Founded(tmp_path)
    founded.clock.wall_ms = int(tmp_path.stat().st_mtime * 1_000)

    async def night() -> None:
        store_membership(founded.settings.membership_file, founded.membership())
        await founded.fill()
        printer = VirtualPrinter(load_printer("virtual-58"))
        await printer.start()
        try:
            await _night(founded, printer)
        finally:
            await printer.stop()

    asyncio.run(night())


async def _night(founded: Founded, printer: VirtualPrinter) -> None:
    async def is_printing() -> bool:
        return bool(printer.slips) and bool(printer.slips[0].lines)

    printer.slow_down(20)
    async with killed_at_the_end(founded, printer) as till:
        order = {"event_id": str(founded.event_id), "package_id": str(founded.packages[1])}
        sale = (await till.post("/api/raffle/sales", json={"command_id": str(uuid4()), **order})).json()
        await until(is_printing)
    await printer.repair()
    async with killed_at_the_end(founded, printer) as till:

        async def is_printed() -> bool:
            found: dict[str, Any] = (await till.get(f"/api/raffle/sales/{sale['sale_id']}")).json()
            return bool(found["paper"] == "printed")

        await until(is_printed)
    whole = [slip for slip in printer.slips if sale["position"] in slip.text]
    assert "REPRINT" in whole[-1].text
    assert sum("REPRINT" not in slip.text for slip in printer.slips) == 1, "the one that was cut short"
