"""What the demo page shows, asked of hub and edges over their HTTP APIs now and then."""

import asyncio
import contextlib

import httpx

from shared.demo import cast
from shared.demo.faults import HubSaidNo
from shared.demo.line import Line
from shared.demo.setting import Stage
from shared.demo.unit_watch import UnitWatch
from shared.demo.view import DemoEdge, DemoPerson, DemoView
from shared.kernel.money import Money

WATCH_S = 0.7
PRINTER_WORDS = {"ready": "Paper", "busy": "Printing", "paper_low": "Paper low", "paper_out": "Paper out"}
STOPPED = ("paper_out", "cover_open", "error")
TROUBLES = (
    ("paper_out", "Take the paper out"),
    ("paper_ends", "Run out inside a ticket"),
    ("paper_low", "Paper low"),
    ("cover_open", "Open the cover"),
    ("stall", "Stall"),
    ("unplug", "Unplug"),
)


class Watch:
    """Asks, keeps the last answers, and says when they changed."""

    def __init__(self, stage: Stage, ports: cast.Ports, lines: dict[str, Line], units: dict[str, UnitWatch]) -> None:
        self._stage = stage
        self._ports = ports
        self._lines = lines
        self._units = units
        self._hub_up = False
        self._hub_minor = 0
        self._real_events: set[str] = set()
        self._shown: DemoView | None = None
        self.changed = asyncio.Condition()
        self.static = "/static"

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(WATCH_S)

    async def look(self) -> None:
        """Ask everybody once; tell the page when something is new."""
        await asyncio.gather(self._look_at_hub(), *(unit.look() for unit in self._units.values()))
        view = self.view()
        if view != self._shown:
            self._shown = view
            async with self.changed:
                self.changed.notify_all()

    async def _look_at_hub(self) -> None:
        try:
            events = await self._stage.ask("GET", "/api/raffle/events")
            totals = await self._stage.ask("GET", "/api/raffle/totals")
        except (httpx.HTTPError, HubSaidNo):
            self._hub_up = False
            with contextlib.suppress(httpx.HTTPError, HubSaidNo):
                await self._stage.log_in()
            return
        self._hub_up = True
        self._real_events = {event["event_id"] for event in events if not event["training"]}
        self._hub_minor = sum(one["amount_minor"] for one in totals["events"] if one["event_id"] in self._real_events)

    def view(self) -> DemoView:
        """The page's values now; training counts nowhere."""
        seen = [unit.seen for unit in self._units.values()]
        edges_minor = sum(minor for one in seen for event, minor in one.sold.items() if event in self._real_events)
        waiting = edges_minor - self._hub_minor
        return DemoView(
            static=self.static,
            hub_url=f"http://127.0.0.1:{self._ports.hub}/",
            hub_up=self._hub_up,
            admin_login=cast.ADMIN_LOGIN,
            admin_password=self._stage.memory.password,
            sold_hub=Money(self._hub_minor, cast.CURRENCY),
            sold_edges=Money(edges_minor, cast.CURRENCY),
            waiting=Money(max(0, waiting), cast.CURRENCY),
            balanced=waiting == 0 and all(one.up and one.waiting == 0 for one in seen),
            edges=tuple(self._edge(unit) for unit in self._units.values()),
        )

    def _edge(self, unit: UnitWatch) -> DemoEdge:
        role, seen = unit.role, unit.seen
        return DemoEdge(
            key=role.key,
            name=role.name,
            kind="venue" if role.kind == "venue" else "rsu",
            url=unit.url + "/",
            people=tuple(DemoPerson(one.name, one.role, one.pin) for one in role.staff),
            connected=self._lines[role.key].connected,
            waiting=seen.waiting,
            waiting_known=seen.up,
            printer=PRINTER_WORDS.get(seen.printer, seen.printer.replace("_", " ").capitalize()),
            paper_out=seen.printer in STOPPED,
            paper_src=seen.paper.source,
            paper_width=seen.paper.width,
            paper_height=seen.paper.height,
            trouble=seen.trouble,
            troubles=TROUBLES,
            question="Ran out inside this ticket." if seen.interrupted and seen.printer in STOPPED else "",
            lead=role.key == cast.EDGES[1].key,
            up=seen.up,
        )
