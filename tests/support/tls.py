"""TLS of tests: an authority made as a hub makes its own, certificates good and bad, and small servers on loopback."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

import uvicorn

from hub.runtime.authority import Authority, read_or_make_authority
from hub.runtime.entrance import ALWAYS
from shared.journal.chance import chance_bytes
from shared.journal.clock import SystemClock


def today_ms() -> int:
    """The machine's clock, for that is the one OpenSSL reads."""
    return SystemClock().now().wall_ms


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="tillhouse-tls-")


@cache
def authority() -> Authority:
    """The authority of this run."""
    return make_authority(Path(_folder().name))


def make_authority(folder: Path, *, now_ms: int | None = None) -> Authority:
    """An authority of its own."""
    return read_or_make_authority(folder, now_ms=now_ms or today_ms(), chance=chance_bytes)


def context_of(signer: Authority, names: Sequence[str] = ALWAYS, *, now_ms: int | None = None) -> ssl.SSLContext:
    """What a server shows under these names, signed at `now_ms`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signer.server_file(names, now_ms=now_ms or today_ms(), chance=chance_bytes))
    return context


@cache
def server_context() -> ssl.SSLContext:
    """What a server on loopback shows in this run."""
    return context_of(authority())


def over_tls(config: uvicorn.Config) -> uvicorn.Config:
    """The same server, over TLS."""
    config.load()
    config.ssl = server_context()
    return config


@asynccontextmanager
async def answering(
    body: str = "yes", context: ssl.SSLContext | None = None, status: str = "200 OK", *, port: int = 0
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on loopback with one answer for everybody; its port, and the requests it was sent."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            if said := await reader.read(65_536):
                heard.append(said)
            head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write((head + body).encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
        await server.wait_closed()
