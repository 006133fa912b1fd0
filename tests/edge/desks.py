"""Units with several printers: adding them by the API as the pages do, and waiting for what follows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from edge.devices.virtual.printer import VirtualPrinter
from edge.discovery.found import Around
from edge.discovery.services import Service
from edge.runtime.station import STUCK_MS
from shared.domain.devices.state import ROLES
from tests.support.unit import Desk, found, running

SUPERVISOR = "Ines Duarte"
STUCK_FOR_MS = STUCK_MS + 1_000


async def nobody(_kinds: Sequence[str]) -> Sequence[Service]:
    """No network."""
    return ()


def nothing_around(folder: Path) -> Around:
    """A machine without any device."""
    return Around(sysfs=folder / "sys", dev=folder / "dev", serial_ports=tuple, browse=nobody)


def at_the_desks(
    scene: Callable[[Desk], Awaitable[None]], folder: Path, around: Around | None = None, *, kind: str = "rsu"
) -> None:
    """Run one scene at a new unit with Mara logged in."""

    async def play() -> None:
        async with running(await found(folder, kind=kind), around) as desk:
            await desk.log_in("Ines Duarte" if kind == "venue" else "Mara Kovač")
            await scene(desk)

    asyncio.run(play())


async def add(desk: Desk, name: str, *roles: str, profile: str = "virtual-58", line: str = "virtual") -> UUID:
    """Ask a device and store it, as a supervisor."""
    await desk.log_in(SUPERVISOR)
    asked = await desk.client.post("/api/devices/ask", json={"line": line, "profile": profile})
    assert asked.status_code == 200, asked.text
    order = {"key": asked.json()["key"], "name": name, "roles": roles}
    stored = await desk.client.post("/api/devices", json=order)
    assert stored.status_code == 201, stored.text
    return UUID(stored.json()["device_id"])


async def devices(desk: Desk) -> dict[str, dict[str, Any]]:
    """All devices by name."""
    return {one["name"]: one for one in await desk.get("/api/devices")}


async def change(desk: Desk, device_id: UUID | str, **order: Any) -> dict[str, Any]:
    """Change a device, as a supervisor."""
    await desk.log_in(SUPERVISOR)
    answer = await desk.client.patch(f"/api/devices/{device_id}", json=order)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def virtual(desk: Desk, device_id: UUID | str) -> VirtualPrinter:
    """The virtual printer of a device."""
    found = desk.unit.desk.virtual(UUID(str(device_id)))
    assert found is not None
    return found


def tickets(printer: VirtualPrinter) -> list[str]:
    """The text of each piece of paper that came out, test prints left out."""
    return [slip.text for slip in printer.slips if "TEST PRINT" not in slip.text]


async def until_state(desk: Desk, device_id: UUID | str, state: str) -> None:
    """Wait until a device is in this state."""

    async def so() -> bool:
        return desk.unit.desk.stations[UUID(str(device_id))].status.state.value == state

    await desk.until(so)


async def until_tickets(desk: Desk, printer: VirtualPrinter, count: int) -> list[str]:
    """Wait until so many tickets came out of a printer, and none waits any more."""

    async def so() -> bool:
        return len(tickets(printer)) >= count and await desk.unit.spool.unprinted(ROLES) == 0

    await desk.until(so)
    return tickets(printer)


async def until_printed(desk: Desk) -> None:
    """Wait until nothing waits for paper, the test prints of new printers included."""

    async def so() -> bool:
        return await desk.unit.spool.unprinted() == 0

    await desk.until(so)


async def stuck(desk: Desk, device_id: UUID | str, state: str) -> None:
    """Wait until a device is in this state, and let so much time pass that another one stands in for it."""
    await until_state(desk, device_id, state)
    desk.clock.forward(STUCK_FOR_MS)
