"""The demo page fetches styles and paper from hub and units: what they do to their connections is no fault of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from shared.demo import cast as people
from shared.demo.line import Line
from shared.demo.page import AWAY, demo_app
from shared.demo.processes import Children
from shared.demo.setting import Stage
from shared.demo.view import DemoView
from shared.demo.watch import Watch
from tests.support.demo import free_base_port

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 5\r\n\r\npaper"
PAPER = f"/paper/{people.EDGES[0].key}/1.png"


class Words(logging.Handler):
    """What the demo says in its log, whatever another test of this process has made of logging."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Kept."""
        self.records.append(record)


@pytest.fixture
def words() -> Iterator[Words]:
    """The demo's log."""
    log, heard = logging.getLogger("tillhouse.demo"), Words()
    before = log.disabled, log.level, logging.root.manager.disable
    log.disabled = False
    logging.disable(logging.NOTSET)
    log.setLevel(logging.WARNING)
    log.addHandler(heard)
    yield heard
    log.removeHandler(heard)
    log.disabled = before[0]
    log.setLevel(before[1])
    logging.disable(before[2])


class Blind(Watch):
    """A watch that fails when it is asked."""

    def view(self) -> DemoView:
        raise LookupError("nothing was ever seen")


async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server whose patience with an idle connection ends in the moment in which it is used again."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await reader.read(1)
    writer.close()


@asynccontextmanager
async def a_page(folder: Path, kind: type[Watch] = Watch, *, unit_up: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the demo's page, whose one unit answers each connection once."""
    ports = people.Ports(free_base_port())
    stage = Stage(folder, "http://127.0.0.1:9", Children(folder))
    lines: dict[str, Line] = {}
    app: Litestar = demo_app(ports, lines, kind(stage, ports, lines, {}))
    unit = await asyncio.start_server(answer_once, "127.0.0.1", ports.edge(0)) if unit_up else None
    transport = httpx.ASGITransport(app=cast(Any, app))
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://demo.test") as browser:
        yield browser
    await stage.close()
    if unit:
        unit.close()
        await unit.wait_closed()


@pytest.mark.anyio
async def test_a_connection_that_the_unit_closes_while_it_is_idle_spoils_no_picture(
    anyio_backend: str, tmp_path: Path
) -> None:
    async with a_page(tmp_path) as browser:
        for _ in range(3):
            answer = await browser.get(PAPER)
            assert (answer.status_code, answer.content) == (200, b"paper")


@pytest.mark.anyio
async def test_a_unit_that_is_away_is_said_so(anyio_backend: str, tmp_path: Path, words: Words) -> None:
    async with a_page(tmp_path, unit_up=False) as browser:
        answer = await browser.get(PAPER)
        assert (answer.status_code, answer.text) == (503, AWAY)
        answer = await browser.post(f"/troubles/{people.EDGES[0].key}", json={"trouble": "paper_out"})
        assert (answer.status_code, answer.text) == (503, AWAY)
        assert (await browser.get("/paper/nobody/1.png")).status_code == 404
    assert [record.levelno for record in words.records] == [logging.WARNING] * 2


@pytest.mark.anyio
async def test_a_fault_of_the_page_itself_leaves_its_trace(anyio_backend: str, tmp_path: Path, words: Words) -> None:
    async with a_page(tmp_path, Blind) as browser:
        assert (await browser.get("/")).status_code == 500
    [record] = words.records
    assert record.exc_info is not None
    assert "nothing was ever seen" in str(record.exc_info[1])
