"""The whole demo house: hub, lines, units, page; brought up in order, watched, taken down in order."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared.demo import cast
from shared.demo.line import Line
from shared.demo.page import demo_app
from shared.demo.processes import Children
from shared.demo.setting import Stage
from shared.demo.unit_watch import UnitWatch
from shared.demo.watch import Watch

STEPS = 5


class QuietServer(uvicorn.Server):
    """A server that leaves signals to the demo."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the demo's: it stops the server, then its children."""
        yield


class House:
    """Everything that runs; `screen` shows how far it is."""

    def __init__(self, folder: Path, ports: cast.Ports, children: Children, screen: Console) -> None:
        self.ports = ports
        self.stage = Stage(folder, self.hub_url, children)
        self._folder = folder
        self._children = children
        self._screen = screen
        self._lines = {role.key: Line(ports.line(place), ports.hub_tls) for place, role in enumerate(cast.EDGES)}
        self._units = {role.key: UnitWatch(role, self.edge_url(place)) for place, role in enumerate(cast.EDGES)}
        self._watch = Watch(self.stage, ports, self._lines, self._units)
        app = demo_app(ports, self._lines, self._watch)
        self._server = QuietServer(
            uvicorn.Config(app, host="127.0.0.1", port=ports.page, log_level="warning", timeout_graceful_shutdown=1)
        )
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def hub_url(self) -> str:
        """The hub for people on this machine."""
        return f"http://127.0.0.1:{self.ports.hub}"

    def edge_url(self, place: int) -> str:
        """An edge."""
        return f"http://127.0.0.1:{self.ports.edge(place)}"

    async def come_up(self) -> None:
        """Hub first, then the stage, then lines, units and the page."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._screen, transient=True) as progress:
            task = progress.add_task("Hub and its database", total=STEPS)

            def tell(words: str) -> None:
                progress.update(task, description=words, advance=1)

            folder = str(self._folder / "hub")
            await self._children.start(
                "hub", "hub", "serve", "--folder", folder, "--port", str(self.ports.hub_tls),
                "--plain-port", str(self.ports.hub),
            )  # fmt: skip
            await self._children.wait_up("hub", f"{self.hub_url}/login")
            await self.stage.set_up(tell)
            tell("Units")
            await self._start_units()
            tell("First numbers")
            await asyncio.gather(*(unit.ready() for unit in self._units.values()))
        self._watch.static = await self._static_folder()
        await self._watch.look()
        self._tasks = [asyncio.create_task(self._server.serve()), asyncio.create_task(self._watch.run())]
        self._tasks.append(asyncio.create_task(self._children.watch(self._screen.print)))

    async def _start_units(self) -> None:
        for place, role in enumerate(cast.EDGES):
            await self._lines[role.key].connect()
            await self._children.start(
                role.key, "edge", "serve", "--folder", str(self.stage.edge_folder(role)),
                "--port", str(self.ports.edge(place)), "--hub-url", f"https://127.0.0.1:{self.ports.line(place)}",
                "--printer", "virtual", "--printer-profile", role.profile, "--scanners", "virtual",
            )  # fmt: skip
        await asyncio.gather(
            *(self._children.wait_up(role.key, f"{self.edge_url(at)}/login") for at, role in enumerate(cast.EDGES))
        )

    async def _static_folder(self) -> str:
        """The hub's asset folder, as its own pages name it."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            text = (await client.get(f"{self.hub_url}/login")).text
        found = re.search(r'href="(/static[^"]*)/app\.css"', text)
        return found.group(1) if found else "/static"

    async def go_down(self) -> None:
        """Page, lines, units, and the hub last."""
        self._server.should_exit = True
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*(line.cut() for line in self._lines.values()))
        await self._children.stop(last="hub")
        await asyncio.gather(self.stage.close(), *(unit.close() for unit in self._units.values()))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def summary(self) -> dict[str, Any]:
        """Where everything is and who logs in there, as `--json` prints it."""
        edges = [
            {
                "name": role.name,
                "kind": role.kind,
                "url": self.edge_url(place),
                "staff": [{"name": one.name, "role": one.role, "pin": one.pin} for one in role.staff],
                "printer": f"{self.edge_url(place)}/virtual-printer",
                "scanner": f"{self.edge_url(place)}/virtual-scanner",
                "line": f"http://127.0.0.1:{self.ports.page}/lines/{role.key}",
            }
            for place, role in enumerate(cast.EDGES)
        ]
        admin = {"login": cast.ADMIN_LOGIN, "password": self.stage.memory.password}
        hub = {"url": self.hub_url, "admin": admin}
        return {"hub": hub, "edges": edges, "database": await self.stage.database_url()}
