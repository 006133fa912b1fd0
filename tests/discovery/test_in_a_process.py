"""A unit as its own process on a network: it is heard while it serves, and by nobody once it ended."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.runtime.membership import store_membership
from shared.nearby.signs import EDGE_SERVICE, read_edge_sign
from tests.discovery.air import LOOPBACK, ears
from tests.support.limits import PROGRAM_S_MAX
from tests.support.sync import until
from tests.support.tls import today_ms
from tests.support.unit import Founded

pytestmark = pytest.mark.anyio
CODE = "import sys; from shared.console.main import main; sys.argv[0] = 'tillhouse'; main()"
NEARBY = ["--discovery", "on", "--discovery-interfaces", LOOPBACK]


@pytest.fixture
def anyio_backend() -> str:
    """asyncio, as everywhere."""
    return "asyncio"


@contextmanager
def served(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The process, once it serves."""
    order = [sys.executable, "-c", CODE, "edge", "serve", "--folder", str(folder), "--port", "0", *NEARBY]
    process = subprocess.Popen(order, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        assert any("edge serves" in line for line in process.stderr)
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_a_unit_at_work_is_heard_until_it_ends(tmp_path: Path) -> None:
    founded, ear = Founded(tmp_path), ears()
    founded.clock.wall_ms = today_ms()
    store_membership(founded.settings.membership_file, founded.membership())
    await founded.fill()

    async def is_heard() -> bool:
        signs = (read_edge_sign(one.name, one.text) for one in await ear.browse([EDGE_SERVICE], seconds=0.5))
        return founded.keys.node_id in {sign.node_id for sign in signs if sign}

    async def is_gone() -> bool:
        return not await is_heard()

    try:
        with served(tmp_path) as process:
            await until(is_heard, "the unit to be heard")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, PROGRAM_S_MAX) == 0
            await until(is_gone, "its goodbye")
    finally:
        await ear.close()
