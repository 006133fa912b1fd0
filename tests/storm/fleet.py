"""Many edges in one process: real database files, real writers, real links over HTTPS to the hub's own process.

`python -m tests.storm.fleet SPEC` makes them ready, lets them sell where no line is, says so, and waits for a line on
stdin; then all of them come back in the same moment. What it says: one line of JSON for each step.

Two hundred edges have two hundred processors elsewhere; here they share the hub's. So this process stands back (nice),
and looks at its edges seldom.
"""

import asyncio
import os
import resource
import shutil
import sys
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import structlog

from edge.runtime.database import Reader, migrate, open_reader
from edge.runtime.lease_keys import LeaseKeys
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, LinkParts
from edge.sync.pages import read_evidence
from edge.sync.trust import hub_tls
from shared.domain.raffle.queries_page import NUMBERS_LEFT
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.clock import SystemClock
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys, read_keys
from shared.pipeline.loop import run_node
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.protocol import UnitReport
from tests.storm.long_journal import offer_of, sell
from tests.storm.waiting import until

FILES = 16_384
READY_AT_ONCE = 8
READY_S_MAX = 120.0
LEVEL_S_MAX = 600.0
LOOK_S = 0.5
NICE = 10


class Spec(msgspec.Struct, frozen=True):
    """Which edges, of whom, and how many sales each brings back; `keys` are key files of enrolled units."""

    url: str
    authority: str
    org_id: UUID
    hub_node_id: UUID
    hub_key: str
    event_id: UUID
    keys: list[str]
    sales: int
    seed: int


class Step(msgspec.Struct, frozen=True):
    """What was done; `level_s` are the seconds after which edge by edge had nothing waiting."""

    done: str
    seconds: float
    level_s: list[float] = []
    rss_mb: float = 0.0


class FleetEdge:
    """One edge without pages and without a process of its own."""

    def __init__(self, spec: Spec, keys: Keys, writer: SqliteWriter, reader: Reader) -> None:
        self.writer = writer
        self._reader = reader
        self._keys = keys
        self._spec = spec
        self._clock = SystemClock()
        self._jitter = Random(f"{spec.seed}/{keys.node_id}").random
        self.link: HubLink | None = None

    async def numbers_left(self) -> int:
        """Numbers that can be sold here."""
        found = await self._reader.one(NUMBERS_LEFT, event_id=self._spec.event_id)
        return found.left if found else 0

    async def report(self) -> UnitReport:
        """How it is."""
        return UnitReport(
            wall_ms=self._clock.now().wall_ms, tip_seq=self.writer.tip.seq, waiting=0, printer="ready",
            battery_percent=None, numbers_left=0, seller="",
        )  # fmt: skip

    def connect(self, address: HubAddress) -> "asyncio.Task[None]":
        """The line is back."""
        parts = LinkParts(
            writer=self.writer, reader=self._reader, key=self._keys.node_key(), clock=self._clock, jitter=self._jitter,
            report=self.report, changed=lambda: None, rows_came=lambda: None,
        )  # fmt: skip
        self.link = HubLink(address, parts)
        return asyncio.create_task(self.link.run())

    @property
    def level(self) -> bool:
        """Whether the hub has everything."""
        status = self.link.status if self.link else None
        return status is not None and status.connected and status.waiting == 0


class Fleet:
    """All edges of a spec, open."""

    def __init__(self, spec: Spec, edges: list[FleetEdge]) -> None:
        self._spec = spec
        self._edges = edges
        tls = hub_tls(spec.url, spec.authority)
        self._address = HubAddress(spec.url, spec.hub_node_id, bytes.fromhex(spec.hub_key), tls)

    async def get_ready(self) -> None:
        """Rows and numbers for everybody, a few at a time; then the line goes away."""
        turn = asyncio.Semaphore(READY_AT_ONCE)

        async def one(edge: FleetEdge) -> None:
            async with turn:
                task = edge.connect(self._address)
                try:
                    await until(edge.numbers_left, "numbers", READY_S_MAX, LOOK_S)
                    await until(lambda: edge.level, "its first entries at the hub", READY_S_MAX, LOOK_S)
                finally:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)

        await asyncio.gather(*map(one, self._edges))

    async def sell(self) -> None:
        """Everybody sells."""
        for edge in self._edges:
            offer = await offer_of(edge.writer, self._spec.event_id)
            await sell(edge.writer, offer, self._spec.sales, lambda _: None)

    async def come_back(self) -> list[float]:
        """All lines are back in one moment; after how many seconds each edge was level."""
        began = time.monotonic()
        tasks = [edge.connect(self._address) for edge in self._edges]

        async def one(edge: FleetEdge) -> float:
            await until(lambda: edge.level, "an edge that came back is level", LEVEL_S_MAX, LOOK_S)
            return round(time.monotonic() - began, 2)

        try:
            return await asyncio.gather(*map(one, self._edges))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def run(spec: Spec, folder: Path) -> None:
    """The whole of it."""
    async with AsyncExitStack() as stack:
        fleet = Fleet(spec, await _open_all(spec, folder, stack))
        await _step("ready", fleet.get_ready())
        await _step("sold", fleet.sell())
        await asyncio.to_thread(sys.stdin.readline)
        await _step("level", fleet.come_back())


async def _open_all(spec: Spec, folder: Path, stack: AsyncExitStack) -> list[FleetEdge]:
    """Every edge's database, copied from one that was made once."""
    blank = folder / "blank.db"
    await asyncio.to_thread(migrate, blank)
    clock = SystemClock()
    edges = []
    for name in spec.keys:
        keys = await asyncio.to_thread(read_keys, Path(name))
        path = folder / f"{keys.node_id}.db"
        await asyncio.to_thread(shutil.copyfile, blank, path)
        owner = Owner(spec.org_id, keys.node_id, 1)
        keyring = LeaseKeys(keys.node_key(), owner, bytes.fromhex(spec.hub_key))
        writer = SqliteWriter(open_durable(path), ALL, owner, Tools(clock, chance, keyring, {}, read_evidence))
        stack.callback(writer.close)
        edges.append(FleetEdge(spec, keys, writer, await stack.enter_async_context(open_reader(path, owner))))
    return edges


async def _step(name: str, work: Coroutine[Any, Any, list[float] | None]) -> None:
    began = time.monotonic()
    level_s = await work
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    step = Step(name, round(time.monotonic() - began, 1), level_s or [], round(rss_mb))
    sys.stdout.write(msgspec.json.encode(step).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    file = Path(sys.argv[1])
    os.nice(NICE)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the steps alone
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    run_node(run(msgspec.json.decode(file.read_bytes(), type=Spec), file.parent))
