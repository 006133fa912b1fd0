"""What an upload takes of a unit's memory and of its disk's time, however long the unit was away."""

import asyncio
import gc
import tracemalloc
from pathlib import Path

import aiosqlite
import httpx
import pytest

from edge.runtime.database import Reader, migrate
from edge.runtime.reporting import WEIGHED_MAX, Lag, lag_of
from edge.sync.hub_client import IDLE_S_MAX, HubClient
from hub.runtime.serve import IDLE_SECONDS
from shared.journal.signing import NodeKey
from shared.kernel.clock import Moment
from shared.kernel.codec import encode
from shared.sync.protocol import PushAnswer
from tests.edge.season import UNIT
from tests.edge.test_report import BOOT, entry

KEY = NodeKey(bytes([1]) * 32, bytes([1]) * 32)
BUNDLE_BYTES = 500_000
STORE = (
    "INSERT INTO journal_entry (org_id, node_id, epoch, branch, seq, command_id, command_digest, hash, data) "
    "VALUES (?, ?, ?, 0, ?, x'00', x'00', x'00', ?)"
)
STEPS = 100


class Storing(httpx.AsyncBaseTransport):
    """A hub that takes every bundle."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """It has it."""
        await request.aread()
        answer = encode(PushAnswer(seq=1, hash=b"", hub_time_ms=1))
        return httpx.Response(200, stream=httpx.ByteStream(answer))


async def bytes_kept_after(pushes: int) -> int:
    """What is still in memory after so many uploads, before any collector of cycles has looked."""
    client = HubClient("https://hub", UNIT.node_id, KEY, KEY.sign_public, transport=Storing())
    await client.push(b"")
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(pushes):
            await client.push(bytes(BUNDLE_BYTES))
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.enable()
        await client.close()


@pytest.mark.parametrize("pushes", [3, 30])
def test_a_bundle_that_the_hub_has_leaves_none_of_its_bytes_in_memory(pushes: int) -> None:
    assert asyncio.run(bytes_kept_after(pushes)) < BUNDLE_BYTES


async def weigh(path: Path, count: int) -> tuple[Lag, int]:
    """What waits in a journal of so many entries, and how many steps the database took to say so."""
    migrate(path)
    now = Moment(2_000, 2_000_000_000, BOOT)
    data = encode(entry(wall_ms=1_000, monotonic_ms=1_000))
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    async with aiosqlite.connect(path) as db:
        rows = [(UNIT.org_id.bytes, UNIT.node_id.bytes, UNIT.epoch, seq, data) for seq in range(1, count + 1)]
        await db.executemany(STORE, rows)
        await db.set_progress_handler(step, STEPS)
        lag = await lag_of(Reader(db, UNIT), [(UNIT, 0)], now)
    assert lag.bytes == len(data) * count
    return lag, steps


def test_a_report_of_a_long_backlog_counts_all_of_it_and_reads_little(tmp_path: Path) -> None:
    (lag, few), (longer, steps) = (
        asyncio.run(weigh(tmp_path / f"{times}.db", times * WEIGHED_MAX)) for times in (2, 6)
    )
    assert (lag.entries, longer.entries) == (2 * WEIGHED_MAX, 6 * WEIGHED_MAX)
    assert lag.oldest_ms == longer.oldest_ms == 1_000
    assert steps <= few + 1


def test_a_hub_never_closes_an_idle_connection_before_its_units_do() -> None:
    assert IDLE_S_MAX < IDLE_SECONDS
