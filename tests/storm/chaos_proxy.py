"""A line with weather: a TCP proxy on loopback that spoils connections as a seed says (weather.py).

It may end TLS, as a proxy before a hub is allowed to (design §5), and speak plainly to the hub's listener for this
machine; only so can it send a request twice, since TLS lets nobody in the middle repeat anything. Without TLS it
passes bytes on as they are, and doubling is for callers who speak plainly themselves.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Callable

from tests.storm.weather import CALM, Fault

CHUNK_BYTES = 16_384
TICKS_PER_S = 20
AGAIN_S_MAX = 3.0
BROKEN = (OSError, EOFError, RuntimeError, ssl.SSLError)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cut(Exception):
    """So many bytes have passed, and no more do."""


class ChaosProxy:
    """Forwards `port` on loopback to `target`; `fate` says what happens to connection number so and so.

    Starts in good weather; `storm` lets the faults loose, `calm` ends them and every connection they had.
    """

    def __init__(self, port: int, target: int, fate: Callable[[int], Fault]) -> None:
        self.port = port
        self.tls: ssl.SSLContext | None = None
        self.log: list[Fault] = []
        """What every connection of the storm met, in the order in which they came."""
        self._target = target
        self._fate = fate
        self._stormy = False
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def faults(self) -> Counter[str]:
        """How many connections met what."""
        return Counter(fault.kind for fault in self.log)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    def storm(self) -> None:
        """From the next connection on, faults; those that are open end soon."""
        self._stormy = True
        self._break_all()

    def calm(self) -> None:
        """Good weather from the next connection on; those of the storm are broken."""
        self._stormy = False
        self._break_all()

    async def stop(self) -> None:
        """Listen no more, and end every connection."""
        if self._server is not None:
            self._server.close()
        self._break_all()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _break_all(self) -> None:
        for task in self._connections:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Nothing is awaited before TLS begins, or the first bytes of its handshake would be taken for our own."""
        fault = CALM
        if self._stormy:
            fault = self._fate(len(self.log))
            self.log.append(fault)
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._live(fault, (reader, writer))
        except asyncio.CancelledError:
            reset(writer)  # the weather changed; this task is ours alone, so it simply ends
        except BROKEN:
            reset(writer)
        finally:
            self._connections.discard(task)

    async def _live(self, fault: Fault, near: Streams) -> None:
        """Serve one connection until it ends by itself, by its fault, or with its life."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(fault.life_s):
                if fault.kind == "half_open" and fault.early:
                    await asyncio.Event().wait()
                if self.tls is not None:
                    await near[1].start_tls(self.tls)
                if fault.kind == "half_open":
                    await asyncio.Event().wait()
                await self._forward(fault, near)
                return
        if fault.kind == "reset":
            reset(near[1])
        else:
            near[1].close()

    async def _forward(self, fault: Fault, near: Streams) -> None:
        far = await asyncio.open_connection("127.0.0.1", self._target)
        again: asyncio.Queue[bytes] | None = None
        if fault.kind == "double":
            again = asyncio.Queue()
            shadow = asyncio.create_task(self._repeat(fault, again))
            self._connections.add(shadow)
            shadow.add_done_callback(self._connections.discard)
        up = asyncio.create_task(carry(near[0], far[1], fault, again))
        down = asyncio.create_task(carry(far[0], near[1], fault, down=True))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            if again is not None:
                again.put_nowait(b"")
            if fault.kind == "reset":
                reset(far[1])
            far[1].close()
        near[1].close()

    async def _repeat(self, fault: Fault, sent: "asyncio.Queue[bytes]") -> None:
        """Say everything once more on a connection of its own; what comes back is thrown away."""
        with contextlib.suppress(*BROKEN):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
            deaf = asyncio.create_task(_ignore(reader))
            try:
                while data := await sent.get():
                    await asyncio.sleep(fault.pause_s)
                    writer.write(data)
                    await writer.drain()
                async with asyncio.timeout(AGAIN_S_MAX):
                    await deaf
            finally:
                deaf.cancel()
                writer.close()


async def carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    fault: Fault,
    again: "asyncio.Queue[bytes] | None" = None,
    *,
    down: bool = False,
) -> None:
    """One way of a connection, until its end or its fault's."""
    left = fault.after_bytes if fault.kind == "cut" and fault.down is down else None
    with contextlib.suppress(Cut, *BROKEN):
        while data := await reader.read(CHUNK_BYTES):
            if fault.kind == "delay":
                await asyncio.sleep(fault.pause_s)
            whole = data if left is None else data[:left]
            if again is not None:
                again.put_nowait(data)
            await _say(writer, whole, fault)
            if left is not None:
                left -= len(whole)
                if left <= 0:
                    raise Cut


async def _say(writer: asyncio.StreamWriter, data: bytes, fault: Fault) -> None:
    step = max(1, fault.bytes_per_s // TICKS_PER_S) if fault.kind == "slow" else max(1, len(data))
    for first in range(0, len(data), step):
        writer.write(data[first : first + step])
        await writer.drain()
        if fault.kind == "slow":
            await asyncio.sleep(1 / TICKS_PER_S)


async def _ignore(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(*BROKEN):
        while await reader.read(CHUNK_BYTES):
            pass


def reset(writer: asyncio.StreamWriter) -> None:
    """Close without a word of parting (RST)."""
    with contextlib.suppress(OSError, AttributeError):
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
