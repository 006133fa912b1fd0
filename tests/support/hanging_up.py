"""A caller on a real socket that is gone before its request is whole."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from hub.runtime.postgres_process import free_port
from tests.support.sync import QuietServer, until

FORM, JSON, PACKED = "application/x-www-form-urlencoded", "application/json", "application/msgpack"
BEGUN = {FORM: b"login=ada&pass", JSON: b'{"login": "a', PACKED: b"\x81"}


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[int]:
    """Serve the application on a port of loopback, as its process does."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = QuietServer(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the application to listen")
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def hang_up(port: int, path: str, kind: str) -> None:
    """Say that much is to come, begin, and close the connection."""
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: {kind}\r\ncontent-length: 4000\r\n\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + BEGUN[kind])
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def told_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """What the log said of each path, and how loud; other lines are left out."""
    return {line["path"]: (line["event"], line["log_level"]) for line in lines if "path" in line}
