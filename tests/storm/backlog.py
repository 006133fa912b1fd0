"""An edge comes back after weeks with hundreds of thousands of facts: how fast they go up, how much memory it takes.

The edge and the hub are processes of their own; both are started after the journal was made, so their peaks are of
the upload alone.
"""

import asyncio
import os
import time
from pathlib import Path

import msgspec

from shared.demo.script.unit import RunningUnit
from tests.storm.long_journal import fill
from tests.storm.scene import Bar, Wish, peak_rss_mb, scene

HUB_MB_MAX = 400.0
EDGE_MB_MAX = 250.0
LOOK_S = 0.05
STALLED_S_MAX = 120.0
EDGE = "counter"
SPARE_NUMBERS = 2_000


class Outcome(msgspec.Struct, frozen=True):
    """How it went; `problems` names what is over its limit or missing, `load` is the machine's load average."""

    facts: int
    seconds: float
    facts_per_s: float
    journal_mb: float
    hub_rss_before_mb: float
    hub_rss_peak_mb: float
    hub_ratio: float
    edge_rss_before_mb: float
    edge_rss_peak_mb: float
    edge_ratio: float
    hub_sales: int
    load: float
    problems: tuple[str, ...]


def wish(seed: int, facts: int) -> Wish:
    """One edge with one lease for all of it: single tickets."""
    terms = {
        "lease_count": min(1_000_000, facts + SPARE_NUMBERS),
        "last_number": 9_999_999,
        "packages": [{"ticket_count": 1, "price": "2"}],
    }
    return Wish(seed=seed, edges=1, own_database=True, terms=terms)


async def upload_backlog(wished: Wish, facts: int, filled: Bar, moved: Bar) -> Outcome:
    """Make the journal, bring both sides up afresh, and watch it go."""
    async with scene(wished) as at:
        unit = at.units[EDGE]
        await unit.level()
        await unit.stop()
        await fill(unit.folder, at.event_id, facts, filled)
        await at.kill("hub")
        hub_before = peak_rss_mb(at.pid("hub"))
        await unit.start()
        edge_before = peak_rss_mb(at.pid(EDGE))
        seconds, rate = await _all_up(unit, facts, moved)
        hub_peak, edge_peak = peak_rss_mb(at.pid("hub")), peak_rss_mb(at.pid(EDGE))
        await at.stage.log_in()
        totals = await at.stage.ask("GET", "/api/raffle/totals")
        sales = sum(one["sale_count"] for one in totals["events"] if one["event_id"] == at.event_id)
        cases = len(await at.stage.ask("GET", "/api/cases", state="open"))
        problems = [
            *([f"the hub's peak is {hub_peak:.0f} MB, over {HUB_MB_MAX:.0f}"] if hub_peak > HUB_MB_MAX else []),
            *([f"the edge's peak is {edge_peak:.0f} MB, over {EDGE_MB_MAX:.0f}"] if edge_peak > EDGE_MB_MAX else []),
            *([f"the hub counts {sales} sales of {facts}"] if sales != facts else []),
            *([f"{cases} cases are open"] if cases else []),
        ]
        return Outcome(
            facts, round(seconds, 1), round(rate), _size_mb(unit.folder / "edge.db"), round(hub_before),
            round(hub_peak), round(hub_peak / HUB_MB_MAX, 2), round(edge_before), round(edge_peak),
            round(edge_peak / EDGE_MB_MAX, 2), sales, round(os.getloadavg()[0], 1), tuple(problems),
        )  # fmt: skip


async def _all_up(unit: RunningUnit, facts: int, moved: Bar) -> tuple[float, float]:
    """Until nothing waits: seconds, and facts a second from the first look on; TimeoutError when nothing moves."""
    began = moved_at = time.monotonic()
    told = first = min(facts, (await unit.status()).get("confirmed_seq", 0))
    while True:
        status = await unit.status()
        done = min(facts, status.get("confirmed_seq", 0))
        if done > told:
            moved_at = time.monotonic()
        for _ in range(done - told):
            moved()
        told = max(told, done)
        if status.get("connected") and status["waiting"] == 0:
            seconds = time.monotonic() - began
            return seconds, (facts - first) / seconds
        if time.monotonic() - moved_at > STALLED_S_MAX:
            raise TimeoutError(f"nothing moves any more: {status}")
        await asyncio.sleep(LOOK_S)


def _size_mb(path: Path) -> float:
    return round(path.stat().st_size / 1_000_000, 1)
