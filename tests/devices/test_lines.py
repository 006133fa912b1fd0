"""Each way to a printer, with a real other end: tickets come out and are proved, and a broken line is only that."""

import asyncio
import os
import termios
import tty
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from edge.devices.encoder import encode
from edge.devices.lines.address import File, RealLine, Serial, Tcp, Usb
from edge.devices.lines.file import FileCarrier
from edge.devices.lines.opening import Surroundings, open_transport
from edge.devices.lines.transport import (
    PrinterAbsent,
    PrinterAmbiguous,
    PrinterConfused,
    PrinterSilent,
    PrinterTaken,
    PrinterUnfit,
    Transport,
)
from edge.devices.status import Paper
from edge.devices.virtual.printer import VirtualPrinter
from firmware_profiles import load_printer
from shared.kernel.errors import DeviceFault
from tests.devices.peers import HASTY, PATIENT, Port, PortWithPrinter, peer, plug_in, run, until
from tests.devices.slips import TICKET, ticket

PROFILE = msgspec.structs.replace(load_printer("virtual-58"), native_qr=True, bauds=(115_200,))
KINDS = ("tcp", "serial", "usb", "file")
PORT_KINDS = ("serial", "usb", "file")


class End:
    """A patient transport and a hasty one, and what both lead to."""

    def __init__(
        self, transports: tuple[Transport, Transport], printer: VirtualPrinter, pull_out: Callable[[], Awaitable[None]]
    ) -> None:
        self.transport, self.hasty = transports
        self.printer = printer
        self.pull_out = pull_out


def address_of(kind: str, path: str, folder: Path) -> tuple[RealLine, Surroundings]:
    """How this kind of line calls the port at `path`, on a machine whose USB is written down in `folder`."""
    surroundings = Surroundings(sysfs=folder / "sys", usb_nodes=folder / "usb")
    if kind == "serial":
        return Serial(path), surroundings
    if kind == "file":
        return File(path), surroundings
    plug_in(folder / "sys", "lp0", vendor="04b8", product="0e15", serial="J5QF01")
    (folder / "usb").mkdir()
    (folder / "usb" / "lp0").symlink_to(path)
    return Usb(0x04B8, 0x0E15), surroundings


@asynccontextmanager
async def end(kind: str, folder: Path) -> AsyncIterator[End]:
    """A virtual printer at the other end of this kind of line."""
    printer = VirtualPrinter(PROFILE)
    await printer.start()
    wire = PortWithPrinter(printer)
    address: RealLine = Tcp("127.0.0.1", printer.port)
    surroundings, pull_out = Surroundings(), printer.unplug
    if kind != "tcp":
        await wire.start()
        address, surroundings = address_of(kind, wire.port.path, folder)
        pull_out = wire.stop
    patient, hasty = (open_transport(address, PROFILE, patience, surroundings) for patience in (PATIENT, HASTY))
    try:
        yield End((patient, hasty), printer, pull_out)
    finally:
        await patient.close()
        await hasty.close()
        await wire.stop()
        await printer.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_comes_out_whole_and_is_proved(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with end(kind, tmp_path) as line:
            await line.transport.open()
            assert (await line.transport.status()).prints
            await line.transport.send(encode(ticket(), PROFILE))
            await line.transport.ask_proof()
            assert await line.transport.proved(within_ms=20_000)
            (slip,) = line.printer.slips
            assert TICKET.chain_piece in slip.text

    run(scene())


@pytest.mark.parametrize("kind", KINDS)
def test_paper_is_asked_for_and_told(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with end(kind, tmp_path) as line:
            news = asyncio.Event()
            line.transport.on_news(news.set)
            await line.transport.open()
            assert (await line.transport.status()).paper is Paper.OK
            await until(news.is_set)
            news.clear()
            line.printer.take_paper()
            await until(news.is_set)
            assert (await line.transport.status()).paper is Paper.OUT

    run(scene())


@pytest.mark.parametrize("kind", KINDS)
def test_a_stalled_printer_is_silent_and_the_line_serves_again_when_it_is_opened_anew(
    kind: str, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with end(kind, tmp_path) as line:
            await line.hasty.open()
            line.printer.stall()
            with pytest.raises(PrinterSilent):
                await line.hasty.status()
            await line.hasty.close()
            line.printer.stall(on=False)
            await line.transport.open()
            assert (await line.transport.status()).prints

    run(scene())


@pytest.mark.parametrize("kind", KINDS)
def test_a_cable_that_comes_out_is_told_at_once_and_ends_whatever_is_on_the_way(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with end(kind, tmp_path) as line:
            news = asyncio.Event()
            await line.transport.open()
            await line.transport.status()
            line.transport.on_news(news.set)
            line.printer.take_paper()
            await until(news.is_set)
            news.clear()
            sending = asyncio.create_task(send_for_ever(line.transport))
            await asyncio.sleep(0.02)
            await line.pull_out()
            await until(news.is_set)
            with pytest.raises(DeviceFault):
                await sending
            with pytest.raises(PrinterAbsent):
                await line.transport.status()
            await line.transport.close()
            with pytest.raises(DeviceFault):
                await line.transport.open()

    run(scene())


async def send_for_ever(transport: Transport) -> None:
    """Paper is out, so nothing of it is printed."""
    while True:
        await transport.send(b"A night of tickets.\n" * 50)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("kind", ["serial", "usb"])
def test_a_port_that_is_not_there_is_an_absent_printer(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        address, surroundings = address_of(kind, str(tmp_path / "dev" / "nothing"), tmp_path)
        await is_absent(open_transport(address, PROFILE, PATIENT, surroundings))

    run(scene())


@pytest.mark.parametrize("address", [File("/dev/no-such-folder/lp0"), Usb(0x04B8, 0x0E15), Tcp("127.0.0.1", 1)])
def test_an_address_where_nothing_is_leads_to_an_absent_printer(address: RealLine, tmp_path: Path) -> None:
    nothing = Surroundings(sysfs=tmp_path / "sys", usb_nodes=tmp_path / "usb")
    run(is_absent(open_transport(address, PROFILE, PATIENT, nothing)))


async def is_absent(transport: Transport) -> None:
    """Opened and asked all the same; it is the same fault each time."""
    with pytest.raises(PrinterAbsent):
        await transport.open()
    with pytest.raises(PrinterAbsent):
        await transport.status()
    await transport.close()


@pytest.mark.parametrize("kind", PORT_KINDS)
def test_a_port_that_babbles_without_end_is_closed_and_not_read_for_ever(kind: str, tmp_path: Path) -> None:
    async def babble(port: Port) -> None:
        while True:
            port.say(b"\xff\x81" * 100)
            await asyncio.sleep(0.001)

    async def scene() -> None:
        port = Port()
        address, surroundings = address_of(kind, port.path, tmp_path)
        transport = open_transport(address, PROFILE, PATIENT, surroundings)
        news = asyncio.Event()
        transport.on_news(news.set)
        babbling = asyncio.create_task(babble(port))
        try:
            await transport.open()
            await until(news.is_set)
            with pytest.raises(PrinterConfused):
                await transport.status()
        finally:
            babbling.cancel()
            await transport.close()
            port.pull_out()

    run(scene())


def test_a_network_printer_that_babbles_without_end_is_closed_too() -> None:
    async def scene() -> None:
        async with peer({b"\x10\x04\x01": b"\xff" * 10_000}) as port:
            transport = open_transport(Tcp("127.0.0.1", port), PROFILE, PATIENT)
            await transport.open()
            with pytest.raises(PrinterConfused):
                await transport.status()
            await transport.close()

    run(scene())


def test_a_serial_port_is_held_by_one_program_alone() -> None:
    async def scene() -> None:
        port = Port()
        first, second = (open_transport(Serial(port.path), PROFILE, PATIENT) for _ in range(2))
        await first.open()
        with pytest.raises(PrinterTaken, match="Another program"):
            await second.open()
        await first.close()
        await second.open()
        await second.close()
        port.pull_out()

    run(scene())


def test_of_two_printers_of_one_kind_the_serial_number_names_one(tmp_path: Path) -> None:
    async def scene() -> None:
        port = Port()
        _, surroundings = address_of("usb", port.path, tmp_path)
        plug_in(tmp_path / "sys", "lp1", vendor="04b8", product="0e15", serial="J5QF02")
        either = open_transport(Usb(0x04B8, 0x0E15), PROFILE, PATIENT, surroundings)
        with pytest.raises(PrinterAmbiguous, match="2 printers are plugged in as usb:04b8:0e15"):
            await either.open()
        first = open_transport(Usb(0x04B8, 0x0E15, "J5QF01"), PROFILE, PATIENT, surroundings)
        await first.open()
        await first.close()
        gone = open_transport(Usb(0x04B8, 0x0E15, "J5QF03"), PROFILE, PATIENT, surroundings)
        with pytest.raises(PrinterAbsent):
            await gone.open()
        port.pull_out()

    run(scene())


def test_a_plain_file_takes_reports_for_its_owners_eyes_alone(tmp_path: Path) -> None:
    async def scene() -> None:
        transport = open_transport(File(str(paper)), PROFILE, PATIENT)
        for line in (b"first\n", b"second\n"):
            await transport.open()
            assert (await transport.status()).prints
            assert paper.exists() == (line == b"second\n"), "opening and asking make nothing"
            await transport.send(line)
            await transport.ask_proof()
            assert await transport.proved(within_ms=1)
            await transport.close()

    paper = tmp_path / "paper"
    run(scene())
    assert paper.read_bytes() == b"first\nsecond\n"
    assert paper.stat().st_mode & 0o777 == 0o600


def opening(path: Path) -> None:
    """Open what is there, as whoever asks a printer does."""

    async def scene() -> None:
        carrier = FileCarrier(File(str(path)))
        try:
            await carrier.open()
        finally:
            await carrier.close()

    run(scene())


def test_below_dev_nothing_but_a_device_or_a_pipe_is_opened(tmp_path: Path) -> None:
    opening(Path("/dev/null"))
    with pytest.raises(FileNotFoundError):
        opening(Path("/dev/no-such-printer"))
    assert not Path("/dev/no-such-printer").exists()
    with pytest.raises(PrinterUnfit, match="a folder"):
        opening(Path("/dev/fd"))
    (tmp_path / "plain").touch()
    with (tmp_path / "plain").open() as plain, pytest.raises(PrinterUnfit, match="a plain file in a place for devices"):
        opening(Path(f"/dev/fd/{plain.fileno()}"))


def test_a_folder_is_no_printer_and_a_file_without_its_folder_is_absent(tmp_path: Path) -> None:
    with pytest.raises(PrinterUnfit, match="a folder"):
        opening(tmp_path)
    with pytest.raises(FileNotFoundError):
        opening(tmp_path / "nowhere" / "paper")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        opening(tmp_path / "link")


def test_a_plain_file_where_the_usb_has_its_nodes_is_no_printer(tmp_path: Path) -> None:
    _, surroundings = address_of("usb", str(tmp_path / "plain"), tmp_path)
    (tmp_path / "plain").touch()
    with pytest.raises(PrinterUnfit):
        run(open_transport(Usb(0x04B8, 0x0E15), PROFILE, PATIENT, surroundings).open())


def test_a_pipe_takes_reports_while_somebody_reads_it(tmp_path: Path) -> None:
    async def scene() -> bytes:
        transport = open_transport(File(str(pipe)), PROFILE, HASTY)
        with pytest.raises(PrinterAbsent):
            await transport.open()
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        await transport.open()
        await transport.send(b"a report\n")
        read = os.read(reader, 100)
        with pytest.raises(PrinterSilent):
            await transport.send(b"x" * 200_000)
        os.close(reader)
        with pytest.raises(PrinterAbsent):
            await transport.send(b"a report\n")
        await transport.close()
        return read

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert run(scene()) == b"a report\n"


def test_a_raw_port_stays_raw() -> None:
    """The pty of these tests starts as a raw one; the product must make it so by itself, or every LF becomes CR LF."""

    async def scene() -> bytes:
        port = Port()
        mode = termios.tcgetattr(port.slave)
        mode[tty.OFLAG] |= termios.OPOST | termios.ONLCR
        termios.tcsetattr(port.slave, termios.TCSANOW, mode)
        transport = open_transport(Serial(port.path), PROFILE, PATIENT)
        await transport.open()
        await transport.send(b"one\ntwo\n")
        await until(lambda: not port.hear() and b"two" in port.received and port.received.endswith(b"\n"))
        await transport.close()
        port.pull_out()
        return bytes(port.received)

    assert run(scene()).endswith(b"one\ntwo\n")
