"""Two units on one printer of the network that serves one caller at a time: every ticket comes out, whole and once."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast, get_args
from uuid import UUID

import msgspec
import pytest
from httpx import ASGITransport, AsyncClient

from edge.devices.encoder import encode_in_pieces
from edge.devices.lines.conversation import ASK_PROOF
from edge.devices.lines.transport import Patience
from edge.devices.manners import Manners
from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.discovery.found import Around
from edge.runtime.app import edge_app
from edge.runtime.unit import open_unit
from edge.runtime.world import World
from firmware_profiles import load_printer
from shared.domain.devices.queries import DEVICES
from tests.devices.one_caller import Others, one_caller
from tests.devices.slips import ticket
from tests.support.sync import until
from tests.support.unit import QUICK, Desk, Founded, found

SLOW = msgspec.structs.replace(QUICK, proof_timeout_ms=60_000)
"""A slow printer on a slow machine is waited for."""
POLITE = Manners(linger_ms=60, turn_ms=60, pause_ms=80, knock_ms=40, visit_ms=200, believed_ms=60_000, call_ms=60)
BOTH = get_args(Others)


PATIENT = Patience(connect_timeout_ms=20_000, status_timeout_ms=20_000, send_timeout_ms=20_000)
HASTY = Patience(status_timeout_ms=300)
"""For what must come, on any machine; and to find out soon that nothing comes."""


@asynccontextmanager
async def at_work(
    founded: Founded, line: str = "virtual", *, manners: Manners = POLITE, patience: Patience = PATIENT
) -> AsyncIterator[Desk]:
    """A unit whose printer is on this line, with a person logged in."""
    world = World(
        clock=founded.clock,
        printer_pace=SLOW,
        printer_manners=manners,
        printer_patience=patience,
        around=Around(serial_ports=tuple),
    )
    settings = msgspec.structs.replace(founded.settings, printer=line)
    async with open_unit(settings, world) as unit:
        transport = ASGITransport(app=cast(Any, edge_app(unit)))
        async with AsyncClient(transport=transport, base_url="http://till.test") as client:
            desk = Desk(founded, unit, client)
            await desk.log_in()
            yield desk


def with_printer(others: Others, scene: Callable[[VirtualPrinter, Any], Awaitable[None]]) -> None:
    """Run a scene with a printer that serves one caller."""

    async def play() -> None:
        printer = VirtualPrinter(load_printer("virtual-58"), slips_kept=200)
        async with one_caller(printer, others) as card:
            await scene(printer, card)

    asyncio.run(play())


async def the_printer(desk: Desk) -> UUID:
    (card,) = await desk.unit.reader.many(DEVICES)
    return card.device_id


async def until_state(desk: Desk, state: str) -> None:
    device_id = await the_printer(desk)

    async def so() -> bool:
        return desk.unit.desk.stations[device_id].status.state.value == state

    await desk.until(so)


async def until_printed(desk: Desk) -> None:
    async def so() -> bool:
        return await desk.unit.spool.unprinted() == 0

    await desk.until(so)


@pytest.mark.parametrize("others", BOTH)
def test_two_units_that_sell_at_once_get_every_ticket_whole_and_once(tmp_path: Path, others: Others) -> None:
    async def scene(printer: VirtualPrinter, card: Any) -> None:
        line = f"tcp:{HOST}:{card.port}"
        async with AsyncExitStack() as units:
            desks = [
                await units.enter_async_context(at_work(await found(tmp_path / name), line)) for name in ("bar", "gate")
            ]
            sales = await asyncio.gather(*(desk.sold() for desk in desks for _ in range(3)))
            await asyncio.gather(*map(until_printed, desks))
        slips = [slip.text for slip in printer.slips]
        assert len(slips) == len(sales)
        for sale in sales:
            (slip,) = [text for text in slips if sale["chain"] in text]
            assert "The bearer owns this ticket" in slip.replace("\n", " ")
            assert not any(other["chain"] in slip for other in sales if other is not sale)
            assert "REPRINT" not in slip

    for name in ("bar", "gate"):
        (tmp_path / name).mkdir()
    with_printer(others, scene)


def test_an_idle_unit_lets_go_and_looks_in_from_time_to_time(tmp_path: Path) -> None:
    async def scene(printer: VirtualPrinter, card: Any) -> None:
        async with at_work(await found(tmp_path), f"tcp:{HOST}:{card.port}") as desk:
            await until_state(desk, "ready")
            visits = card.callers
            printer.take_paper()
            await until_state(desk, "paper_out")
            await desk.sold()
            assert card.callers > visits
            other = await call(card.port)
            await hang_up(other)
            printer.put_in_roll()
            await until_printed(desk)
        assert len(printer.slips) == 1

    with_printer("refused", scene)


@pytest.mark.parametrize("others", BOTH)
def test_a_unit_waits_while_another_prints_and_says_so(tmp_path: Path, others: Others) -> None:
    async def scene(printer: VirtualPrinter, card: Any) -> None:
        async with at_work(await found(tmp_path), f"tcp:{HOST}:{card.port}", patience=HASTY) as desk:
            await until_state(desk, "ready")
            other = await call(card.port)
            sale = await desk.sold()
            await until_state(desk, "waiting")
            assert "Another unit is printing" in (await desk.page("/devices")).text
            (shown,) = await desk.get("/api/devices")
            assert (shown["state"], shown["waiting"]) == ("waiting", 1)
            await hang_up(other)
            await until_printed(desk)
            troubles = await desk.unit.reader.values("SELECT trouble FROM devices_trouble")
            assert ("absent",) not in troubles
        assert any(sale["chain"] in slip.text for slip in printer.slips)

    with_printer(others, scene)


def test_a_printer_that_takes_no_call_for_long_is_away_and_prints_when_it_does(tmp_path: Path) -> None:
    async def scene(printer: VirtualPrinter, card: Any) -> None:
        soon = msgspec.structs.replace(POLITE, believed_ms=0)
        async with at_work(await found(tmp_path), f"tcp:{HOST}:{card.port}", manners=soon) as desk:
            await until_state(desk, "ready")
            other = await call(card.port)
            await desk.sold()
            await until_state(desk, "absent")
            await hang_up(other)
            await until_printed(desk)

    with_printer("refused", scene)


async def call(port: int) -> asyncio.StreamWriter:
    """Another program takes the printer's line, and is served: in a moment in which the unit has let go."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(HOST, port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.005)
            continue
        writer.write(b"\x10\x04\x01")
        with suppress(ConnectionError):
            if await reader.read(1):
                return writer
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """And it lets go."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


HOLDS = "import socket, sys; s = socket.create_connection(('{host}', {port})); s.sendall({data!r}); sys.stdin.read()"


def test_a_unit_that_is_killed_in_mid_print_leaves_the_printer_to_the_other(tmp_path: Path) -> None:
    """Killed in the middle of its ticket, with its question for a proof on the way, whose answer comes to the other."""

    async def scene(printer: VirtualPrinter, card: Any) -> None:
        async with at_work(await found(tmp_path), f"tcp:{HOST}:{card.port}", patience=HASTY) as desk:
            await until_state(desk, "ready")
            pieces = encode_in_pieces(ticket(), printer.profile)
            half = b"".join(pieces[: len(pieces) // 2]) + ASK_PROOF
            await hang_up(await call(card.port))
            printer.slow_down(20)
            other = await begin(HOLDS.format(host=HOST, port=card.port, data=half))
            await until(lambda: bool(printer.slips and printer.slips[0].lines), "the other unit's ticket begins")
            sale = await desk.sold()
            await until_state(desk, "waiting")
            other.kill()
            await other.wait()
            await printer.repair()
            await until_printed(desk)
        slip = [one.text for one in printer.slips if sale["chain"] in one.text][-1]
        assert "The bearer owns this ticket" in slip.replace("\n", " ")

    with_printer("kept waiting", scene)


async def begin(program: str) -> Process:
    """A process of its own."""
    return await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", program, stdin=PIPE)


def test_a_printer_that_another_unit_has_can_be_set_up_while_that_one_sells(tmp_path: Path) -> None:
    async def scene(printer: VirtualPrinter, card: Any) -> None:
        line = f"tcp:{HOST}:{card.port}"
        async with at_work(await found(tmp_path / "bar"), line) as bar, at_work(await found(tmp_path / "gate")) as gate:
            await bar.sold()
            assert (await gate.log_in("Ines Duarte")).status_code == 201
            asked = {"answered": False}
            while not asked["answered"]:  # on a busy machine it may take a second tap
                ask = {"line": line, "profile": "virtual-58"}
                asked = (await gate.client.post("/api/devices/ask", json=ask)).json()
            order = {"key": asked["key"], "name": "Shared", "roles": ["report"]}
            assert (await gate.client.post("/api/devices", json=order)).status_code == 201
            await asyncio.gather(until_printed(bar), until_printed(gate))
        assert ["TEST PRINT" in slip.text for slip in printer.slips] == [False, True]

    for name in ("bar", "gate"):
        (tmp_path / name).mkdir()
    with_printer("refused", scene)
