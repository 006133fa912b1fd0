"""A scanner on a serial port, here a pseudo-terminal: read as it sends, lost and found, never read by two."""

import asyncio
import errno
import os
import pty
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from edge.devices.group import JOIN_GROUP
from edge.devices.scanners.serial import SerialSource, fault_of, serial_source
from edge.devices.scanners.source import ScannerAbsent, ScannerForbidden, ScannerTaken, ScannerUnfit
from edge.devices.scanners.supervisor import ScannerState
from firmware_profiles import Framing, Order, load_scanner
from shared.pipeline.loop import run_node
from tests.devices.peers import until
from tests.devices.scanner_desk import TICKET, ScannerDesk, scanner_desk

BAUDS = 9_600
LONG_SILENCE = msgspec.structs.replace(load_scanner("generic-serial"), framing=Framing(silence_ms=60_000))


class Port:
    """The scanner's end of a pseudo-terminal that stands at `path`, as a device below /dev does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: tuple[int, ...] = ()
        self.plug_in()

    def plug_in(self) -> None:
        self._ends = pty.openpty()
        os.set_blocking(self._ends[0], False)
        self.path.symlink_to(os.ttyname(self._ends[1]))

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            os.write(self._ends[0], piece)

    def received(self) -> bytes:
        try:
            return os.read(self._ends[0], 4_096)
        except BlockingIOError:
            return b""

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = ()

    def source(self) -> SerialSource:
        return SerialSource(str(self.path), BAUDS)


@contextmanager
def port(folder: Path, name: str = "ttyACM0") -> Iterator[Port]:
    """A scanner that is plugged in until the block ends."""
    plugged = Port(folder / name)
    try:
        yield plugged
    finally:
        plugged.unplug()


def at_the_port(folder: Path, scene: Callable[[Port, ScannerDesk], Awaitable[None]]) -> None:
    """Run one scene on the loop that units run on."""

    async def play() -> None:
        with port(folder) as plugged:
            async with scanner_desk(plugged.source(), LONG_SILENCE) as desk:
                await desk.until_state(ScannerState.READY)
                await scene(plugged, desk)

    run_node(play())


def test_scans_come_off_a_serial_line_one_by_one_however_they_are_cut(tmp_path: Path) -> None:
    async def scene(plugged: Port, desk: ScannerDesk) -> None:
        plugged.send(b"7K3M9QWX", b"C2V8N4PRTB6HD\r\n4006381333931\r", b"\n")
        await desk.until_told(TICKET, "4006381333931")
        assert (desk.supervisor.status.scans, desk.supervisor.status.refused) == (2, 0)

    at_the_port(tmp_path, scene)


def test_ten_thousand_characters_and_garbage_are_refused_and_the_next_scan_is_read(tmp_path: Path) -> None:
    async def scene(plugged: Port, desk: ScannerDesk) -> None:
        for _ in range(20):
            plugged.send(b"X" * 500)
            await asyncio.sleep(0.002)
        plugged.send(b"\r\n\x80\x81\xff\r\n" + TICKET.encode() + b"\r\n")
        await desk.until_told("too_long", "not_text", TICKET)

    at_the_port(tmp_path, scene)


def test_a_scanner_that_is_pulled_out_is_absent_and_found_again_by_itself(tmp_path: Path) -> None:
    async def scene(plugged: Port, desk: ScannerDesk) -> None:
        plugged.send(b"7K3M9")
        await asyncio.sleep(0.05)
        plugged.unplug()
        await desk.until_state(ScannerState.ABSENT)
        assert "Plug it in" in desk.supervisor.status.problem
        plugged.plug_in()
        await desk.until_state(ScannerState.READY)
        plugged.send(TICKET.encode() + b"\r")
        await desk.until_told(TICKET)

    at_the_port(tmp_path, scene)


def test_a_line_at_the_wrong_speed_says_so_and_is_well_with_the_first_good_scan(tmp_path: Path) -> None:
    async def scene(plugged: Port, desk: ScannerDesk) -> None:
        plugged.send(b"\x80\xf8\r", b"\x9e\x1e\r", b"\x86\xfe\r")
        await desk.until_state(ScannerState.ERROR)
        assert "speed" in desk.supervisor.status.problem
        plugged.send(TICKET.encode() + b"\r")
        await desk.until_state(ScannerState.READY)
        assert desk.supervisor.status.problem == ""

    at_the_port(tmp_path, scene)


def test_several_scanners_are_read_at_once_and_one_that_fails_touches_no_other(tmp_path: Path) -> None:
    async def play() -> None:
        with port(tmp_path, "one") as one, port(tmp_path, "two") as two:
            async with (
                scanner_desk(one.source(), LONG_SILENCE) as left,
                scanner_desk(two.source(), LONG_SILENCE) as right,
            ):
                await left.until_state(ScannerState.READY)
                await right.until_state(ScannerState.READY)
                two.send(b"7K3M")
                one.unplug()
                await left.until_state(ScannerState.ABSENT)
                two.send(b"9QWX\r")
                await right.until_told("7K3M9QWX")
                assert right.state is ScannerState.READY

    run_node(play())


def test_a_scanner_out_of_service_leaves_its_port_and_takes_it_again(tmp_path: Path) -> None:
    async def scene(plugged: Port, desk: ScannerDesk) -> None:
        desk.supervisor.disable()
        await desk.until_state(ScannerState.DISABLED)
        other = plugged.source()
        await other.open()
        await other.close()
        desk.supervisor.enable()
        await desk.until_state(ScannerState.READY)
        plugged.send(b"A1\r")
        await desk.until_told("A1")

    at_the_port(tmp_path, scene)


def test_orders_reach_the_scanner_and_its_answer_is_no_scan(tmp_path: Path) -> None:
    profile = msgspec.structs.replace(load_scanner("opticon-nlv-4001"), framing=Framing(silence_ms=60_000))
    order = Order("beep", "1b 42 0d", "06")

    async def play() -> None:
        with port(tmp_path) as plugged:
            async with scanner_desk(plugged.source(), profile) as desk:
                await desk.until_state(ScannerState.READY)
                await desk.supervisor.pull_trigger()
                await desk.supervisor.pull_trigger(on=False)
                given = asyncio.create_task(desk.supervisor.give(order))
                sent = bytearray()
                while not sent.endswith(b"\x1bB\r"):
                    sent += plugged.received()
                    await asyncio.sleep(0.001)
                plugged.send(b"\x06" + TICKET.encode() + b"\r")
                assert await given
                assert bytes(sent) == b"\x1bZ\r\x1bY\r\x1bB\r"
                await desk.until_told(TICKET)

    run_node(play())


class StuckPort:
    """A port whose scanner takes nothing: closing it waits."""

    def __init__(self, number: int) -> None:
        self.closing, self.taken = threading.Event(), threading.Event()
        self.was_taken = False
        self._number = number

    def fileno(self) -> int:
        return self._number

    def close(self) -> None:
        self.closing.set()
        self.was_taken = self.taken.wait(10)
        os.close(self._number)


def test_a_port_that_is_slow_to_close_keeps_nothing_else_waiting(tmp_path: Path) -> None:
    async def play() -> None:
        with port(tmp_path) as plugged:
            stuck = StuckPort(os.open(plugged.path, os.O_RDWR | os.O_NOCTTY))
            source = SerialSource(str(plugged.path), BAUDS, take=lambda: stuck)
            await source.open()
            closing = asyncio.create_task(source.close())
            await until(stuck.closing.is_set)
            stuck.taken.set()
            await closing
            assert stuck.was_taken, "the loop stood still while the port was being closed"

    run_node(play())


def test_what_keeps_a_port_from_being_read_is_told_apart(tmp_path: Path) -> None:
    async def play() -> None:
        with pytest.raises(ScannerAbsent):
            await SerialSource(str(tmp_path / "nothing"), BAUDS).open()
        (tmp_path / "file").touch()
        with pytest.raises(ScannerUnfit):
            await SerialSource(str(tmp_path / "file"), BAUDS).open()
        with port(tmp_path) as plugged:
            first = plugged.source()
            await first.open()
            with pytest.raises(ScannerTaken):
                await plugged.source().open()
            await first.close()
            with pytest.raises(ScannerAbsent):
                await first.read()

    asyncio.run(play())


def test_a_port_that_this_unit_may_not_read_says_which_group_may() -> None:
    fault = fault_of("serial:/dev/ttyACM0@9600", OSError(errno.EACCES, "no"))
    assert isinstance(fault, ScannerForbidden)
    assert JOIN_GROUP in str(fault)
    assert isinstance(fault_of("serial:/dev/ttyACM0@9600", ValueError("no such rate")), ScannerUnfit)


def test_the_speed_is_the_one_that_is_set_else_the_profiles(tmp_path: Path) -> None:
    profile = load_scanner("generic-serial")
    assert serial_source("/dev/ttyS0", None, profile).address == "serial:/dev/ttyS0@9600"
    assert serial_source("/dev/ttyS0", 115_200, profile).bauds == 115_200
