"""Two hundred edges come back in one moment, each with an evening of sales, while two live venues keep selling.

What is measured is a live venue's upload: from the answer to its seller to the hub's receipt at the edge. Live venues
are processes of their own (live_venue.py); the edges that come back share one process (fleet.py), on the same cores
as the hub and its database, where they stand back. `hub_core` tells how much of a core the hub had meanwhile, and
`hub_core_waited` how long it stood ready and had none: on a machine that does other work, most of what a live venue
waits for is that.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import msgspec

from edge.runtime.membership import Membership, read_membership
from edge.runtime.settings import Settings
from hub.runtime.hub import Hub, open_hub
from hub.runtime.place import HubPlace
from hub.runtime.settings import HubSettings
from shared.domain.identity.commands import EnrolUnit, OpenPairing
from shared.journal.chance import chance_bytes
from shared.journal.clock import SystemClock
from shared.journal.keyfile import read_keys, read_or_make_keys
from shared.kernel.clock import DAY_MS, HOUR_MS
from tests.storm.fleet import Spec, Step
from tests.storm.live_venue import LiveVenue, Waited, waited
from tests.storm.scene import Bar, Scene, Wish, peak_rss_mb, scene

P99_S_MAX = 2.0
LIVE = 2
PACE_S = 0.25
QUIET_S = 10.0
STEP_S_MAX = 1_200.0
LINE_BYTES_MAX = 1_048_576
NUMBERS_A_SALE = 3
SPARE_NUMBERS = 2_000
CHILD = ("-m", "tests.storm.fleet")


class Bars(msgspec.Struct, frozen=True):
    """What to call as it goes on: a live venue is up, an edge is enrolled, a step of the fleet is done."""

    ready: Bar
    enrolled: Bar
    step: Callable[[str], None]


class Outcome(msgspec.Struct, frozen=True):
    """How it went; `ratio` is p99 while they came back, to its limit; `level_s` until the last had nothing waiting.

    `load` is the machine's load average, which says how much else was at work.
    """

    edges: int
    facts: int
    quiet: Waited
    storm: Waited
    ratio: float
    level_s: float
    facts_per_s: float
    hub_rss_peak_mb: float
    fleet_rss_peak_mb: float
    hub_core: float
    hub_core_waited: float
    load: float
    problems: tuple[str, ...]


def wish(seed: int, sales: int) -> Wish:
    """The live venues, and leases that last an edge for its evening."""
    terms = {"lease_count": sales * NUMBERS_A_SALE + SPARE_NUMBERS, "last_number": 9_999_999}
    return Wish(seed=seed, edges=LIVE, own_database=True, terms=terms)


async def return_at_once(wished: Wish, edges: int, sales: int, bars: Bars) -> Outcome:
    """Make the edges, let them sell away from any line, and bring them back."""
    async with scene(wished, bars.ready) as at:
        folder = at.folder / "fleet"
        folder.mkdir()
        member = read_membership(
            Settings(folder=at.units["counter"].folder).membership_file,
            node_id=read_keys(at.units["counter"].folder / "node.key").node_id,
        )
        keys = await enrol(at, member, folder, edges, bars.enrolled)
        spec = Spec(
            url=f"https://127.0.0.1:{at.hub_port}", authority=member.hub_ca, org_id=member.org_id,
            hub_node_id=member.hub_node_id, hub_key=member.hub_sign_key, event_id=UUID(at.event_id),
            keys=[str(key) for key in keys], sales=sales, seed=wished.seed,
        )  # fmt: skip
        (folder / "spec.json").write_bytes(msgspec.json.encode(spec))
        async with child(folder / "spec.json") as process:
            for name in ("ready", "sold"):
                await heard(process, name)
                bars.step(name)
            return await _measure(at, process, edges, sales, bars)


async def _measure(at: Scene, process: asyncio.subprocess.Process, edges: int, sales: int, bars: Bars) -> Outcome:
    """Live venues alone for a while, then everybody."""
    venues = [LiveVenue(unit, at.event_id, PACE_S) for unit in at.units.values()]
    async with AsyncExitStack() as stack:
        for venue in venues:
            stack.push_async_callback(venue.close)
            await venue.begin()
        began_s = time.monotonic()
        await asyncio.sleep(QUIET_S)
        back_s, before = time.monotonic(), core_s(at.pid("hub"))
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        level = await heard(process, "level")
        bars.step("level")
        level_s, after = time.monotonic(), core_s(at.pid("hub"))
        for venue in venues:
            await venue.end()
        quiet, storm = waited(venues, began_s, back_s), waited(venues, back_s, level_s)
        live_sales = sum(len(venue.receipts) for venue in venues)
    ratio = round(storm.p99_s / P99_S_MAX, 2)
    problems = [f"live venues waited {storm.p99_s} s (p99), over {P99_S_MAX}"] if ratio >= 1 else []
    problems += await _counted(at, edges * sales + live_sales)
    return Outcome(
        edges, edges * sales, quiet, storm, ratio, max(level.level_s), round(edges * sales / max(level.level_s)),
        round(peak_rss_mb(at.pid("hub"))), level.rss_mb,
        *shares(before, after, level_s - back_s), round(os.getloadavg()[0], 1), tuple(problems),
    )  # fmt: skip


def core_s(pid: int) -> tuple[float, float]:
    """How long a process's event loop ran, and how long it waited for a core; in seconds (Linux)."""
    ran, waited_for, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(ran) / 1e9, int(waited_for) / 1e9


def shares(before: tuple[float, float], after: tuple[float, float], seconds: float) -> tuple[float, float]:
    """Of one core, in this time."""
    ran, waited_for = (round((now - then) / seconds, 2) for then, now in zip(before, after, strict=True))
    return ran, waited_for


async def _counted(at: Scene, sales: int) -> list[str]:
    """What the hub makes of it all."""
    await at.stage.log_in()
    totals = await at.stage.ask("GET", "/api/raffle/totals")
    counted = sum(one["sale_count"] for one in totals["events"] if one["event_id"] == at.event_id)
    cases = len(await at.stage.ask("GET", "/api/cases", state="open"))
    lost = [f"the hub counts {counted} sales of {sales}"] if counted != sales else []
    return [*lost, *([f"{cases} cases are open"] if cases else [])]


async def enrol(at: Scene, member: Membership, folder: Path, count: int, enrolled: Bar) -> list[Path]:
    """So many more handhelds of the venue, as pairing would make them; their key files."""
    assert at.address is not None, "a database of ours"
    place = HubPlace(HubSettings(folder=at.hub_folder))
    files = [folder / f"unit-{number}.key" for number in range(count)]
    async with open_hub(at.address, place.keys()) as hub:
        for number, file in enumerate(files):
            await _enrol_one(hub, member, file, f"F{number:03}")
            enrolled()
    return files


async def _enrol_one(hub: Hub, member: Membership, file: Path, code: str) -> None:
    now_ms, digest = SystemClock().now().wall_ms, chance_bytes(32)
    keys = read_or_make_keys(file, now_ms=now_ms, chance=chance_bytes)
    room = OpenPairing(
        command_id=uuid4(), venue_id=member.unit.venue_id, kind="rsu", code=code, name=code, digest=digest,
        expires_ms=now_ms + HOUR_MS, enable=True,
    )  # fmt: skip
    key = keys.node_key()
    order = EnrolUnit(
        command_id=uuid4(), unit_id=keys.node_id, digest=digest, sign_key=key.sign_public, seal_key=key.seal_public,
        valid_ms=DAY_MS,
    )  # fmt: skip
    await hub.bus.handle(member.org_id, room)
    await hub.bus.handle(member.org_id, order)


@asynccontextmanager
async def child(spec: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process of the edges that come back; ended whatever happens."""
    with (spec.parent / "fleet.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *CHILD, str(spec), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=log, limit=LINE_BYTES_MAX,
        )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def heard(process: asyncio.subprocess.Process, name: str) -> Step:
    """The step of this name; AssertionError when the process ended before it."""
    assert process.stdout is not None
    async with asyncio.timeout(STEP_S_MAX):
        line = await process.stdout.readline()
    assert line, f"the process of the edges ended before they were {name}; its words are in fleet.log"
    step = msgspec.json.decode(line, type=Step)
    assert step.done == name, step
    return step
