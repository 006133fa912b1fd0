"""Where the night is played: the hub, the units with their lines, all real processes; brought up, and taken down."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from shared.demo.faults import NotLevel
from shared.demo.processes import Children
from shared.demo.script.plan import CODE, NAME, Plan
from shared.demo.script.together import together
from shared.demo.script.unit import LEVEL_S_MAX, RunningUnit
from shared.demo.setting import Stage

STARTS_AT_ONCE = 3
Done = Callable[[], None]


class Arena:
    """Hub and units of one run, on ports from `base` on."""

    def __init__(self, folder: Path, base: int, plan: Plan, children: Children) -> None:
        self.folder = folder
        self.plan = plan
        self.children = children
        self._hub_port, self._plain_port = base, base + 1
        self._next_port = base + 2
        self.stage = Stage(folder, f"http://127.0.0.1:{self._plain_port}", children)
        self.units = {role.key: self._unit(role.key, role.key) for role in plan.units}
        self.event_id = ""

    @staticmethod
    def ports_of(units: int) -> int:
        """How many ports in a row so many units take, a clone among them."""
        return 2 + 2 * (units + 1)

    def _unit(self, key: str, role_key: str) -> RunningUnit:
        ports = self._next_port, self._next_port + 1, self._hub_port
        self._next_port += 2
        role = next(role for role in self.plan.units if role.key == role_key)
        return RunningUnit(key, role, self.folder, ports, self.children)

    def clone_of(self, unit: RunningUnit) -> RunningUnit:
        """A second unit with the same card: ports and line of its own, and a folder that is to be copied."""
        clone = self.units[f"{unit.key}-clone"] = self._unit(f"{unit.key}-clone", unit.key)
        return clone

    async def come_up(self, ready: Done) -> None:
        """Hub, people, event, then the units, a few at a time; `ready` is called for each that can sell."""
        await self.children.start(
            "hub", "hub", "serve", "--folder", str(self.folder / "hub"), "--port", str(self._hub_port),
            "--plain-port", str(self._plain_port),
        )  # fmt: skip
        await self.children.wait_up("hub", f"http://127.0.0.1:{self._plain_port}/login")
        await self.stage.found()
        await self.stage.hire(role.staff[0] for role in self.plan.units)
        self.event_id = await self.stage.open_event(NAME, CODE, lease_count=self.plan.lease_count)
        turn = asyncio.Semaphore(STARTS_AT_ONCE)

        async def begin(unit: RunningUnit) -> None:
            async with turn:
                await unit.line.connect()
                await self.stage.pair(unit.role)
                await unit.start()
                await unit.seller.begin(self.event_id)
            ready()

        await together(begin(unit) for unit in self.units.values())

    async def cut_lines(self) -> None:
        """The internet goes away."""
        await together(unit.line.cut() for unit in self.units.values())

    async def connect_lines(self) -> None:
        """The internet comes back."""
        await together(unit.line.connect() for unit in self.units.values())

    async def wait_level(self) -> None:
        """Until the hub has everything; NotLevel with what waits where."""
        units = list(self.units.values())
        level = await together(unit.level() for unit in units)
        if not all(level):
            left = [unit for unit, done in zip(units, level, strict=True) if not done]
            waiting = [f"{unit.key} {(await unit.status()).get('waiting', 'away')}" for unit in left]
            raise NotLevel(seconds=int(LEVEL_S_MAX), waiting=", ".join(waiting), folder=self.folder)

    async def close_event(self, ordinary: Sequence[str]) -> None:
        """End the sale, wait until the units know it, and until what they recorded meanwhile is at the hub."""
        await self.stage.ask("POST", f"/api/raffle/events/{self.event_id}/close", {})
        await together(self.units[key].seller.wait_closed() for key in ordinary)
        await self.wait_level()

    async def go_down(self) -> None:
        """Lines, units, and the hub last."""
        await asyncio.gather(*(unit.close() for unit in self.units.values()), return_exceptions=True)
        await self.children.stop(last="hub")
        await self.stage.close()
