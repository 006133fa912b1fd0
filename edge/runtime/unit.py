"""One edge, composed: keys, journal, the one writer, printer, line to the hub; and what pages ask of them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import msgspec
import structlog

from edge.discovery.found import Found, look_around
from edge.runtime.beginning import begin_epoch
from edge.runtime.changes import Changes
from edge.runtime.clock import WatchedClock
from edge.runtime.clock_watch import ClockWatch, open_clock
from edge.runtime.contacts import Contacts
from edge.runtime.database import DatabaseUnusable, Reader, migrate, open_reader
from edge.runtime.desk import Desk, DeskTools
from edge.runtime.drawers import Drawers, DrawerTools
from edge.runtime.enrol import settle
from edge.runtime.first_devices import settle_devices
from edge.runtime.folder_lock import folder_lock
from edge.runtime.former_units import lines_of_former_units
from edge.runtime.holds import read_holds
from edge.runtime.incidents import Incidents
from edge.runtime.lease_keys import LeaseKeys
from edge.runtime.meeting import Meetings
from edge.runtime.membership import Membership, read_membership
from edge.runtime.moving import move_out
from edge.runtime.open_pages import OpenPages
from edge.runtime.pins import PinDesk
from edge.runtime.purge import Purge
from edge.runtime.reporting import make_report
from edge.runtime.scanner_plans import scanner_states, use_scanners
from edge.runtime.scanning import Scanning, plans_of, to_the_page
from edge.runtime.sessions import Sessions
from edge.runtime.settings import Settings
from edge.runtime.slips import Slips
from edge.runtime.spool import SpoolTable
from edge.runtime.storage import Storage
from edge.runtime.witness import CAUSE, Witness, assert_place, stand
from edge.runtime.world import World
from edge.sync.former import former_links, greet_again, greet_from_time_to_time, keep_up
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, LinkParts
from edge.sync.pages import read_evidence
from edge.sync.status import LinkStatus
from edge.sync.trust import hub_tls, surely_ms
from shared.domain.devices.queries import DEVICES
from shared.domain.raffle.queries_page import NUMBERS_LEFT
from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.kernel.errors import StorageFault
from shared.kernel.ids import uuid7
from shared.pipeline.command import Command
from shared.pipeline.sqlite_writer import Answer, Effect, Keyring, SqliteWriter, Tools, open_durable
from shared.sync.protocol import UnitReport

log = structlog.get_logger()
TASK_AGAIN_S = 5.0
NS_PER_MS = 1_000_000


class Unit:
    """Everything a request needs."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        membership: Membership,
        world: World,
        stores: tuple[SqliteWriter, Reader, Slips, Witness, Contacts],
        *,
        clock: WatchedClock,
    ) -> None:
        self.settings = settings
        self.membership = membership
        self.world = world
        self.clock = clock
        self.writer, self.reader, self._slips, self.witness, self.contacts = stores
        self.owner = self.writer.owner
        self.changes = Changes()
        self.clock_watch = ClockWatch(clock, self.writer, self.new_id, self.changes.tell)
        self.sessions = Sessions(clock, world.chance)
        self.pages = OpenPages(self.sessions, self._uptime_ms)
        self.scanning = Scanning(
            to_the_page(self.pages), changed=self.changes.tell, chance=world.jitter, pace=world.scanner_pace
        )
        self.scanning.use(plans_of(settings.scanners))
        self.pins = PinDesk(self.writer, self.reader, clock)
        self.spool = SpoolTable(self.writer, self.reader, clock)
        self.incidents = Incidents(self.carry_out, self.new_id)
        tools = DeskTools(self.spool, self.reader, world, self.incidents, self.changes.tell, settings.printer_port)
        self.desk = Desk(tools)
        self.spool.before_reprint = self.desk.may_reprint
        self.drawers = Drawers(self._drawer_tools())
        self.meetings = Meetings(self._look_around, self.new_id, self.changes.tell)
        self.storage = Storage(self.writer, self.changes.tell)
        self.link: HubLink | None = None
        self.former: list[HubLink] = []
        self.reopen: Callable[[], None] = lambda: None
        """Close and open this unit anew, once it was enrolled again; the server puts its own word here."""
        self._keys = keys
        self._node_key = keys.node_key()
        self._started_ms = self.now_ms

    def _drawer_tools(self) -> DrawerTools:
        tip = self.writer.tip.seq
        return DrawerTools(self.desk, self.reader, self.incidents, self.clock, self.carry_out, self.new_id, tip)

    @property
    def stores(self) -> bool:
        """Whether the database takes facts, as far as is known."""
        return self.storage.stores

    @property
    def former_owners(self) -> list[Owner]:
        """The journals of this unit's epochs that are over."""
        return [Owner(self.owner.org_id, self.owner.node_id, one.epoch) for one in self._keys.former]

    @property
    def now_ms(self) -> int:
        """The wall clock (ms UTC)."""
        return self.clock.now().wall_ms

    def _uptime_ms(self) -> int:
        return self.clock.now().monotonic_ns // NS_PER_MS

    @property
    def hub_url(self) -> str:
        """Where the hub is: as set here, else as pairing said; empty when nobody did."""
        return self.settings.hub_url or self.membership.hub_url

    @property
    def line(self) -> LinkStatus:
        """How the line to the hub is; without one, everything waits."""
        if self.link is not None:
            waiting = sum(link.status.waiting for link in self.former)
            status = self.link.status
            return msgspec.structs.replace(status, waiting=status.waiting + waiting) if waiting else status
        return LinkStatus(False, self._started_ms, self.writer.tip.seq, 0, 0)

    def is_forgetting(self) -> bool:
        """Whether a line still has to write down that the hub was restored."""
        return any(link.is_forgetting for link in (self.link, *self.former) if link is not None)

    def new_id(self) -> UUID:
        """A new UUIDv7."""
        return uuid7(self.now_ms, self.world.chance())

    async def carry_out(self, command: Command) -> Answer:
        """Hand a command to the writer; printer, line and pages learn of it at once."""
        try:
            answer = await self.writer.handle(command)
        except StorageFault:
            self.storage.failed()
            raise
        self.storage.worked()
        self.spool.wake()
        self.drawers.sold(answer)
        if self.link is not None:
            self.link.poke()
        self.changes.tell()
        return answer

    def rows_came(self) -> None:
        """The feed brought rows: what was remembered of them is read anew."""
        self._slips.forget()
        self.changes.tell()

    async def follow_devices(self) -> None:
        """The devices of this unit are others than before: let those work that it has now."""
        await self.desk.follow()
        await self.drawers.follow()
        use_scanners(self.scanning, plans_of(self.settings.scanners), await self.reader.many(DEVICES))

    def device_states(self) -> dict[UUID, str]:
        """The state of each device at work."""
        printers = {device_id: one.status.state.value for device_id, one in self.desk.stations.items()}
        return printers | scanner_states(self.scanning) | self.drawers.states()

    async def _look_around(self) -> tuple[Found, ...]:
        around, heard = self.world.around, self.world.nearby.browse
        return await look_around(around if around.browse else msgspec.structs.replace(around, browse=heard))

    async def numbers_left(self, event_id: UUID) -> int:
        """Draw numbers of an event that can still be sold here."""
        numbers = await self.reader.one(NUMBERS_LEFT, event_id=event_id)
        return numbers.left if numbers else 0

    async def report(self) -> UnitReport:
        """How this unit is, for the hub."""
        return await make_report(self)

    async def keep_line(self) -> None:
        """Speak with the hub until cancelled."""
        member, url = self.membership, self.hub_url
        tls = hub_tls(url, member.hub_ca, now_ms=lambda: surely_ms(self.clock.now(), pinned=bool(member.hub_ca)))
        address = HubAddress(url, member.hub_node_id, member.hub_key, tls, pinned=bool(member.hub_ca))
        parts = LinkParts(
            writer=self.writer,
            reader=self.reader,
            key=self._node_key,
            clock=self.clock,
            jitter=self.world.jitter,
            report=self.report,
            changed=self.changes.tell,
            rows_came=self.rows_came,
            hub_said=self.clock_watch.hub_said,
            hub_answered=self.clock_watch.hub_answered,
            contacts=self.contacts,
            not_stored=self.storage.doubt,
            hub_restored=lambda: greet_again(self.former),
            find_hub=self.world.nearby.find_hub,
        )
        self.link = HubLink(address, parts)
        async with (
            lines_of_former_units(self.settings, parts) as others,
            asyncio.TaskGroup() as group,
        ):
            self.former = [*await former_links(address, parts, self._keys), *others]
            group.create_task(self.link.run())
            for link in self.former:
                group.create_task(keep_up(link))
            group.create_task(greet_from_time_to_time(self.former))


@asynccontextmanager
async def open_unit(settings: Settings, world: World) -> AsyncIterator[Unit]:
    """A unit at work: database brought up to date, printer and line running; all closed in order at the end."""
    async with AsyncExitStack() as stack:
        stack.enter_context(folder_lock(settings.folder))
        assert_place(settings.witness)
        move_out(settings)
        keys = settle(settings, world.clock.now().wall_ms)
        membership = read_membership(settings.membership_file, node_id=keys.node_id)
        owner = Owner(membership.org_id, keys.node_id, keys.epoch)
        await asyncio.to_thread(migrate, settings.database)
        clock = open_clock(settings.database, owner.node_id, world.clock)
        world = msgspec.structs.replace(world, clock=clock)
        slips = Slips(owner, membership.unit)
        witness = Witness(settings.witness, owner)
        stack.callback(witness.close)
        contacts = Contacts(settings.contact_key_file, owner, world.chance)
        keyring = contacts.keyring(LeaseKeys(keys.node_key(), owner, membership.hub_key))
        effects = {**slips.effects, **contacts.effects}
        writer = _open_writer(settings, world, keyring, effects, witness, clock=clock)
        stack.callback(writer.close)
        await writer.write(contacts.attach)
        await stand(witness, writer, world.clock.now().wall_ms)
        await begin_epoch(writer, membership, world.clock.now().wall_ms)
        reader = await stack.enter_async_context(open_reader(settings.database, owner))
        unit = Unit(settings, keys, membership, world, (writer, reader, slips, witness, contacts), clock=clock)
        await unit.clock_watch.look()
        await _take_up(unit)
        stack.push_async_callback(unit.desk.close)
        stack.push_async_callback(unit.meetings.close)
        await unit.follow_devices()
        async with _running(unit):
            yield unit


async def _take_up(unit: Unit) -> None:
    """Slips and devices as the last stop left them. A copy behind its witness is told nothing: people are asked."""
    holds = await unit.writer.write(read_holds, rows=False)
    stale = unit.incidents.stale = any(hold.cause == CAUSE for hold in holds)
    await unit.spool.after_start(stale=stale)
    if not stale:
        await settle_devices(unit.settings, unit.writer, unit.reader, unit.new_id)


def _open_writer(
    settings: Settings,
    world: World,
    keys: Keyring,
    effects: dict[str, Effect],
    witness: Witness,
    *,
    clock: WatchedClock,
) -> SqliteWriter:
    try:
        db = open_durable(settings.database, bytes_max=settings.database_bytes_max)
    except sqlite3.Error as error:
        raise DatabaseUnusable(path=settings.database.name, reason=str(error)) from error
    tools = Tools(clock, world.chance, keys, effects, read_evidence, witness.note, clock.doubts)
    return SqliteWriter(db, ALL, witness.owner, tools)


@asynccontextmanager
async def _running(unit: Unit) -> AsyncIterator[None]:
    """The unit's own tasks: printers, scanners, the line to the hub."""
    works: dict[str, Callable[[], Awaitable[None]]] = {"clock": unit.clock_watch.run, "storage": unit.storage.run}
    works |= {"desk": unit.desk.run, "incidents": unit.incidents.run, "drawers": unit.drawers.run}
    if unit.hub_url:
        works["line"] = unit.keep_line
    former, waits = unit.former_owners, unit.is_forgetting
    purge = Purge(unit.writer, unit.reader, unit.clock, unit.rows_came, former=former, waits=waits)
    works["purge"] = purge.run
    works["scanners"] = unit.scanning.run
    tasks = [asyncio.create_task(_keep_working(name, work)) for name, work in works.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_working(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a task for ever: when our own bug ends it, say so and begin it again."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("task ended", task=name)
        await asyncio.sleep(TASK_AGAIN_S)
