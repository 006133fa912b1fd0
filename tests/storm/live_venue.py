"""A live venue's edge that sells at a steady pace, and how long each sale waits for the hub's receipt.

The pace does not wait for receipts: sales behind a line that stands still wait as long as they really would.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from shared.demo.script.unit import RunningUnit
from tests.benchmarks.measure import percentile
from tests.storm.waiting import until

LOOK_S = 0.1
"""So much too long a receipt may seem to take; looking more often would itself be a load on the unit."""
END_S_MAX = 120.0


class Waited(msgspec.Struct, frozen=True):
    """How long live sales waited for their receipts, in seconds."""

    sales: int
    p50_s: float
    p99_s: float
    worst_s: float


class Receipt(msgspec.Struct, frozen=True):
    """A sale that was answered at `sold_s` (monotonic) and waited so long for its receipt."""

    sold_s: float
    waited_s: float


class LiveVenue:
    """One venue that sells; `receipts` come as the hub confirms."""

    def __init__(self, unit: RunningUnit, event_id: str, pace_s: float) -> None:
        self._unit = unit
        self._event_id = event_id
        self._pace_s = pace_s
        self._http = httpx.AsyncClient(base_url=unit.url, trust_env=False, timeout=20)
        self._pending: dict[int, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._order: dict[str, Any] = {}
        self._over = asyncio.Event()
        self.receipts: list[Receipt] = []

    async def begin(self) -> None:
        """Log in and sell."""
        person = self._unit.role.staff[0]
        answer = await self._http.post("/api/identity/sessions", json={"name": person.name, "pin": person.pin})
        self._http.headers["authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        events = (await self._http.get("/api/raffle/events")).raise_for_status().json()
        event = next(one for one in events if one["event_id"] == self._event_id)
        package = min(event["packages"], key=lambda one: one["ticket_count"])
        self._order = {"event_id": self._event_id, "package_id": package["package_id"], "tender": "cash"}
        self._tasks = [asyncio.create_task(work) for work in (self._sell(), self._watch())]

    async def end(self) -> None:
        """Sell no more, and wait for the last receipts; a sale that is on its way is one too."""
        selling, watching = self._tasks
        self._over.set()
        await selling
        await until(lambda: watching.done() or not self._pending, "receipts of live sales", END_S_MAX)
        if watching.done():
            watching.result()

    async def close(self) -> None:
        """Stop at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    async def _sell(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._over.is_set():
                group.create_task(self._sell_one())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pace_s):
                        await self._over.wait()

    async def _sell_one(self) -> None:
        order = self._order | {"command_id": str(uuid4())}
        answer = await self._http.post("/api/raffle/sales", json=order)
        assert answer.status_code == 201, f"{self._unit.key} refused a sale: {answer.text[:300]}"
        self._pending[answer.json()["seq"]] = time.monotonic()

    async def _watch(self) -> None:
        while True:
            status = (await self._http.get("/api/sync/status")).raise_for_status().json()
            now_s = time.monotonic()
            for seq in [seq for seq in self._pending if seq <= status["confirmed_seq"]]:
                sold_s = self._pending.pop(seq)
                self.receipts.append(Receipt(sold_s, max(0.0, now_s - sold_s)))
            await asyncio.sleep(LOOK_S)


def waited(venues: Iterable[LiveVenue], from_s: float, until_s: float) -> Waited:
    """Of the sales of this stretch of time."""
    values = [one.waited_s for venue in venues for one in venue.receipts if from_s <= one.sold_s < until_s]
    return summed_up(values)


def summed_up(values: Sequence[float]) -> Waited:
    """The middle, the hundredth worst, the worst."""
    assert values, "nobody sold anything"
    middle, high = percentile(values, 0.5), percentile(values, 0.99)
    return Waited(len(values), round(middle, 3), round(high, 3), round(max(values), 3))
