"""From tap to bytes at the printer: a unit's own process, its HTTP API, a hundred orders a second, one printer."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx

from edge.devices.virtual.printer import VirtualPrinter
from edge.runtime.membership import store_membership
from firmware_profiles import load_printer
from hub.runtime.postgres_process import free_port
from shared.journal.clock import SystemClock
from shared.kernel.digits import in_fours
from shared.kernel.validation import tidy
from tests.benchmarks.measure import Measure, percentile
from tests.support.clock import HandClock
from tests.support.unit import PIN, Founded

ORDERS_PER_S = 100
SECONDS = 10
PROFILE = "virtual-58"
WAIT_S_MAX = 60
VALIDATION = re.compile(rb"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}-[0-9A-Z]")
WE = "POST /api/raffle/sales at 100 a second to a unit's process; ends when the ticket's bytes reach the printer's port"


class Ear:
    """A relay in front of the printer that hears when each validation number passes."""

    def __init__(self, port: int, printer: int) -> None:
        self.heard: dict[str, float] = {}
        self.port, self._printer = port, printer
        self._open: list[asyncio.StreamWriter] = []
        self._relays: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Relay for as long as the block runs."""
        server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()
            for writer in self._open:
                writer.close()
            await asyncio.gather(*self._relays)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._printer)
        self._open += [writer, far_writer]
        self._relays += [
            asyncio.create_task(self._pump(reader, far_writer, listen=True)),
            asyncio.create_task(self._pump(far_reader, writer, listen=False)),
        ]

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, listen: bool) -> None:
        tail = b""
        with suppress(OSError):
            while data := await reader.read(65_536):
                if listen:
                    now = time.perf_counter()
                    for found in VALIDATION.findall(tail + data):
                        self.heard.setdefault(found.decode(), now)
                    tail = data[-64:]
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def unit_process(folder: Path, printer: str, *options: str) -> AsyncIterator[tuple[str, Founded]]:
    """A joined unit as a process, without a hub; its address, and who may log in."""
    founded = Founded(folder, clock=HandClock(SystemClock().now().wall_ms))
    store_membership(founded.settings.membership_file, founded.membership())
    await founded.fill(numbers=900_000)
    port = free_port()
    command = [sys.executable, "-m", "shared.console.main", "edge", "serve", "--folder", str(folder)]
    command += ["--port", str(port), "--printer", printer, "--printer-profile", PROFILE, *options]
    child = await asyncio.create_subprocess_exec(*command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(WAIT_S_MAX * 10):
                with suppress(httpx.HTTPError):
                    await client.get(f"{url}/login")
                    break
                await asyncio.sleep(0.1)
        yield url, founded
    finally:
        child.terminate()
        await asyncio.wait_for(child.wait(), 30)


async def measure(folder: Path) -> list[Measure]:
    """The p99 (and p50) of tap to bytes."""
    printer = VirtualPrinter(load_printer(PROFILE))
    ear = Ear(free_port(), await printer.start())
    await asyncio.to_thread(folder.mkdir)
    async with ear.listening(), unit_process(folder, f"tcp:127.0.0.1:{ear.port}") as (url, founded):
        tapped = await orders(url, founded)
        for _ in range(WAIT_S_MAX * 20):
            if len(ear.heard) >= len(tapped):
                break
            await asyncio.sleep(0.05)
    await printer.stop()
    await asyncio.sleep(0.1)
    spent = [(ear.heard[number] - start) * 1_000 for number, start in tapped.items() if number in ear.heard]
    missing = len(tapped) - len(spent)
    note = f"p50 {percentile(spent, 0.5):.1f} ms over {len(spent)} tickets; {missing} not printed; aim below 150 ms"
    p99 = percentile(spent, 0.99)
    return [Measure(name="tap to bytes at the printer, p99", ours=p99, unit="ms", we_do=WE, note=note)]


async def orders(url: str, founded: Founded) -> dict[str, float]:
    """Orders at a fixed rate, whether or not the one before was answered; validation number to moment of the tap."""
    tapped: dict[str, float] = {}
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30, limits=limits) as client:
        await client.post("/api/identity/sessions", json={"name": "Mara Kovač", "pin": PIN})

        async def order(number: int) -> None:
            start = time.perf_counter()
            body = {
                "command_id": str(uuid4()), "event_id": str(founded.event_id),
                "package_id": str(founded.packages[number % 3]), "tender": "cash",
            }  # fmt: skip
            answer = (await client.post("/api/raffle/sales", json=body)).raise_for_status().json()
            tapped[in_fours(tidy(answer["validation_number"]))] = start

        began, tasks = time.perf_counter(), []
        for number in range(ORDERS_PER_S * SECONDS):
            await asyncio.sleep(max(0.0, began + number / ORDERS_PER_S - time.perf_counter()))
            tasks.append(asyncio.create_task(order(number)))
        await asyncio.gather(*tasks)
    return tapped
