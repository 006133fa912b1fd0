"""A hub on the air and edges at the end of lines that can be cut: real HTTPS on loopback, one event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
import uvicorn

from edge.runtime.contacts import Contacts
from edge.runtime.database import Reader, migrate, open_reader
from edge.runtime.lease_keys import LeaseKeys
from edge.sync.hub_client import HubClient
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, LinkParts
from edge.sync.pages import read_evidence
from edge.sync.trust import hub_tls
from hub.runtime.app import make_app
from hub.runtime.authority import fingerprint
from hub.runtime.entrance import Entrance
from hub.runtime.hub import Hub
from hub.runtime.postgres_process import free_port
from shared.demo.line import Line
from shared.domain.raffle.commands import SellTickets, UndoSale
from shared.domain.raffle.facts import TicketsSold
from shared.domain.raffle.queries_page import EVENT_TOTAL, NUMBERS_LEFT, EventTotal
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.entry import Entry, Owner
from shared.journal.keyfile import Keys
from shared.pipeline.manifest import Slices
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.protocol import Hello, HelloAnswer, UnitReport
from tests.support.clock import RunningClock
from tests.support.hub import RunningHub
from tests.support.limits import WAIT_S_MAX
from tests.support.tls import authority, over_tls


async def until(true: Callable[[], Any], what: str) -> None:
    """Wait until `true()` (plain or async) holds; AssertionError with `what` after a while."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < WAIT_S_MAX:
        found = true()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited {WAIT_S_MAX} s for: {what}")


@dataclass
class Edge:
    """An edge without pages: writer, reader, line, link."""

    keys: Keys
    owner: Owner
    writer: SqliteWriter
    reader: Reader
    line: Line
    link: HubLink
    path: Path
    clock: RunningClock
    contacts: Contacts

    async def ready(self, event_id: UUID) -> None:
        """Until it has numbers of the event."""
        await until(lambda: self.numbers_left(event_id), "numbers of the event")

    async def numbers_left(self, event_id: UUID) -> int:
        """Numbers that can be sold here."""
        numbers = await self.reader.one(NUMBERS_LEFT, event_id=event_id)
        return numbers.left if numbers else 0

    async def sell(
        self, event_id: UUID, seller_id: UUID, *, place: int = 1, times: int = 1, phone: str = ""
    ) -> Entry[TicketsSold]:
        """Sell the package at `place` for exact cash; `phone` (E.164) is the buyer's."""
        rows = await self.reader.values(
            "SELECT package_id, price_minor FROM raffle_package WHERE event_id = :event_id ORDER BY place",
            {"event_id": event_id},
        )
        order = SellTickets(
            command_id=uuid4(),
            actor=seller_id,
            event_id=event_id,
            package_id=UUID(bytes=rows[place][0]),
            times=times,
            tender="cash",
            received_minor=rows[place][1] * times,
        )
        with self.contacts.holding(phone) as contact:
            answer = await self.writer.handle(msgspec.structs.replace(order, contact=contact))
        self.link.poke()
        return cast(Entry[TicketsSold], answer[0])

    async def undo(self, sale_id: UUID, seller_id: UUID) -> None:
        """Undo a sale."""
        await self.writer.handle(UndoSale(command_id=uuid4(), actor=seller_id, sale_id=sale_id))
        self.link.poke()

    async def total(self, event_id: UUID) -> EventTotal | None:
        """What this edge sold of the event."""
        return await self.reader.one(EVENT_TOTAL, event_id=event_id)

    async def level(self) -> None:
        """Until nothing waits."""
        await until(lambda: self.link.status.waiting == 0 and self.link.status.connected, "everything uploaded")

    async def entries(self, behind: int = 0) -> list[bytes]:
        """The exact bytes of this journal."""
        rows = await self.reader.values("SELECT data FROM journal_entry WHERE seq > :seq ORDER BY seq", {"seq": behind})
        return [row[0] for row in rows]


@dataclass
class OnAir:
    """A hub that answers on `port`; `edge` puts a registered handheld at the end of a line of its own."""

    running: RunningHub
    port: int
    stack: AsyncExitStack

    @property
    def url(self) -> str:
        """The hub without a line between."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def fingerprint(self) -> str:
        """Of the authority that vouches for this hub."""
        return fingerprint(authority().pem)

    async def edge(self, venue_id: UUID, code: str = "R07", *, connected: bool = True) -> Edge:
        """Register a handheld and run its link."""
        keys = await self.running.unit(venue_id, code)
        return await self.stack.enter_async_context(open_edge(self, keys, connected=connected))

    async def client(self, keys: Keys, *, url: str | None = None) -> HubClient:
        """A bare client of a registered node."""
        url = url or self.url
        tls = hub_tls(url, authority().pem)
        client = HubClient(url, keys.node_id, keys.node_key(), self.running.hub.key.sign_public, tls)
        self.stack.push_async_callback(client.close)
        return client

    async def hello(self, client: HubClient, keys: Keys) -> HelloAnswer:
        """Say hello with an empty journal."""

        def make(challenge: bytes) -> Hello:
            return Hello(
                challenge=challenge,
                org=self.running.org_id,
                node=keys.node_id,
                epoch=1,
                seq=0,
                hash=b"",
                generation=0,
                position=0,
            )

        return await client.hello(make)


@asynccontextmanager
async def open_edge(air: OnAir, keys: Keys, *, connected: bool = True, slices: Slices = ALL) -> AsyncIterator[Edge]:
    """An edge of the running organisation with a database of its own; its link runs until the end."""
    running = air.running
    path = running.folder / f"{keys.node_id}.db"
    migrate(path)
    owner, key = Owner(running.org_id, keys.node_id, 1), keys.node_key()
    hub_key = running.hub.key.sign_public
    lease_keys = LeaseKeys(key, owner, hub_key)
    clock = RunningClock()
    contacts = Contacts(path.with_suffix(".contact"), owner, chance)
    tools = Tools(clock, chance, contacts.keyring(lease_keys), contacts.effects, read_evidence)
    writer = SqliteWriter(open_durable(path), slices, owner, tools)
    await writer.write(contacts.attach)
    line = Line(free_port(), air.port)
    if connected:
        await line.connect()

    async def report() -> UnitReport:
        return UnitReport(
            wall_ms=clock.now().wall_ms, tip_seq=writer.tip.seq, waiting=0, printer="ready", battery_percent=None,
            numbers_left=0, seller="",
        )  # fmt: skip

    async with open_reader(path, owner) as reader:
        parts = LinkParts(
            writer=writer, reader=reader, key=key, clock=clock, jitter=lambda: 0.0, report=report,
            changed=lambda: None, rows_came=lambda: None, contacts=contacts, slices=slices,
        )  # fmt: skip
        url = f"https://127.0.0.1:{line.port}"
        address = HubAddress(url, running.hub.node_id, hub_key, hub_tls(url, authority().pem))
        link = HubLink(address, parts)
        task = asyncio.create_task(link.run())
        try:
            yield Edge(keys, owner, writer, reader, line, link, path, clock, contacts)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await line.cut()
            writer.close()


class QuietServer(uvicorn.Server):
    """A server inside a test's loop: signals are pytest's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def at_entrance(hub: Hub, port: int) -> Hub:
    """The same hub, which says where it is and whom to trust there."""
    return msgspec.structs.replace(hub, entrance=Entrance(f"https://127.0.0.1:{port}", authority().pem))


@asynccontextmanager
async def on_air(running: RunningHub, around: Callable[[Any], Any] = lambda app: app) -> AsyncIterator[OnAir]:
    """Serve the hub's whole app on a free port of loopback; `around` may put something around it."""
    port = free_port()
    app = around(make_app(at_entrance(running.hub, port)).asgi)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
    server = QuietServer(over_tls(config))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the hub to listen")
    try:
        async with AsyncExitStack() as stack:
            yield OnAir(running, port, stack)
    finally:
        server.should_exit = True
        await task
