"""One unit of a scripted run: a process with a folder, a line of its own to the hub, and a seller at it."""

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

import httpx

from shared.demo.cast import Role
from shared.demo.line import Line
from shared.demo.processes import Children
from shared.demo.script.sellers import Seller
from shared.demo.script.tally import Told

POLL_S = 0.2
LEVEL_S_MAX = 120.0


class RunningUnit:
    """A unit that can be cut off, killed, started again and copied; `key` names its process and its folder."""

    def __init__(self, key: str, role: Role, folder: Path, ports: tuple[int, int, int], children: Children) -> None:
        """`ports`: its own, its line's, and the hub's."""
        self.key = key
        self.role = role
        self.folder = folder / key
        self.told: list[Told] = []
        port, line_port, hub_port = ports
        self.url = f"http://127.0.0.1:{port}"
        self.line = Line(line_port, hub_port)
        self._port = port
        self._children = children
        self.seller = Seller(role.name, self.url, role.staff[0], self.told)
        self._http = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=10)

    async def start(self) -> None:
        """Start its process and wait until it answers."""
        await self._children.start(
            self.key, "edge", "serve", "--folder", str(self.folder), "--port", str(self._port),
            "--hub-url", f"https://127.0.0.1:{self.line.port}", "--printer", "virtual",
            "--printer-profile", self.role.profile,
        )  # fmt: skip
        await self._children.wait_up(self.key, f"{self.url}/login")

    async def stop(self) -> None:
        """End its process as somebody does who switches the unit off."""
        await self._children.end(self.key)

    def kill(self) -> None:
        """Take its power away, now."""
        self._children.kill(self.key)

    async def copy_folder(self, to: Path) -> None:
        """Copy everything that the unit holds; its process is not running."""
        await asyncio.to_thread(shutil.copytree, self.folder, to)

    async def level(self) -> bool:
        """Whether the hub has everything that the unit recorded, within the time there is for it."""
        until = time.monotonic() + LEVEL_S_MAX
        while time.monotonic() < until:
            status = await self.status()
            if status.get("connected") and status["waiting"] == 0:
                return True
            await asyncio.sleep(POLL_S)
        return False

    async def status(self) -> dict[str, Any]:
        """How its line is; nothing while it does not answer."""
        try:
            return dict((await self._http.get("/api/sync/status")).raise_for_status().json())
        except httpx.HTTPError:
            return {}

    async def close(self) -> None:
        """Cut the line and close connections; its process is the children's."""
        await self.line.cut()
        await self.seller.close()
        await self._http.aclose()
