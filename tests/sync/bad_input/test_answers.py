"""What a unit hears in the place of its hub's answer: too long, packed, cut off, noise; it says so and asks again."""

import asyncio
import gzip
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.enrol import enrol
from edge.runtime.settings import Settings
from edge.runtime.world import World
from edge.sync.hub_client import ANSWER_BYTES_MAX, HubAway, HubClient, HubRefused
from hub.runtime.postgres_process import free_port
from shared.journal.signing import NodeKey
from shared.kernel.errors import BadSignature, TillhouseError
from shared.sync.pairing import SECRET_LETTERS, PairingCode
from shared.sync.protocol import LeaseRequest, UnitReport
from tests.support.clock import HandClock
from tests.support.profile import EACH
from tests.sync.bad_input.strategies import MEGABYTE

KEY = NodeKey(b"\x01" * 32, b"\x02" * 32)
REPORT = UnitReport(
    wall_ms=1, tip_seq=1, waiting=0, printer="ready", battery_percent=None, numbers_left=0, seller=""
)  # fmt: skip
BOMB = gzip.compress(bytes(64 * MEGABYTE), 9)
PIECE = bytes(256 * 1024)
PAGE = b"the hub's page"
STATUSES = st.sampled_from([200, 200, 204, 301, 403, 422, 500, 503])
DOORS = ("hello", "push", "feed", "lease", "report", "enrol")


@dataclass
class Wire:
    """A line at whose other end anything may answer; `answer` is what it says, `endless` for how many bytes."""

    runner: asyncio.Runner
    client: HubClient
    code: PairingCode
    folder: Path
    answer: bytes = b""
    endless: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say it, whatever is asked."""
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answer)
            for _ in range(self.endless // len(PIECE)):
                writer.write(PIECE)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def ask(self, door: str) -> Any:
        """Ask by this door."""
        asked: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "hello": lambda: self.client.hello(lambda _challenge: None),
            "push": lambda: self.client.push(b""),
            "feed": lambda: self.client.feed(0),
            "lease": lambda: self.client.lease(LeaseRequest(UUID(int=1), UUID(int=2))),
            "report": lambda: self.client.report(REPORT),
            "enrol": lambda: enrol(Settings(folder=self.folder), World(clock=HandClock()), self.code.text()),
        }
        return self.runner.run(asked[door]())

    def goes_on(self) -> None:
        """The hub's next answer is heard as if nothing had been."""
        self.answer, self.endless = said(200, PAGE), 0
        assert self.ask("feed") == PAGE


def said(status: int, body: bytes, *, length: int | None = None, packing: str = "") -> bytes:
    """An answer on the line; `length` is what it claims."""
    packed = f"Content-Encoding: {packing}\r\n" if packing else ""
    length = len(body) if length is None else length
    return f"HTTP/1.1 {status} Said\r\n{packed}Content-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """A unit's client and a line on loopback."""
    with asyncio.Runner() as runner:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        code = PairingCode(url, "", "0" * SECRET_LETTERS)
        client = HubClient(url, UUID(int=5), KEY, KEY.sign_public)
        found = Wire(runner, client, code, tmp_path_factory.mktemp("unit"))
        server = runner.run(asyncio.start_server(found.serve, "127.0.0.1", port))
        yield found
        runner.run(found.client.close())
        server.close()
        runner.run(server.wait_closed())


@pytest.mark.parametrize("door", DOORS)
def test_noise_in_the_place_of_an_answer_is_a_hub_that_is_away_or_refuses(wire: Wire, door: str) -> None:
    @given(STATUSES, st.binary(max_size=400), st.integers(0, 900), st.booleans())
    @EACH
    def hear(status: int, noise: bytes, length: int, framed: bool) -> None:
        wire.answer = said(status, noise, length=length) if framed else noise
        try:
            wire.ask(door)
        except (HubAway, HubRefused, BadSignature):
            return
        assert status == 200, "only these bytes as they came, to be verified by whoever asked"
        assert door in ("feed", "lease")

    hear()
    wire.goes_on()


@pytest.mark.parametrize("door", DOORS)
def test_an_answer_that_came_packed_is_not_unpacked(wire: Wire, door: str) -> None:
    @given(st.sampled_from(["gzip", "deflate", "zstd", "br", "gzip, gzip"]), STATUSES.filter(lambda one: one != 204))
    @EACH
    def hear(packing: str, status: int) -> None:
        wire.answer = said(status, BOMB, packing=packing)
        with pytest.raises(HubAway, match="packed"):
            wire.ask(door)

    hear()
    wire.goes_on()


def test_an_answer_without_end_is_given_up_and_the_limit_named(wire: Wire) -> None:
    for door in DOORS:
        wire.answer, wire.endless = said(200, b"", length=2**40), 2 * ANSWER_BYTES_MAX
        with pytest.raises(TillhouseError, match=str(ANSWER_BYTES_MAX)):
            wire.ask(door)
    wire.goes_on()
