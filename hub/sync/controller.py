"""The hub's door for units: challenge, hello, push, feed, lease, report, below `/sync/v1`; msgpack both ways."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, Router, get, post
from litestar.di import Provide

from hub.runtime.hub import Hub
from hub.sync.feed import feed_end, read_feed
from hub.sync.receive import receive
from hub.sync.sessions import NotProven, accept_hello, find_node, make_challenge, read_session
from hub.sync.totals import TotalsBoard
from shared.domain.raffle.commands import GrantLease
from shared.kernel.codec import decode, encode
from shared.kernel.errors import InputRefused
from shared.kernel.limits import BUNDLE_BYTES_MAX
from shared.pipeline.postgres_bus import lock_head
from shared.sync.protocol import (
    EventTotalHeard,
    HelloAnswer,
    LeaseRequest,
    ReportAnswer,
    Session,
    UnitReport,
)

T = TypeVar("T")
MSGPACK = "application/msgpack"
Asked = Request[Any, Any, Any]


class SyncDoor:
    """What the routes need: the hub, and the board of totals of this process."""

    def __init__(self, hub: Hub, board: TotalsBoard) -> None:
        self.hub = hub
        self.board = board


def packed(value: Any) -> Response[bytes]:
    """An answer in msgpack."""
    return Response(value if isinstance(value, bytes) else encode(value), media_type=MSGPACK, status_code=200)


def _body(data: bytes, kind: type[T], field: str) -> T:
    try:
        return decode(data, kind)
    except msgspec.DecodeError as error:
        raise InputRefused(field=field, problem="these bytes cannot be read; send them again") from error


async def _session(hub: Hub, request: Asked) -> Session:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        data = bytes.fromhex(token) if scheme == "Node" else b""
    except ValueError:
        data = b""
    if not data:
        raise NotProven
    session = read_session(hub, data)
    await find_node(hub, session.node)
    return session


class SyncController(Controller):
    """The routes of the protocol. Who is asked proves itself by its session, not by a login."""

    path = "/sync/v1"
    include_in_schema = False

    @post("/challenge/{node:uuid}")
    async def challenge(self, sync: SyncDoor, node: UUID) -> Response[bytes]:
        """What the node must sign."""
        await find_node(sync.hub, node)
        return packed(make_challenge(sync.hub, node))

    @post("/hello/{node:uuid}")
    async def hello(self, request: Asked, sync: SyncDoor, node: UUID) -> Response[bytes]:
        """Compare both ends."""
        return packed(await greet(sync.hub, node, await request.body()))

    @post("/push", request_max_body_size=BUNDLE_BYTES_MAX)
    async def push(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Store a bundle."""
        return packed(await receive(sync.hub, await _session(sync.hub, request), await request.body()))

    @get("/feed")
    async def feed(self, request: Asked, sync: SyncDoor, since: int = 0) -> Response[bytes]:
        """The next page behind `since`."""
        return packed(await read_feed(sync.hub, await _session(sync.hub, request), max(0, since)))

    @post("/lease")
    async def lease(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Numbers of an event, as a signed document."""
        session = await _session(sync.hub, request)
        return packed(await grant(sync.hub, session, _body(await request.body(), LeaseRequest, "Lease request")))

    @post("/report")
    async def report(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """How the unit is; the totals in return."""
        session = await _session(sync.hub, request)
        said = _body(await request.body(), UnitReport, "Report")
        return packed(await take_report(sync, session, said))


def sync_router(hub: Hub) -> Router:
    """The routes of the protocol on this hub."""
    door = SyncDoor(hub, TotalsBoard(hub))
    return Router(
        "/",
        route_handlers=[SyncController],
        opt={"public": True},
        dependencies={"sync": Provide(lambda: door, sync_to_thread=False)},
    )


async def greet(hub: Hub, node: UUID, data: bytes) -> HelloAnswer:
    """Take a node's hello; the answer says where the hub stands."""
    _, session = await accept_hello(hub, node, data)
    owner = read_session(hub, session).owner
    async with hub.bus.tenant(owner.org_id) as connection:
        tip = await lock_head(connection, owner)
        generation, _ = await feed_end(connection)
    return HelloAnswer(
        session=session, seq=tip.seq, hash=tip.hash, generation=generation, hub_time_ms=hub.clock.now().wall_ms
    )


async def grant(hub: Hub, session: Session, asked: LeaseRequest) -> bytes:
    """Grant once a request id; the document of the same lease however often it is asked for."""
    order = GrantLease(
        command_id=asked.request, event_id=asked.event, holder_id=session.node, holder_epoch=session.epoch
    )
    async with hub.bus.tenant(session.org) as connection:
        entries = await hub.bus.handle_in(connection, session.org, order)
        cursor = await connection.execute(
            "select data from sync.lease_document where lease_id = %s", [entries[0].envelope.entity]
        )
        row = await cursor.fetchone()
    assert row is not None, "a granted lease has its document"
    return bytes(row[0])


async def take_report(sync: SyncDoor, session: Session, said: UnitReport) -> ReportAnswer:
    """Keep a unit's report and tell it the totals it may show."""
    hub = sync.hub
    now_ms = hub.clock.now().wall_ms
    async with hub.bus.tenant(session.org) as connection:
        await connection.execute(
            "insert into sync.unit_report (org_id, node_id, heard_ms, report) values (%s, %s, %s, %s) "
            "on conflict (org_id, node_id) do update set heard_ms = excluded.heard_ms, report = excluded.report",
            (session.org, session.node, now_ms, encode(said)),
        )
        _, position = await feed_end(connection)
    known = await sync.board.totals(session.org)
    own_seq = known.seqs.get((session.node, session.epoch), 0)
    heard = [EventTotalHeard(one.event_id, one.sale_count, one.amount_minor, own_seq) for one in known.events]
    return ReportAnswer(hub_time_ms=now_ms, position=position, totals=heard)
