"""A printer that says how it is and proves nothing: it is in error, another stands in, and it comes back by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from edge.devices.lines.conversation import ASK_PROOF
from edge.devices.virtual.printer import HOST, VirtualPrinter
from firmware_profiles import load_printer
from tests.edge.desks import add, at_the_desks, change, stuck, tickets, until_state, until_tickets
from tests.support.unit import Desk


class Ear:
    """Stands between a unit and its printer; while it is `deaf`, no question for a proof gets through."""

    def __init__(self, printer: VirtualPrinter) -> None:
        self.deaf = False
        self._printer = printer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, self._printer.port)
        saying = asyncio.create_task(self._pass_on(there, writer))
        held = b""
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                held += data
                if self.deaf:
                    held = held.replace(ASK_PROOF, b"")
                kept = max((n for n in (1, 2) if held.endswith(ASK_PROOF[:n])), default=0) if self.deaf else 0
                back.write(held[: len(held) - kept])
                held = held[len(held) - kept :]
        saying.cancel()
        for end in (writer, back):
            end.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(256):
                writer.write(data)
        writer.close()


@asynccontextmanager
async def between(printer: VirtualPrinter) -> AsyncIterator[tuple[Ear, str]]:
    """The printer, the ear before it, and the line that leads there."""
    ear = Ear(printer)
    await printer.start()
    server = await asyncio.start_server(ear.serve, HOST, 0)
    try:
        yield ear, f"tcp:{HOST}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await printer.stop()


def test_a_spare_prints_for_a_deaf_printer_until_that_proves_again(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        printer, other = (VirtualPrinter(load_printer("virtual-58")) for _ in range(2))
        async with between(printer) as (ear, line), between(other) as (_, other_line):
            spare = await add(desk, "Spare", "report", line=other_line)
            till = await add(desk, "Till", "ticket", "receipt", line=line)
            await change(desk, till, fallback_id=str(spare))
            ear.deaf = True
            await until_state(desk, till, "ready")
            await desk.sold()
            await stuck(desk, till, "error")
            await until_tickets(desk, other, 1)
            assert tickets(printer) == []
            ear.deaf = False
            await until_state(desk, till, "ready")
            await desk.sold()
            await until_tickets(desk, printer, 1)
            assert len(tickets(other)) == 1
            assert "REPRINT" not in tickets(printer)[0]
            for device_id in (till, spare):
                await desk.unit.desk.stations[device_id].stop()

    at_the_desks(scene, tmp_path)
