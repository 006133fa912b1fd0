"""Real other ends for lines: a pty with a printer behind it, a server that says what a test wrote down for it."""

import asyncio
import os
import termios
import tty
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from edge.devices.lines.transport import Patience
from edge.devices.virtual.printer import VirtualPrinter

GARBAGE = b"\xff\xc1\x81"
SPEEDS = {9_600: termios.B9600, 19_200: termios.B19200, 38_400: termios.B38400, 115_200: termios.B115200}


T = TypeVar("T")

PATIENT = Patience(connect_timeout_ms=20_000, status_timeout_ms=20_000, send_timeout_ms=20_000)
HASTY = Patience(connect_timeout_ms=20_000, status_timeout_ms=250, send_timeout_ms=300)
"""For what must come, on any machine; and for what never comes."""


def run(scene: Coroutine[Any, Any, T]) -> T:
    """On the loop that a unit runs on: ports and processes behave a little otherwise there than on the plain one."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(scene)


class Port:
    """A pty: `path` is the end that the product opens, this object is whatever hangs on the other end."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.path = os.ttyname(self.slave)
        self.received = bytearray()

    def say(self, data: bytes) -> None:
        """Send to the product; what does not fit is lost, as on a wire."""
        with suppress(BlockingIOError):
            os.write(self.master, data)

    def hear(self) -> bytes:
        """What has come since the last time."""
        with suppress(BlockingIOError, OSError):
            data = os.read(self.master, 65_536)
            self.received += data
            return data
        return b""

    def speaks_at(self, baud: int) -> bool:
        """Whether the product has opened the port at this speed."""
        return bool(termios.tcgetattr(self.master)[5] == SPEEDS[baud])

    def pull_out(self) -> None:
        """The adapter is out: the port's other end is gone."""
        for number in (self.master, self.slave):
            with suppress(OSError):
                os.close(number)


class PortWithPrinter:
    """A virtual printer behind a pty; at any other speed than `baud` it hears and says garbage."""

    def __init__(self, printer: VirtualPrinter, baud: int | None = None) -> None:
        self.port = Port()
        self._printer = printer
        self._baud = baud
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._printer.port)
        asyncio.get_running_loop().add_reader(self.port.master, self._to_printer)
        self._task = asyncio.create_task(self._to_port(reader))

    async def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(self.port.master)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        if self._writer is not None:
            self._writer.close()
        self.port.pull_out()

    def _to_printer(self) -> None:
        data = self.port.hear()
        if self._baud is not None and not self.port.speaks_at(self._baud):
            self.port.say(GARBAGE)
        elif data and self._writer is not None:
            self._writer.write(data)

    async def _to_port(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(256):
            self.port.say(data)


@asynccontextmanager
async def peer(answers: Mapping[bytes, bytes], *, greeting: bytes = b"") -> AsyncIterator[int]:
    """A server that gives each of these questions its answer, wherever it stands; its port is handed out."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        heard = b""
        with suppress(ConnectionError):
            while data := await reader.read(256):
                heard += data
                while heard:
                    question = next((each for each in answers if heard.startswith(each)), None)
                    writer.write(answers[question] if question else b"")
                    heard = heard[len(question or heard[:1]) :]
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def until(true: Callable[[], bool]) -> None:
    """Wait for it, long enough for any machine."""
    for _ in range(2_000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never happened")


def plug_in(sysfs: Path, node: str, *, vendor: str, product: str, serial: str = "") -> None:
    """A printer on the USB as the kernel shows it: device → interface → node."""
    device = sysfs / "bus" / "usb" / "devices" / f"1-{node[-1]}"
    interface = device / f"{device.name}:1.0"
    (interface / "usbmisc" / node).mkdir(parents=True)
    (interface / "bInterfaceClass").write_text("07\n")
    for name, said in (("idVendor", vendor), ("idProduct", product), ("serial", serial)):
        (device / name).write_text(f"{said}\n")
