"""The weather does what it says, and the same seed brings the same weather."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from hub.runtime.postgres_process import free_port
from tests.storm.chaos_proxy import ChaosProxy
from tests.storm.waiting import until
from tests.storm.weather import CALM, HALF_OPEN_S, KINDS, Fault, draw, fault_at
from tests.support.limits import WAIT_S_MAX
from tests.support.tls import authority, server_context

pytestmark = pytest.mark.anyio
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Far:
    """The server behind the line: repeats what it hears, and writes it down for each connection."""

    def __init__(self) -> None:
        self.heard: list[bytearray] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        mine = bytearray()
        self.heard.append(mine)
        with suppress(OSError):
            while data := await reader.read(65_536):
                mine += data
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def line(*fates: Fault, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[ChaosProxy, Far]]:
    """A stormy line on which the first connection meets the first of `fates`, and so on."""
    far = Far()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    proxy = ChaosProxy(free_port(), server.sockets[0].getsockname()[1], lambda place: fates[place])
    proxy.tls = tls
    await proxy.start()
    proxy.storm()
    try:
        async with asyncio.timeout(WAIT_S_MAX):
            yield proxy, far
    finally:
        await proxy.stop()
        server.close()
        await server.wait_closed()


async def call(proxy: ChaosProxy) -> Streams:
    """A caller."""
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def spoken(streams: Streams, words: bytes) -> bytes:
    """Say it, and hear as much back."""
    reader, writer = streams
    writer.write(words)
    await writer.drain()
    return await reader.readexactly(len(words))


async def until_heard(far: Far, *words: bytes) -> None:
    """Until the far side's connections have heard exactly this, in whatever order they came."""
    await until(lambda: Counter(map(bytes, far.heard)) == Counter(words), "the far side has heard it", WAIT_S_MAX)


async def test_in_good_weather_every_byte_passes_and_nothing_is_noted() -> None:
    """Calm is calm."""
    async with line() as (proxy, far):
        proxy.calm()
        streams = await call(proxy)
        assert await spoken(streams, b"x" * 300_000) == b"x" * 300_000
        await until_heard(far, b"x" * 300_000)
        assert proxy.faults == Counter()
        streams[1].close()


async def test_a_delayed_line_is_late_and_loses_nothing() -> None:
    """Both ways wait."""
    async with line(Fault("delay", 5.0, pause_s=0.2)) as (proxy, _):
        streams = await call(proxy)
        began = asyncio.get_running_loop().time()
        assert await spoken(streams, b"hello") == b"hello"
        assert asyncio.get_running_loop().time() - began >= 0.4
        assert proxy.faults == Counter(delay=1)
        streams[1].close()


async def test_a_reset_line_breaks_with_an_error_and_not_with_an_end() -> None:
    """An RST is no FIN."""
    async with line(Fault("reset", 1.0)) as (proxy, _):
        reader, writer = streams = await call(proxy)
        assert await spoken(streams, b"hello") == b"hello"
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()


@pytest.mark.parametrize("early", [True, False])
async def test_a_half_open_line_takes_everything_and_says_nothing(early: bool) -> None:
    """Nothing reaches the far side either."""
    async with line(Fault("half_open", 0.5, early=early)) as (proxy, far):
        reader, writer = await call(proxy)
        writer.write(b"is anybody there")
        await writer.drain()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
        assert not far.heard
        writer.close()


async def test_a_half_open_line_does_not_even_answer_the_handshake_when_it_is_early() -> None:
    """A caller who speaks TLS hangs in the middle of it."""
    async with line(Fault("half_open", 0.5, early=True), tls=server_context()) as (proxy, _):
        trust = ssl.create_default_context(cadata=authority().pem)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.open_connection("127.0.0.1", proxy.port, ssl=trust)


async def test_a_slow_line_passes_so_many_bytes_a_second_and_no_more() -> None:
    """Half a second's worth takes half a second."""
    async with line(Fault("slow", 5.0, bytes_per_s=8_000)) as (proxy, _):
        streams = await call(proxy)
        began = asyncio.get_running_loop().time()
        assert await spoken(streams, b"s" * 4_000) == b"s" * 4_000
        assert asyncio.get_running_loop().time() - began >= 0.4
        streams[1].close()


@pytest.mark.parametrize("down", [True, False])
async def test_a_cut_line_ends_after_exactly_so_many_bytes(down: bool) -> None:
    """Up: the far side misses the rest. Down: it has everything, and the caller does not."""
    async with line(Fault("cut", 5.0, after_bytes=100, down=down)) as (proxy, far):
        reader, writer = await call(proxy)
        writer.write(b"c" * 400)
        await writer.drain()
        back = await reader.read()
        await until_heard(far, b"c" * (400 if down else 100))
        assert len(back) == 100 if down else len(back) <= 100
        writer.close()


async def test_a_doubled_request_reaches_the_far_side_twice_and_is_answered_once() -> None:
    """The second comes on a connection of its own."""
    async with line(Fault("double", 5.0, pause_s=0.05)) as (proxy, far):
        streams = await call(proxy)
        assert await spoken(streams, b"sell me one") == b"sell me one"
        await until_heard(far, b"sell me one", b"sell me one")
        streams[1].close()


async def test_a_line_that_ends_tls_doubles_what_was_said_inside_it() -> None:
    """The far side hears plain bytes, both times."""
    async with line(Fault("double", 5.0), tls=server_context()) as (proxy, far):
        trust = ssl.create_default_context(cadata=authority().pem)
        streams = await asyncio.open_connection("127.0.0.1", proxy.port, ssl=trust)
        assert await spoken(streams, b"sell me one") == b"sell me one"
        await until_heard(far, b"sell me one", b"sell me one")
        streams[1].close()


async def test_no_connection_outlives_its_life_and_calm_breaks_those_of_the_storm() -> None:
    """The weather changes for lines that are open, too."""
    async with line(Fault("calm", 0.2), Fault("calm", 60.0)) as (proxy, _):
        short, long = await call(proxy), await call(proxy)
        assert await short[0].read() == b""
        assert await spoken(long, b"still here") == b"still here"
        proxy.calm()
        with pytest.raises(ConnectionResetError):
            await long[0].read(1)
        again = await call(proxy)
        assert await spoken(again, b"hello") == b"hello"
        for _, writer in (short, long, again):
            writer.close()


async def test_a_far_side_that_is_gone_is_a_reset_line() -> None:
    """As when the hub was killed."""
    proxy = ChaosProxy(free_port(), free_port(), lambda _: CALM)
    await proxy.start()
    reader, writer = await call(proxy)
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()
    await proxy.stop()


async def test_the_same_seed_brings_the_same_weather_and_every_kind_comes() -> None:
    """By line and place alone; another seed brings other weather."""
    night = [fault_at(7, "rsu-01", place) for place in range(300)]
    assert night == [fault_at(7, "rsu-01", place) for place in range(300)]
    assert night != [fault_at(8, "rsu-01", place) for place in range(300)]
    assert night != [fault_at(7, "rsu-02", place) for place in range(300)]
    assert {fault.kind for fault in night} == set(KINDS)
    chance = Random(1)
    assert all(draw(chance).life_s <= HALF_OPEN_S[1] for _ in range(300))
