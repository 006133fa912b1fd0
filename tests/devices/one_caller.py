"""The network card of a printer that serves one caller at a time, as they do: real sockets before a virtual printer."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

from edge.devices.virtual.printer import HOST, VirtualPrinter

Others = Literal["refused", "kept waiting"]


class OneCaller:
    """Who calls while another is served is refused, or kept waiting as if the call were taken."""

    def __init__(self, printer: VirtualPrinter, others: Others) -> None:
        self.port = 0
        self.callers = 0
        self._printer = printer
        self._others = others

    def listen(self) -> socket.socket:
        """Take calls, on the same port each time."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, self.port))
        listening.listen(8)
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        return listening

    async def run(self, listening: socket.socket) -> None:
        """One after another, until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                caller, _ = await loop.sock_accept(listening)
                if self._others == "refused":
                    listening.close()
                self.callers += 1
                with suppress(ConnectionError):
                    await self._serve(*await asyncio.open_connection(sock=caller))
                if self._others == "refused":
                    listening = self.listen()
        finally:
            listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, self._printer.port)
        saying = asyncio.create_task(_pass_on(there, writer))
        try:
            await _pass_on(reader, back)
        finally:
            saying.cancel()
            for end in (back, writer):
                end.transport.abort()
            await asyncio.gather(saying, back.wait_closed(), writer.wait_closed(), return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(4_096):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def one_caller(printer: VirtualPrinter, others: Others) -> AsyncIterator[OneCaller]:
    """The printer, switched on, and the card before it."""
    await printer.start()
    card = OneCaller(printer, others)
    serving = asyncio.create_task(card.run(card.listen()))
    try:
        yield card
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await printer.stop()
