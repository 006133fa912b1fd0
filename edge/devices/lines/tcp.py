"""Bytes over TCP; a full receive window is the printer's way to say that it has no room."""

import asyncio
import socket
from contextlib import suppress

from edge.devices.lines.address import Tcp

READ_BYTES = 256
KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds and tries: a printer whose cable was cut says no goodbye, and one that only pushes is never asked."""


class TcpCarrier:
    """A connection to a host and port."""

    byte_ms = 0.0

    def __init__(self, place: Tcp) -> None:
        self.address = f"{place.host}:{place.port}"
        self._place = place
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self) -> None:
        """Connect."""
        self._streams = await asyncio.open_connection(self._place.host, self._place.port)
        _keep_alive(self._streams[1].get_extra_info("socket"))
        self._streams[1].transport.set_write_buffer_limits(0)  # what was written is away: hanging up drops none of it

    async def close(self) -> None:
        """Hang up at once; what was not sent is dropped."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].transport.abort()
            with suppress(OSError):
                await streams[1].wait_closed()

    async def read(self) -> bytes:
        """The next bytes."""
        return await self._open()[0].read(READ_BYTES)

    async def write(self, data: bytes, *, urgent: bool = False) -> None:  # noqa: ARG002  TCP knows one order only
        """All of them, or as many as the printer takes."""
        writer = self._open()[1]
        writer.write(data)
        await writer.drain()

    def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            raise ConnectionResetError
        return self._streams


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
