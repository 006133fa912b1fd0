"""The hub's door for units: challenge, hello, push, feed, lease, report, below `/sync/v1`; msgpack both ways."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, Router, get, post
from litestar.di import Provide
from msgspec.structs import replace

from hub.runtime.hub import Hub
from hub.sync.beside import Beside, Right
from hub.sync.enrol import enrol
from hub.sync.failures import counting_failures
from hub.sync.feed import read_feed
from hub.sync.gate import Gate
from hub.sync.greet import greet
from hub.sync.leases import grant
from hub.sync.pairing_proof import prove
from hub.sync.parcels import receive_parcel
from hub.sync.receive import receive
from hub.sync.recovery import take_evidence
from hub.sync.reports import ReportDesk
from hub.sync.sessions import NotProven, find_epochs, find_node, make_challenge, promised, read_session
from hub.sync.strangers import take_stranger
from hub.sync.totals import TotalsBoard
from shared.kernel.codec import decode, encode
from shared.kernel.errors import InputRefused
from shared.kernel.limits import BUNDLE_BYTES_MAX
from shared.sync.evidence import EVIDENCE_BYTES_MAX, Evidence
from shared.sync.pairing import ProofRequest
from shared.sync.protocol import LeaseRequest, ParcelPush, Session, UnitReport

T = TypeVar("T")
MSGPACK = "application/msgpack"
WORD_BYTES_MAX = 16 * 1024
"""Of a hello or a report, which units send in crowds and which wait in memory; one has some 1,500 bytes."""
PARCEL_PUSH_BYTES_MAX = BUNDLE_BYTES_MAX + 1024 * 1024
Asked = Request[Any, Any, Any]


class SyncDoor:
    """What the routes need: the hub, and who comes next in this process: uploads, reports, and all else."""

    def __init__(self, hub: Hub, board: TotalsBoard) -> None:
        self.hub = hub
        self.desk = ReportDesk(hub, board)
        self.gate = Gate(self.now_s)
        self.beside = Beside(self.now_s)
        hub.meter.watch(self.gate)

    def now_s(self) -> float:
        """The hub's monotonic clock, in seconds."""
        return self.hub.clock.now().monotonic_ns / 1e9


def packed(value: Any) -> Response[bytes]:
    """An answer in msgpack."""
    return Response(value if isinstance(value, bytes) else encode(value), media_type=MSGPACK, status_code=200)


def _body(data: bytes, kind: type[T], field: str) -> T:
    try:
        return decode(data, kind)
    except msgspec.DecodeError as error:
        raise InputRefused(field=field, problem="these bytes cannot be read; send them again") from error


def _claimed_bytes(request: Asked) -> int:
    """How large the body is, as the caller says; one who does not say may bring the most."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 12 else PARCEL_PUSH_BYTES_MAX


def _session(hub: Hub, request: Asked) -> Session:
    """Who asks, as the hub signed it; how the node stands now is for the database to say."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        data = bytes.fromhex(token) if scheme == "Node" else b""
    except ValueError:
        data = b""
    if not data:
        raise NotProven
    return read_session(hub, data)


class SyncController(Controller):
    """The routes of the protocol. Who is asked proves itself by its session, not by a login."""

    path = "/sync/v1"
    include_in_schema = False

    @post("/challenge/{node:uuid}")
    async def challenge(self, sync: SyncDoor, node: UUID) -> Response[bytes]:
        """What the node must sign."""
        async with sync.beside.turn(node, Right.CHALLENGE):
            await find_epochs(sync.hub, node)
            return packed(make_challenge(sync.hub, node))

    @post("/hello/{node:uuid}", request_max_body_size=WORD_BYTES_MAX)
    async def hello(self, request: Asked, sync: SyncDoor, node: UUID) -> Response[bytes]:
        """Compare both ends."""
        said = await request.body()
        async with sync.beside.turn(node, Right.HELLO, promised(sync.hub, node, said)):
            return packed(await greet(sync.hub, node, said))

    @post("/enrol")
    async def enrol(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Take a unit in that shows the secret of a pairing."""
        said = await request.body()
        async with sync.beside.turn(None, Right.ENTRY):
            return packed(await enrol(sync.hub, said))

    @post("/pairing", request_max_body_size=WORD_BYTES_MAX)
    async def pairing(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Prove to a unit on the same network that this is the hub of its short code."""
        said = _body(await request.body(), ProofRequest, "Pairing")
        async with sync.beside.turn(None, Right.ENTRY):
            return packed(await prove(sync.hub, said))

    @post("/stranger")
    async def stranger(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Know a unit again that this hub had enrolled before it was restored."""
        said = await request.body()
        async with sync.beside.turn(None, Right.ENTRY):
            return packed(await take_stranger(sync.hub, said))

    @post("/push", request_max_body_size=BUNDLE_BYTES_MAX)
    async def push(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Store a bundle."""
        session = _session(sync.hub, request)
        with sync.hub.meter.push(sync.now_s):
            sync.gate.admit(session.node, _claimed_bytes(request))
            data = await request.body()
            async with sync.gate.turn(session.node, len(data)) as waited_ms, counting_failures(sync.hub, session.owner):
                answer = await receive(sync.hub, session, data)
            sync.hub.meter.bytes += len(data)
        return packed(replace(answer, waited_ms=waited_ms))

    @post("/parcel", request_max_body_size=PARCEL_PUSH_BYTES_MAX)
    async def parcel(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Store a bundle and the keys of the people in it."""
        session = _session(sync.hub, request)
        with sync.hub.meter.push(sync.now_s):
            sync.gate.admit(session.node, _claimed_bytes(request))
            data = await request.body()
            said = _body(data, ParcelPush, "Parcel")
            async with sync.gate.turn(session.node, len(data)) as waited_ms, counting_failures(sync.hub, session.owner):
                answer = await receive_parcel(sync.hub, session, said)
            sync.hub.meter.bytes += len(data)
        return packed(replace(answer, waited_ms=waited_ms))

    @get("/contact-key")
    async def contact_key(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """The organisation's contact key, sealed to the node that asks."""
        session = _session(sync.hub, request)
        async with sync.beside.turn(session.node, Right.PROVEN):
            node = await find_node(sync.hub, session.node, session.epoch)
        node.assert_sells()
        keyring = sync.hub.keyring
        return packed(keyring.seal_contact_key(session.org, session.node, session.epoch, node.seal_key))

    @get("/feed")
    async def feed(self, request: Asked, sync: SyncDoor, since: int = 0) -> Response[bytes]:
        """The next page behind `since`."""
        session = _session(sync.hub, request)
        async with sync.beside.turn(session.node, Right.PROVEN):
            (await find_node(sync.hub, session.node, session.epoch)).assert_reads_feed()
            return packed(await read_feed(sync.hub, session, max(0, since)))

    @post("/lease")
    async def lease(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """Numbers of an event, as a signed document."""
        session = _session(sync.hub, request)
        said = _body(await request.body(), LeaseRequest, "Lease request")
        async with sync.beside.turn(session.node, Right.PROVEN):
            (await find_node(sync.hub, session.node, session.epoch)).assert_sells()
            return packed(await grant(sync.hub, session, said))

    @post("/evidence", request_max_body_size=EVIDENCE_BYTES_MAX)
    async def evidence(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """What a unit holds with this hub's signature, for a hub that was restored."""
        session = _session(sync.hub, request)
        said = _body(await request.body(), Evidence, "Evidence")
        async with sync.beside.turn(session.node, Right.PROVEN):
            await find_node(sync.hub, session.node, session.epoch)
            return packed(await take_evidence(sync.hub, session, said))

    @post("/report", request_max_body_size=WORD_BYTES_MAX)
    async def report(self, request: Asked, sync: SyncDoor) -> Response[bytes]:
        """How the unit is; the totals in return."""
        session = _session(sync.hub, request)
        return packed(await sync.desk.take(session, _body(await request.body(), UnitReport, "Report")))


def sync_router(hub: Hub) -> Router:
    """The routes of the protocol on this hub."""
    door = SyncDoor(hub, TotalsBoard(hub))
    return Router(
        "/",
        route_handlers=[SyncController],
        opt={"public": True},
        dependencies={"sync": Provide(lambda: door, sync_to_thread=False)},
    )
