"""The demo's line: once cut, nothing passes, at whatever moment the cut comes."""

import asyncio
import contextlib

import pytest

from hub.runtime.postgres_process import free_port
from shared.demo.line import Line
from tests.support.limits import WAIT_S_MAX

pytestmark = pytest.mark.anyio
MOMENTS = 16


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(100):
            writer.write(data)
    writer.close()


@pytest.mark.parametrize("moment", range(MOMENTS))
async def test_a_connection_that_is_just_being_made_is_cut_too(moment: int) -> None:
    target = await asyncio.start_server(_echo, "127.0.0.1", 0)
    line = Line(free_port(), target.sockets[0].getsockname()[1])
    await line.connect()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    for _ in range(moment):
        await asyncio.sleep(0)
    async with asyncio.timeout(WAIT_S_MAX):
        await line.cut()
    writer.write(b"a sale")
    async with asyncio.timeout(WAIT_S_MAX):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(6)
    writer.close()
    target.close()
