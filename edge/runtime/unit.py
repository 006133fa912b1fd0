"""One edge, composed: keys, journal, the one writer, printer, line to the hub; and what pages ask of them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import structlog

from edge.runtime.changes import Changes
from edge.runtime.database import DatabaseUnusable, Reader, migrate, open_reader
from edge.runtime.event_now import event_now
from edge.runtime.folder_lock import folder_lock
from edge.runtime.lease_keys import LeaseKeys
from edge.runtime.membership import Membership, read_membership
from edge.runtime.pins import PinDesk
from edge.runtime.printing import Printing, start_printing
from edge.runtime.sessions import Sessions
from edge.runtime.settings import Settings
from edge.runtime.slips import Slips
from edge.runtime.spool import SpoolTable
from edge.runtime.world import World
from edge.sync.link import HubAddress, HubLink, LinkParts, LinkStatus
from edge.sync.pages import read_evidence
from shared.domain.raffle.queries_page import EVENTS, NUMBERS_LEFT
from shared.domain.slices import ALL
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys, read_or_make_keys
from shared.kernel.errors import StorageFault
from shared.kernel.ids import uuid7
from shared.pipeline.command import Command
from shared.pipeline.sqlite_writer import Answer, SqliteWriter, Tools, open_durable
from shared.sync.protocol import UnitReport

log = structlog.get_logger()
EPOCH = 1
TASK_AGAIN_S = 5.0


class Unit:
    """Everything a request needs. `stores` turns False when the database takes no more facts."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        membership: Membership,
        world: World,
        stores: tuple[SqliteWriter, Reader, Slips],
    ) -> None:
        self.settings = settings
        self.membership = membership
        self.world = world
        self.clock = world.clock
        self.writer, self.reader, self._slips = stores
        self.owner = self.writer.owner
        self.changes = Changes()
        self.sessions = Sessions(world.clock, world.chance)
        self.pins = PinDesk(self.writer, self.reader, world.clock)
        self.spool = SpoolTable(self.writer, self.reader, world.clock)
        self.printing = Printing(None, None)
        self.stores = True
        self.link: HubLink | None = None
        self._node_key = keys.node_key()
        self._started_ms = self.now_ms

    @property
    def now_ms(self) -> int:
        """The wall clock (ms UTC)."""
        return self.clock.now().wall_ms

    @property
    def line(self) -> LinkStatus:
        """How the line to the hub is; without one, everything waits."""
        if self.link is not None:
            return self.link.status
        return LinkStatus(False, self._started_ms, self.writer.tip.seq, 0, 0)

    def new_id(self) -> UUID:
        """A new UUIDv7."""
        return uuid7(self.now_ms, self.world.chance())

    async def carry_out(self, command: Command) -> Answer:
        """Hand a command to the writer; printer, line and pages learn of it at once."""
        try:
            answer = await self.writer.handle(command)
        except StorageFault:
            self.stores = False
            self.changes.tell()
            raise
        self.stores = True
        self.spool.wakeup.set()
        if self.link is not None:
            self.link.poke()
        self.changes.tell()
        return answer

    def rows_came(self) -> None:
        """The feed brought rows: what was remembered of them is read anew."""
        self._slips.forget()
        self.changes.tell()

    async def numbers_left(self, event_id: UUID) -> int:
        """Draw numbers of an event that can still be sold here."""
        numbers = await self.reader.one(NUMBERS_LEFT, event_id=event_id)
        return numbers.left if numbers else 0

    async def report(self) -> UnitReport:
        """How this unit is, for the hub."""
        event = event_now(await self.reader.many(EVENTS), self.now_ms)
        return UnitReport(
            wall_ms=self.now_ms,
            tip_seq=self.writer.tip.seq,
            waiting=self.line.waiting,
            printer=self.printing.status.state.value,
            battery_percent=self.world.battery(),
            numbers_left=await self.numbers_left(event.event_id) if event else 0,
            seller=self.sessions.last_seller(),
        )

    async def keep_line(self) -> None:
        """Speak with the hub until cancelled."""
        assert self.settings.hub_url is not None
        address = HubAddress(self.settings.hub_url, self.membership.hub_node_id, self.membership.hub_key)
        parts = LinkParts(
            writer=self.writer,
            reader=self.reader,
            key=self._node_key,
            clock=self.clock,
            jitter=self.world.jitter,
            report=self.report,
            changed=self.changes.tell,
            rows_came=self.rows_came,
        )
        self.link = HubLink(address, parts)
        await self.link.run()


@asynccontextmanager
async def open_unit(settings: Settings, world: World) -> AsyncIterator[Unit]:
    """A unit at work: database brought up to date, printer and line running; all closed in order at the end."""
    keys = read_or_make_keys(settings.key_file, now_ms=world.clock.now().wall_ms, chance=chance_bytes)
    membership = read_membership(settings.membership_file, node_id=keys.node_id)
    owner = Owner(membership.org_id, keys.node_id, EPOCH)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder_lock(settings.folder))
        await asyncio.to_thread(migrate, settings.database)
        slips = Slips(owner, membership.unit)
        writer = _open_writer(settings, world, owner, LeaseKeys(keys.node_key(), owner, membership.hub_key), slips)
        stack.callback(writer.close)
        reader = await stack.enter_async_context(open_reader(settings.database, owner))
        unit = Unit(settings, keys, membership, world, (writer, reader, slips))
        await unit.spool.after_start()
        unit.printing = await start_printing(settings, unit.spool, unit.changes, world)
        if unit.printing.virtual is not None:
            stack.push_async_callback(unit.printing.virtual.stop)
        async with _running(unit):
            yield unit


def _open_writer(settings: Settings, world: World, owner: Owner, keys: LeaseKeys, slips: Slips) -> SqliteWriter:
    try:
        db = open_durable(settings.database, bytes_max=settings.database_bytes_max)
    except sqlite3.Error as error:
        raise DatabaseUnusable(path=settings.database.name, reason=str(error)) from error
    return SqliteWriter(db, ALL, owner, Tools(world.clock, world.chance, keys, slips.effects, read_evidence))


@asynccontextmanager
async def _running(unit: Unit) -> AsyncIterator[None]:
    """The unit's own tasks: the printer's supervisor and the line to the hub."""
    works: dict[str, Callable[[], Awaitable[None]]] = {}
    if unit.printing.supervisor is not None:
        works["printer"] = unit.printing.supervisor.run
    if unit.settings.hub_url is not None:
        works["line"] = unit.keep_line
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
