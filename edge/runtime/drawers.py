"""The cash drawers of a unit: one opens with each cash sale, any for a reason that a person gives.

The fact comes first and the pulse follows it, once: a command that is carried out again finds its fact there and gives
no second pulse, and no pulse outlives its moment, be it by a restart or by a printer that waits for paper. No sale
waits for a drawer: it is opened by the side, after the sale is committed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

import msgspec
import structlog

from edge.devices.drawers.address import AtPrinter, ByKey, DrawerLine
from edge.devices.drawers.faults import DrawerAway, DrawerStuck
from edge.devices.drawers.pulse import pulse_bytes
from edge.devices.drawers.serial import open_by_letters
from edge.devices.lines.address import Serial
from edge.devices.virtual.printer import VirtualPrinter
from edge.runtime.database import Reader
from edge.runtime.desk import Desk
from edge.runtime.drawer_look import DrawerLook, DrawerState, look_at, plan_of
from edge.runtime.incidents import Incidents
from firmware_profiles import DrawerProfile
from shared.domain.devices.commands import OpenDrawer
from shared.domain.devices.queries import DEVICES, TROUBLES_OPEN
from shared.domain.devices.state import DeviceCard
from shared.domain.raffle.facts import TicketsSold
from shared.journal.entry import Entry, Fact
from shared.kernel.clock import Clock
from shared.kernel.errors import Fault, Refusal
from shared.pipeline.command import Command

log = structlog.get_logger()
DRAWER = "drawer"
KICK_S_MAX = 3.0
LATE_MS = 5_000
"""A sale so long ago opens no drawer any more: nobody stands there with the money."""
SALES_MAX = 16
STUCK = "error"
STALE = "This unit runs on an older copy of its memory and writes nothing down until it is enrolled anew."
NS_PER_MS = 1_000_000


class DrawerTools(msgspec.Struct, frozen=True):
    """What the drawers are given. `order` carries a command out; entries up to `tip` were here before this start."""

    desk: Desk
    reader: Reader
    incidents: Incidents
    clock: Clock
    order: Callable[[Command], Awaitable[list[Entry[Fact]]]]
    new_id: Callable[[], UUID]
    tip: int


class _CashSale(msgspec.Struct, frozen=True):
    sale_id: UUID
    seller_id: UUID
    at_ns: int


class Drawers:
    """All drawers of a unit."""

    def __init__(self, tools: DrawerTools) -> None:
        self._tools = tools
        self._cards: tuple[DeviceCard, ...] = ()
        self._opened_to = tools.tip
        self._sales: deque[_CashSale] = deque(maxlen=SALES_MAX)
        self._told: set[int] = set()
        """Places in the journal of the sales since the start: an order that is answered again opens nothing."""
        self._more = asyncio.Event()
        self._turn = asyncio.Lock()
        self._stuck: set[UUID] = set()
        self._free_ns: dict[UUID, int] = {}

    @property
    def for_sales(self) -> DeviceCard | None:
        """The one that opens with cash sales: the first by name that is in service and not opened by a key alone."""
        return next((card for card in self._cards if self.look(card).opens and card.out_since_ms is None), None)

    async def follow(self) -> None:
        """Bring the drawers in line with the rows."""
        self._cards = tuple(one for one in await self._tools.reader.many(DEVICES) if one.kind == DRAWER)
        troubled = {one.device_id for one in await self._tools.reader.many(TROUBLES_OPEN)}
        self._stuck = (self._stuck | troubled) & {card.device_id for card in self._cards}

    def look(self, card: DeviceCard) -> DrawerLook:
        """How a drawer is now."""
        return look_at(card, self._tools.desk.stations, stuck=card.device_id in self._stuck)

    def states(self) -> dict[UUID, str]:
        """The state of each."""
        return {card.device_id: self.look(card).state.value for card in self._cards}

    def hangs_on(self, printer: VirtualPrinter) -> bool:
        """Whether a drawer of this unit hangs on this virtual printer."""
        places = (plan_of(card)[0] for card in self._cards if self.look(card).virtual)
        return any(
            isinstance(place, AtPrinter) and self._tools.desk.virtual(place.printer_id) is printer for place in places
        )

    def sold(self, entries: Iterable[Entry[Fact]]) -> None:
        """These entries answer an order; a cash sale that was just committed opens the drawer, by the side."""
        if not self._cards:
            return
        now_ns = self._tools.clock.now().monotonic_ns
        for entry in entries:
            if entry.seq <= self._tools.tip or entry.seq in self._told:
                continue
            if isinstance(entry.body, TicketsSold) and entry.body.tender == "cash":
                self._told.add(entry.seq)
                self._sales.append(_CashSale(entry.body.sale_id, entry.body.seller_id, now_ns))
                self._more.set()

    async def run(self) -> None:
        """Open for the sales that come, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._sales:
                await self._for_sale(self._sales.popleft())

    async def open(self, order: OpenDrawer) -> None:
        """Write the opening down, and open; a refusal, DrawerAway or DrawerStuck where it stays shut."""
        async with self._turn:
            card = self._card(order.device_id)
            if card is None:  # added a moment ago, or no drawer of this unit
                await self.follow()
                card = self._card(order.device_id)
            look = self.look(card) if card is not None else None
            if card is not None and self._tools.incidents.stale:
                raise DrawerAway(name=card.name, problem=STALE)
            if card is not None and look is not None and look.state is not DrawerState.READY:
                raise DrawerAway(name=card.name, problem=look.problem)
            opened = (await self._tools.order(order))[0]
            assert card is not None, "what is no drawer of this unit is refused"
            if opened.seq > self._opened_to:
                self._opened_to = opened.seq
                await self._kick(card)

    def _card(self, device_id: UUID) -> DeviceCard | None:
        return next((one for one in self._cards if one.device_id == device_id), None)

    async def _for_sale(self, sale: _CashSale) -> None:
        card, age_ns = self.for_sales, self._tools.clock.now().monotonic_ns - sale.at_ns
        if card is None or age_ns > LATE_MS * NS_PER_MS:
            return
        order = OpenDrawer(
            command_id=self._tools.new_id(), actor=sale.seller_id, device_id=card.device_id, sale_id=sale.sale_id
        )
        try:
            await self.open(order)
        except Refusal as refusal:
            log.info("drawer not opened for a sale", drawer=card.name, code=refusal.code)
        except Fault as fault:
            log.warning("drawer stays shut", drawer=card.name, code=fault.code)

    async def _kick(self, card: DeviceCard) -> None:
        line, profile = plan_of(card)
        try:
            worked = await self._opens(line, profile)
        except Fault as fault:
            log.warning("drawer not reached", drawer=card.name, sentence=str(fault))
            worked = False
        if not worked:
            self._stuck.add(card.device_id)
            self._tools.incidents.trouble(card.device_id, STUCK)
            raise DrawerStuck(name=card.name)
        if card.device_id in self._stuck:
            self._stuck.discard(card.device_id)
            self._tools.incidents.well(card.device_id)

    async def _opens(self, line: DrawerLine, profile: DrawerProfile) -> bool:
        match line:
            case AtPrinter():
                return await self._pulsed(line, profile)
            case Serial():
                await open_by_letters(line, profile)
                return True
            case ByKey():
                return True

    async def _pulsed(self, place: AtPrinter, profile: DrawerProfile) -> bool:
        """Whether the printer took the pulse; two at one printer keep the pause of the first."""
        station = self._tools.desk.stations.get(place.printer_id)
        assert profile.kick is not None
        wait_ns = self._free_ns.get(place.printer_id, 0) - self._tools.clock.now().monotonic_ns
        if wait_ns > 0:
            await asyncio.sleep(min(wait_ns / NS_PER_MS, profile.kick.on_ms + profile.kick.off_ms) / 1_000)
        left = station.kick(pulse_bytes(profile.kick, station.profile.drawer)) if station and station.profile else None
        if left is None:
            return False
        try:
            async with asyncio.timeout(KICK_S_MAX):
                took = await left
        except TimeoutError:
            return False  # the wait took the pulse with it, so it comes no more
        busy_ns = (profile.kick.on_ms + profile.kick.off_ms) * NS_PER_MS
        self._free_ns[place.printer_id] = self._tools.clock.now().monotonic_ns + busy_ns
        return took
