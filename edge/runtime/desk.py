"""The unit's desk of printers: one supervisor each, slips by role, and another printer where one is stuck.

Which printers there are stands in the rows of `shared/domain/devices`; `follow` brings those at work in line with them,
so that one may be added, changed or removed while the others print.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import msgspec

from edge.devices.status import PrinterState
from edge.devices.supervisor import PrinterStatus
from edge.devices.virtual.printer import VirtualPrinter
from edge.runtime.database import Reader
from edge.runtime.incidents import Incidents
from edge.runtime.spool import SpooledSlip, SpoolTable
from edge.runtime.station import Station
from edge.runtime.trouble_watch import WELL
from edge.runtime.world import World
from shared.domain.devices.queries import DEVICES, TROUBLES_OPEN
from shared.domain.devices.state import CUT_SHORT, ROLES, DeviceCard
from shared.paper.document import Document

LOOK_MS_MAX = 500
QUEUED_TOLD_MIN = 10
"""So many slips wait before a seller is told: fewer come out before anybody has read it."""
PRINTER, TICKET = "printer", "ticket"
NOBODY = PrinterStatus("none", PrinterState.DISABLED)


def test_role(device_id: UUID) -> str:
    """The role of a printer's test prints, which only itself has."""
    return f"test:{device_id.hex}"


class DeskTools(msgspec.Struct, frozen=True):
    """What the desk is given. `changed` is told all news; the first virtual printer listens on `virtual_port`."""

    spool: SpoolTable
    reader: Reader
    world: World
    incidents: Incidents
    changed: Callable[[], None]
    virtual_port: int = 0


class Desk:
    """All printers of a unit, by name."""

    def __init__(self, tools: DeskTools) -> None:
        self.stations: dict[UUID, Station] = {}
        self._tools = tools
        self.asked = 0
        """Slips that a person must answer for; counted at each look."""
        self.queued = 0
        """Tickets that wait for paper, where there are many; counted at each look."""
        self._serving: dict[str, UUID] = {}
        self._turn = asyncio.Lock()
        self.answering = asyncio.Lock()
        """Held while a person's word on a slip is carried out: two who answer at once are one after the other."""

    @property
    def status(self) -> PrinterStatus:
        """How the printer is that tickets come out of now; disabled where none has them."""
        station = self.serving(TICKET)
        return station.status if station else NOBODY

    @property
    def takes_paper(self) -> bool:
        """Whether a ticket that is queued now comes out soon."""
        station = self.serving(TICKET)
        return station is not None and station.prints

    def virtual(self, device_id: UUID | None = None) -> VirtualPrinter | None:
        """The virtual printer of this device, or the unit's first one."""
        found = (one.virtual for one in self.stations.values() if device_id in (None, one.card.device_id))
        return next((virtual for virtual in found if virtual is not None), None)

    def holder(self, role: str) -> Station | None:
        """The printer that has this role."""
        return next((one for one in self.stations.values() if role in one.card.roles), None)

    def serving(self, role: str) -> Station | None:
        """The printer that slips of this role come out of now: who stands in, where its own one is stuck.

        None proves nothing, where the role needs proof: its slips wait rather than count as issued unprinted. And none
        is virtual where its own one gives paper: a buyer would go without.
        """
        holder = station = self.holder(role)
        paper = holder is not None and holder.gives_paper
        now = self._tools.world.clock.now()
        seen: set[UUID] = set()
        while station is not None and (
            station.is_stuck(now) or not station.takes(role) or (paper and not station.gives_paper)
        ):
            seen.add(station.card.device_id)
            after = station.card.fallback_id
            station = self.stations.get(after) if after is not None and after not in seen else None
        return station or (holder if holder is not None and holder.takes(role) else None)

    def roles(self, device_id: UUID) -> frozenset[str]:
        """What comes out of a printer now."""
        station = self.stations.get(device_id)
        served = (role for role in ROLES if station is not None and self.serving(role) is station)
        return frozenset((test_role(device_id), *served))

    async def waiting(self, device_id: UUID) -> int:
        """How many slips wait for this printer."""
        return await self._tools.spool.unprinted(self.roles(device_id))

    async def follow(self) -> None:
        """Bring the printers at work in line with the rows."""
        async with self._turn:
            cards = {one.device_id: one for one in await self._tools.reader.many(DEVICES) if one.kind == PRINTER}
            for device_id in [one for one in self.stations if one not in cards]:
                await self.stations.pop(device_id).stop()
                await self._tools.spool.void(device_id)
            for card in cards.values():
                await self._take(card)
            self.stations = {device_id: self.stations[device_id] for device_id in cards}
        self._tools.spool.wake()
        self._tools.changed()

    async def close(self) -> None:
        """Take every printer from its line."""
        async with self._turn:
            await asyncio.gather(*(one.stop() for one in self.stations.values()))

    async def test_print(self, device_id: UUID, document: Document) -> None:
        """Queue a test print, unless one waits there already."""
        if not await self._tools.spool.unprinted([test_role(device_id)]):
            await self._tools.spool.add(entity_id=device_id, role=test_role(device_id), document=document)

    async def may_reprint(self, slip: SpooledSlip) -> bool:
        """Whether a slip that was begun before comes out by itself; a test print is not worth it."""
        if slip.role not in ROLES:
            await self._tools.spool.void(slip.entity_id)
            return False
        station = self.serving(slip.role)
        return await self._tools.incidents.reprint(slip, station.card.device_id if station else None)

    async def run(self) -> None:
        """Look from time to time: what lasts is written down, and who stands in takes over. Until cancelled."""
        pause_s = min(self._tools.world.printer_pace.poll_ms, LOOK_MS_MAX) / 1_000
        while True:
            self.look()
            await self.count_asked()
            await self.count_queued()
            await asyncio.sleep(pause_s)

    def look(self) -> None:
        """One look at every printer."""
        now = self._tools.world.clock.now()
        for device_id, station in self.stations.items():
            news = station.watch.news(now)
            if news == WELL:
                self._tools.incidents.well(device_id)
            elif news is not None:
                self._tools.incidents.trouble(device_id, news)
        serving = {role: one.card.device_id for role in ROLES if (one := self.serving(role)) is not None}
        if serving != self._serving:
            self._serving = serving
            self._tools.spool.wake()
            self._tools.changed()

    async def count_asked(self) -> None:
        """Look how many slips wait for a person's answer."""
        asked = sum(1 for slip in await self._tools.spool.held() if slip.role in ROLES)
        if asked != self.asked:
            self.asked = asked
            self._tools.changed()

    async def count_queued(self) -> None:
        """Look how many tickets wait for paper; pages are told when it makes a difference to somebody.

        Counterfoils are not counted: a sale of ten brings ten of them.
        """
        count = await self._tools.spool.unprinted((TICKET,))
        queued = count if count >= QUEUED_TOLD_MIN else 0
        before, self.queued = self.queued, queued
        if (queued == 0) != (before == 0) or abs(queued - before) > before // 10:
            self._tools.changed()

    async def _take(self, card: DeviceCard) -> None:
        """A new printer begins; one on another line or of another model begins anew, and its slips wait for it."""
        before = self.stations.get(card.device_id)
        if before is not None and before.is_same_machine(card):
            before.follow(card)
            return
        if before is not None:
            await before.stop()
        tools, device_id = self._tools, card.device_id
        station = Station(
            card,
            tools.spool.queue(lambda: self.roles(device_id)),
            tools.world,
            changed=tools.changed,
            cut_short=lambda job_id: tools.incidents.cut_short(device_id, job_id),
            noted=before.watch.noted if before else await self._noted(device_id),
        )
        self.stations[device_id] = station
        virtual = self.virtual()
        await station.start(virtual_port=0 if virtual else tools.virtual_port)

    async def _noted(self, device_id: UUID) -> str:
        """The trouble that the journal holds as open."""
        found = await self._tools.reader.many(TROUBLES_OPEN)
        words = (one.trouble for one in found if one.device_id == device_id and one.trouble != CUT_SHORT)
        return next(words, WELL)
