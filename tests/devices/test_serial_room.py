"""A serial printer is sent data when it has room, and questions at any time, at the speed that was named."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from edge.devices.lines.address import Serial
from edge.devices.lines.opening import open_transport
from edge.devices.lines.room import Room, Wire
from edge.devices.lines.serial import SerialCarrier
from edge.devices.lines.transport import PrinterSilent, Transport
from edge.devices.status import Reading
from firmware_profiles import load_printer
from tests.devices.peers import HASTY, PATIENT, Port, run, until

XON, XOFF = b"\x11", b"\x13"
PROFILE = msgspec.structs.replace(load_printer("virtual-58"), bauds=(9_600, 115_200), flow=("xon-xoff",), asb=False)


def levels(**wires: bool) -> dict[Wire, bool]:
    return {"dsr": wires.get("dsr", False), "cts": wires.get("cts", False)}


def test_a_wire_that_goes_off_stops_the_data_until_it_is_on_again() -> None:
    room = Room(("dtr-dsr",))
    assert room.is_there(levels(dsr=True).__getitem__)
    assert not room.is_there(levels(dsr=False, cts=True).__getitem__)
    assert room.is_there(levels(dsr=True).__getitem__)


def test_a_wire_that_was_never_on_is_not_connected_and_stops_nobody() -> None:
    assert Room(("dtr-dsr", "rts-cts")).is_there(levels().__getitem__)
    assert Room(None, has_wires=False).wires == ()


def test_only_the_ways_that_the_profile_names_are_obeyed_and_all_where_it_names_none() -> None:
    by_cts = Room(("rts-cts",))
    by_cts.hear(XOFF)
    assert by_cts.is_there(levels(cts=True, dsr=True).__getitem__)
    assert by_cts.is_there(levels(cts=True, dsr=False).__getitem__)
    unknown = Room(None)
    assert unknown.is_there(levels(dsr=True).__getitem__)
    assert not unknown.is_there(levels().__getitem__)
    unknown.hear(XOFF)
    assert not unknown.is_there(levels(dsr=True).__getitem__)
    unknown.hear(b"\x12" + XOFF + XON + b"\x00")
    assert unknown.is_there(levels(dsr=True).__getitem__)


async def with_port(scene: Callable[[Port, Transport], Awaitable[None]], send_timeout_ms: int = 20_000) -> None:
    port = Port()
    patience = msgspec.structs.replace(PATIENT, send_timeout_ms=send_timeout_ms)
    transport = open_transport(Serial(port.path, 115_200), PROFILE, patience)
    try:
        await transport.open()
        await scene(port, transport)
    finally:
        await transport.close()
        port.pull_out()


async def answered(port: Port, transport: Transport, *answers: bytes) -> Reading:
    """Ask for the status and answer each question; whatever the port said before has been heard when this returns."""
    asked = asyncio.create_task(transport.status())
    for answer in answers:
        await until(lambda: b"\x10\x04" in port.hear())
        port.say(answer)
    return await asked


async def until_halted(port: Port) -> None:
    """Nothing more comes."""
    quiet = 0
    while quiet < 20:
        quiet = 0 if port.hear() else quiet + 1
        await asyncio.sleep(0.005)


def test_xoff_halts_a_job_and_xon_lets_it_go_on_with_nothing_lost() -> None:
    job = bytes(range(0x20, 0x7F)) * 60

    async def scene(port: Port, transport: Transport) -> None:
        sending = asyncio.create_task(transport.send(job))
        await until(lambda: bool(port.hear()))
        port.say(XOFF)
        await until_halted(port)
        assert not sending.done()
        assert len(port.received) < len(job)
        port.say(XON)
        await sending
        await until(lambda: not port.hear() and len(port.received) == len(job))
        assert port.received == job

    run(with_port(scene))


def test_a_printer_that_stays_busy_is_silent_after_a_while_but_is_still_asked_for_its_paper() -> None:
    async def scene(port: Port, transport: Transport) -> None:
        port.say(XOFF)
        reading = await answered(port, transport, b"\x1a", b"\x32", b"\x7e")
        assert (reading.offline, reading.paper) == (True, "out")
        with pytest.raises(PrinterSilent):
            await transport.send(b"a report\n")
        assert (await answered(port, transport, b"\x1a", b"\x32", b"\x7e")).paper == "out"
        assert b"report" not in port.received

    run(with_port(scene, HASTY.send_timeout_ms))


def test_a_new_connection_does_not_remember_that_the_printer_was_busy() -> None:
    async def scene(port: Port, transport: Transport) -> None:
        port.say(XOFF)
        await answered(port, transport, b"\x12", b"\x12", b"\x12")
        await transport.close()
        await transport.open()
        await transport.send(b"a report\n")
        await until(lambda: b"report" in port.hear())

    run(with_port(scene))


@pytest.mark.parametrize(
    ("named", "known", "baud"), [(9_600, (19_200,), 9_600), (None, (9_600, 19_200), 19_200), (None, None, 9_600)]
)
def test_the_address_names_the_speed_or_else_the_profile(
    named: int | None, known: tuple[int, ...] | None, baud: int
) -> None:
    async def scene() -> bool:
        port = Port()
        carrier = SerialCarrier(Serial(port.path, named), msgspec.structs.replace(PROFILE, bauds=known))
        await carrier.open()
        is_right = port.speaks_at(baud)
        await carrier.close()
        port.pull_out()
        return is_right

    assert run(scene())
