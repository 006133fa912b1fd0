"""Where a storm takes place: a hub's own process on a real durable Postgres, edges' own processes, a line of bad
weather before each. Whatever happens, everything that was started is stopped, by its process id.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from hub.runtime.database import open_embedded
from hub.runtime.entrance import server_tls
from hub.runtime.place import HubPlace
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import OWNER
from hub.runtime.settings import HubSettings
from shared.demo.cast import Player, Role
from shared.demo.processes import Children
from shared.demo.script.books import export_journals, hub_books, hub_key, journal_books
from shared.demo.script.ports import free_ports
from shared.demo.script.tally import Tally, Told, compare
from shared.demo.script.together import together
from shared.demo.script.unit import RunningUnit
from shared.demo.setting import Stage
from shared.journal.clock import SystemClock
from tests.storm.chaos_proxy import ChaosProxy
from tests.storm.weather import fault_at

EVENT = ("Storm 50/50", "ST-1")
PORTS_OF_A_HUB, PORTS_OF_A_UNIT = 3, 2
LEASE_COUNT = 2_000
SELLERS_AT_A_UNIT = 2
STARTS_AT_ONCE = 2
Bar = Callable[[], None]


class Wish(msgspec.Struct, frozen=True):
    """What a scene has. `own_database`: a Postgres of ours, which we can stop; else the hub's own embedded one.

    `terms` are of the event's plan, as the hub's API takes them.
    """

    seed: int = 1
    edges: int = 3
    own_database: bool = False
    terms: dict[str, Any] = msgspec.field(default_factory=lambda: {"lease_count": LEASE_COUNT})


class Scene:
    """Hub, edges, weather; `units` by name."""

    def __init__(self, folder: Path, wish: Wish) -> None:
        self.folder = folder
        self.wish = wish
        self.children = Children(folder)
        base = free_ports(PORTS_OF_A_HUB + PORTS_OF_A_UNIT * wish.edges)
        self.hub_port, self._plain_port, database_port = base, base + 1, base + 2
        self.stage = Stage(folder, f"http://127.0.0.1:{self._plain_port}", self.children)
        self.server = EmbeddedPostgres(folder / "database", database_port) if wish.own_database else None
        self.address: PostgresAddress | None = None
        self.event_id = ""
        self.units: dict[str, RunningUnit] = {}
        self.proxies: dict[str, ChaosProxy] = {}
        for place, role in enumerate(roles(wish.edges, Random(wish.seed))):
            port = base + PORTS_OF_A_HUB + PORTS_OF_A_UNIT * place
            fate = partial(fault_at, wish.seed, role.key)
            self.proxies[role.key] = ChaosProxy(port + 1, self._plain_port, fate)
            ports = port, port + 1, self.hub_port
            self.units[role.key] = RunningUnit(role.key, role, folder, ports, self.children)

    @property
    def hub_folder(self) -> Path:
        """The hub's."""
        return self.folder / "hub"

    @property
    def faults(self) -> Counter[str]:
        """What the connections of all lines met, by kind."""
        return sum((proxy.faults for proxy in self.proxies.values()), Counter[str]())

    async def come_up(self, ready: Bar) -> None:
        """Hub, people, event, edges that can sell; `ready` is called for each of the edges."""
        if self.server is not None:
            HubPlace(HubSettings(folder=self.hub_folder)).keys()
            self.address = await asyncio.to_thread(open_embedded, self.server, self.hub_folder)
        await self.start_hub()
        await self.stage.found()
        await self.stage.hire(seller for unit in self.units.values() for seller in unit.role.staff)
        self.event_id = await self.stage.open_event(*EVENT, **self.wish.terms)
        settings = HubSettings(folder=self.hub_folder, port=self.hub_port)
        tls = server_tls(settings, self.hub_folder, lambda: SystemClock().now().wall_ms)
        assert tls is not None, "the hub shows a certificate of its own"
        turn = asyncio.Semaphore(STARTS_AT_ONCE)

        async def begin(key: str) -> None:
            async with turn:
                self.proxies[key].tls = tls.context
                await self.proxies[key].start()
                await self.stage.pair(self.units[key].role)
                await self.units[key].start()
                await self.units[key].seller.begin(self.event_id)
            ready()

        await together(begin(key) for key in self.units)

    async def start_hub(self) -> None:
        """Start the hub's process and wait until it answers."""
        own = ["--database-url", self.address.url(OWNER)] if self.address else []
        await self.children.start(
            "hub", "hub", "serve", "--folder", str(self.hub_folder), "--port", str(self.hub_port),
            "--plain-port", str(self._plain_port), *own,
        )  # fmt: skip
        await self.children.wait_up("hub", f"http://127.0.0.1:{self._plain_port}/login")

    async def kill(self, key: str) -> None:
        """Kill the hub or an edge (SIGKILL) and start it again at once."""
        self.children.kill(key)
        await self.children.end(key)
        await (self.start_hub() if key == "hub" else self.units[key].start())

    def pid(self, key: str) -> int:
        """The process id of the hub or an edge."""
        return int(msgspec.json.decode((self.folder / "processes.json").read_bytes())[key])

    def storm(self) -> None:
        """Let the weather loose on every line."""
        for proxy in self.proxies.values():
            proxy.storm()

    def calm(self) -> None:
        """Good weather on every line."""
        for proxy in self.proxies.values():
            proxy.calm()

    async def wait_level(self) -> dict[str, Any]:
        """Until the hub has everything; of edges that do not get there, how they stand."""
        units = list(self.units.values())
        level = await together(unit.level() for unit in units)
        return {unit.key: await unit.status() for unit, done in zip(units, level, strict=True) if not done}

    async def tally(self, told: list[Told], *, orders: int, voids: int) -> Tally:
        """Close the event, export and verify the journals, and hold everything against everything."""
        await self.stage.log_in()
        left = await self.wait_level()
        assert not left, f"entries still wait for the hub: {left}; everything lies in {self.folder}"
        await self.stage.ask("POST", f"/api/raffle/events/{self.event_id}/close", {})
        await together(unit.seller.wait_closed() for unit in self.units.values())
        left = await self.wait_level()
        assert not left, f"entries still wait for the hub: {left}; everything lies in {self.folder}"
        journals = self.folder / "journals"
        journals.mkdir()
        key = await hub_key(self.stage)
        pairs = [(unit.key, unit.folder) for unit in self.units.values()]
        files = await export_journals(self.children, pairs, journals)
        books = await journal_books(self.children, files, key)
        hub = await hub_books(self.stage, self.event_id)
        return compare(told, hub, books, orders=orders, voids=voids, cases=0)

    async def go_down(self) -> None:
        """Lines, edges, the hub, and last its database, for good."""
        await asyncio.gather(*(proxy.stop() for proxy in self.proxies.values()), return_exceptions=True)
        await asyncio.gather(*(unit.close() for unit in self.units.values()), return_exceptions=True)
        try:
            await self.children.stop(last="hub")
            await self.stage.close()
        finally:
            if self.server is not None:
                self.server.stop()
            for database in (self.folder / "database", self.hub_folder / "database"):
                remove_embedded(database)


def roles(count: int, chance: Random) -> list[Role]:
    """A counter and handhelds, each with its sellers."""
    found = []
    for place in range(count):
        key, code = ("counter", "C01") if place == 0 else (f"rsu-{place:02}", f"R{place:02}")
        kind, profile = ("venue", "virtual-80") if place == 0 else ("rsu", "virtual-58")
        sellers = tuple(
            Player(f"Seller {place} {at}", "seller", f"{chance.randrange(100_000, 1_000_000)}")
            for at in range(SELLERS_AT_A_UNIT)
        )
        found.append(Role(key, key, kind, code, profile, sellers))
    return found


@asynccontextmanager
async def scene(wish: Wish, ready: Bar = lambda: None) -> AsyncIterator[Scene]:
    """A scene in a folder of its own. Nothing is left of it, but its folder when something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="tillhouse-storm-"))
    await asyncio.to_thread(folder.chmod, 0o755)  # the account that runs Postgres must reach its files
    found = Scene(folder, wish)
    try:
        await found.come_up(ready)
        yield found
    finally:
        await asyncio.shield(found.go_down())
    with contextlib.suppress(OSError):
        shutil.rmtree(folder)


def peak_rss_mb(pid: int) -> float:
    """The most memory that a process ever had resident, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1_024
