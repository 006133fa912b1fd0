"""The edge's line to its hub: asks the uplink what is next, does it, tells it what happened (design §5).

The edge sells whether or not this task gets anywhere; what it knows of the hub lives in one row of `peer`.
"""

import asyncio
import sqlite3
import ssl
from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
import structlog

from edge.runtime.contacts import Contacts
from edge.runtime.database import Reader
from edge.sync.contact import ask_contact_key
from edge.sync.evidence import gather_evidence
from edge.sync.greeting import common_with, greet_hub
from edge.sync.hub_client import HubAway, HubClient, HubRefused
from edge.sync.hub_word import HubWord
from edge.sync.numbers import Want, wanted_numbers
from edge.sync.packing import Packer
from edge.sync.pages import apply_page
from edge.sync.parcels import FEATURE, parcel_of, push_with_keys
from edge.sync.receipts import receipt_of
from shared.domain.raffle.commands import TakeLease
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.kernel.clock import Clock, Moment
from shared.kernel.errors import EvidenceError, StorageFault
from shared.kernel.ids import derived_id
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.sync.feed import read_page
from shared.sync.lease import read_lease
from shared.sync.protocol import Hello, LeaseRequest, ReportAnswer, UnitReport
from shared.sync.uplink import AskLease, Pull, Push, Report, Rest, SayHello, ShowEvidence, Step, Uplink

log = structlog.get_logger()
NUMBERS_PAUSE_MS = 30_000
PAUSED = "sync.paused"
HELLO_AGAIN = frozenset({"sync.not_proven", "sync.out_of_order", "sync.other_history"})
PEER = "SELECT generation, position, acked_seq, heard_ms FROM peer WHERE peer_id = :peer_id"
SET_ACKED = (
    "INSERT INTO peer (peer_id, generation, position, acked_seq, hub_time_ms, heard_ms) VALUES (?, 0, 0, ?, 0, ?) "
    "ON CONFLICT (peer_id) DO UPDATE SET acked_seq = excluded.acked_seq, heard_ms = excluded.heard_ms"
)
SET_TOTAL = (
    "INSERT INTO heard_total (event_id, sale_count, amount_minor, own_seq, heard_ms) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (event_id) DO UPDATE SET sale_count = excluded.sale_count, amount_minor = excluded.amount_minor, "
    "own_seq = excluded.own_seq, heard_ms = excluded.heard_ms"
)


class HubAddress(msgspec.Struct, frozen=True):
    """Where the hub is and how it is known: its node id, its pinned Ed25519 key, and what TLS trusts (trust.py)."""

    url: str
    node_id: UUID
    sign_key: bytes
    tls: ssl.SSLContext | None = None


class LinkStatus(msgspec.Struct, frozen=True):
    """The line as pages show it; wall times in ms. `paused`: head office takes no uploads for now."""

    connected: bool
    since_ms: int
    waiting: int
    acked_seq: int
    heard_ms: int
    forked: bool = False
    receipted_seq: int = 0
    paused: bool = False


class Journal(msgspec.Struct, frozen=True):
    """The journal that goes up: whose it is, the key that signs its heads, and where it ends now."""

    owner: Owner
    key: NodeKey
    tip: Callable[[], Tip]


class LinkParts(msgspec.Struct, frozen=True):
    """What the link works with: storage, key, time, jitter in [0, 1), the unit's report, and whom to tell.

    `journal` is another than the writer's for an epoch that is over: it is uploaded, and nothing else is asked.
    """

    writer: SqliteWriter
    reader: Reader
    key: NodeKey
    clock: Clock
    jitter: Callable[[], float]
    report: Callable[[], Awaitable[UnitReport]]
    changed: Callable[[], None]
    rows_came: Callable[[], None]
    hub_said: Callable[[int, Moment], None] = lambda _time_ms, _heard: None
    journal: Journal | None = None
    contacts: Contacts | None = None


class HubLink:
    """Runs until cancelled; `poke` it when there is something to send."""

    def __init__(self, address: HubAddress, parts: LinkParts) -> None:
        self._address = address
        self._parts = parts
        writer = parts.writer
        self._journal = parts.journal or Journal(writer.owner, parts.key, lambda: writer.tip)
        self._owner = self._journal.owner
        key = self._journal.key
        self._client = HubClient(address.url, self._owner.node_id, key, address.sign_key, address.tls)
        hub = Owner(self._owner.org_id, address.node_id, 1)
        self._word = HubWord(writer, self._journal.owner, key, parts.clock, hub=hub, hub_key=address.sign_key)
        self._packer = Packer(parts.reader, self._owner, key)
        self._uplink = self._fresh_uplink(0, 0, 0)
        self._woken = asyncio.Event()
        self._connected = False
        self._since_ms = parts.clock.now().wall_ms
        self._heard_ms = 0
        self._receipted_seq = 0
        self._features: frozenset[str] = frozenset()
        self._wants: dict[UUID, Want] = {}
        self._refused_until_ms: dict[UUID, int] = {}

    def _fresh_uplink(self, generation: int, position: int, acked_seq: int) -> Uplink:
        over = self._parts.journal is not None
        return Uplink(generation=generation, position=position, acked_seq=acked_seq, upload_only=over)

    @property
    def status(self) -> LinkStatus:
        """How the line is now."""
        tip_seq, acked = self._journal.tip().seq, self._uplink.acked_seq
        return LinkStatus(
            self._connected,
            self._since_ms,
            max(0, tip_seq - acked),
            acked,
            self._heard_ms,
            self._uplink.refused,
            self._receipted_seq,
            self._uplink.paused,
        )

    @property
    def owner(self) -> Owner:
        """The journal that this link uploads."""
        return self._owner

    def poke(self) -> None:
        """Something happened here: look again at once."""
        self._woken.set()

    async def run(self) -> None:
        """Keep the line up until cancelled."""
        await self.recall()
        try:
            while True:
                delay_ms = await self._once()
                if delay_ms:
                    await self._pause(delay_ms)
        finally:
            self._packer.forget()
            await self._client.close()

    async def recall(self) -> None:
        """Take up what was known of the hub before a restart, so that pages tell the truth at once."""
        kept = await receipt_of(self._parts.reader, self._owner)
        self._receipted_seq = kept.seq if kept else 0
        await self._word.recall(self._parts.reader)
        if self._parts.journal is not None:
            self._uplink = self._fresh_uplink(0, 0, self._receipted_seq)
            return
        rows = await self._parts.reader.values(PEER, {"peer_id": self._address.node_id})
        if rows:
            generation, position, acked_seq, self._heard_ms = rows[0]
            acked_seq = min(acked_seq, self._journal.tip().seq)
            self._uplink = self._fresh_uplink(generation, position, acked_seq)

    async def _once(self) -> int:
        """One step; the delay before the next (ms)."""
        try:
            delay_ms = await self._do(await self._next_step())
        except (HubAway, EvidenceError, StorageFault) as error:
            if isinstance(error, HubAway) and error.said_code == PAUSED:
                return self._on_paused(error)
            if not isinstance(error, HubAway):
                log.exception("line stopped")
            retry_after_ms = error.retry_after_said_ms if isinstance(error, HubAway) else 0
            delay_ms = self._uplink.on_failure(self._parts.jitter(), retry_after_ms)
            self._show(connected=False)
        except HubRefused as refused:
            delay_ms = self._on_refused(refused)
        return delay_ms

    async def _next_step(self) -> Step:
        self._woken.clear()
        now = self._parts.clock.now()
        tip_seq, now_ms = self._journal.tip().seq, now.monotonic_ns // 1_000_000
        if self._uplink.connected and self._parts.journal is None:
            wants = await wanted_numbers(self._parts.reader, self._owner, now.wall_ms)
            refused = {event for event, until_ms in self._refused_until_ms.items() if now_ms < until_ms}
            self._wants = {want.event_id: want for want in wants if want.event_id not in refused}
        return self._uplink.next_step(tip_seq=tip_seq, wanted=list(self._wants), now_ms=now_ms)

    async def _do(self, step: Step) -> int:
        match step:
            case SayHello():
                await self._hello()
            case ShowEvidence():
                await self._show_evidence()
            case Push(behind, most):
                await self._push(behind, most)
            case Pull(since):
                await self._pull(since)
            case AskLease(event):
                await self._lease(self._wants[event])
            case Report():
                await self._report()
            case Rest(delay_ms):
                return delay_ms
        self._show(connected=True)
        return 0

    async def _hello(self) -> None:
        owner, tip = self._owner, self._journal.tip()
        receipt = await receipt_of(self._parts.reader, owner)
        raw = self._parts.clock.now()

        def make(challenge: bytes) -> Hello:
            return Hello(
                challenge=challenge,
                org=owner.org_id,
                node=owner.node_id,
                epoch=owner.epoch,
                seq=tip.seq,
                hash=tip.hash,
                generation=self._uplink.generation,
                position=self._uplink.position,
                receipt=receipt.data if receipt else b"",
                certificate=self._word.certificate_data,
                boot_id=raw.boot_id,
                monotonic_ns=raw.monotonic_ns,
                wall_ms=raw.wall_ms,
            )

        answer = await greet_hub(self._client, self._word, make)
        heard = self._parts.clock.now()
        common = await common_with(self._parts.reader, self._owner, answer, tip)
        self._features = frozenset(answer.features)
        if answer.generation != self._uplink.generation and self._uplink.generation:
            await self._word.new_generation()
        self._uplink.on_hello(answer, tip, common)
        await self._remember()  # a restored hub holds less than was kept here, and a purge goes by what is kept
        if self._uplink.refused:
            log.error("the hub holds another history of this unit", hub_seq=answer.seq, own_seq=tip.seq)
        if self._parts.journal is None:
            await self._word.certificate(answer.certificate)
            await self._hear_standing(answer.standing, heard)
            await ask_contact_key(self._client, self._parts.contacts, self._journal.key, self._features)

    async def _hear_standing(self, data: bytes, heard: Moment) -> None:
        state = await self._word.standing(data, lambda signed_ms: self._parts.hub_said(signed_ms, heard))
        if state is not None and state != self._uplink.state:
            self._uplink.on_standing(state)
            self._parts.changed()

    async def _show_evidence(self) -> None:
        for part in await gather_evidence(self._parts.reader, self._owner, self._word.certificate_data):
            await self._client.show_evidence(part)
        self._uplink.on_evidence_shown()

    async def _push(self, behind: int, most: int) -> None:
        owner, key = self._owner, self._journal.key
        packed = await self._packer.take(behind, most)
        tip = packed.tip
        if tip.seq < self._journal.tip().seq:
            self._packer.prepare(tip.seq, most)
        seal_key = self._word.hub_seal_key if FEATURE in self._features else b""
        parcel = await parcel_of(self._parts.reader, owner, behind + 1, tip.seq, hub_seal_key=seal_key, key=key)
        now_ms = self._parts.clock.now().wall_ms
        answer = await push_with_keys(self._client, self._parts.writer, packed.data, parcel, now_ms)
        self._receipted_seq = max(self._receipted_seq, await self._word.receipt(answer.receipt))
        self._uplink.on_pushed(answer.seq)
        await self._remember()

    async def _pull(self, since: int) -> None:
        data = await self._client.feed(since)
        page = read_page(data, feeder_key=self._address.sign_key, org=self._owner.org_id, since=since)
        if page.generation != self._uplink.generation:
            self._uplink.on_session_ended()  # restored in between: the hello tells the new generation
            return
        await self._parts.writer.write(lambda db: apply_page(db, page))
        if page.changes or since == 0:
            self._parts.rows_came()
        heard = self._parts.clock.now()
        self._parts.hub_said(page.signed_ms, heard)
        now_ms = heard.monotonic_ns // 1_000_000
        self._uplink.on_page(upto=page.upto, end=page.end, now_ms=now_ms)

    async def _lease(self, want: Want) -> None:
        try:
            data = await self._client.lease(LeaseRequest(want.request, want.event_id))
        except HubRefused as refused:
            if not refused.refusal_code.startswith("raffle."):
                raise
            self._ask_later(want.event_id, refused)
            return
        owner = self._owner
        document = read_lease(data, granter_key=self._address.sign_key, holder=owner.node_id, epoch=owner.epoch)
        order = TakeLease(
            command_id=derived_id(document.lease, "take"),
            lease_id=document.lease,
            event_id=document.event,
            granter_id=document.granter,
            first=document.first,
            last=document.last,
            document=data,
        )
        self._wants.pop(want.event_id, None)
        await self._parts.writer.handle(order)

    def _ask_later(self, event_id: UUID, refused: HubRefused) -> None:
        """This event waits; the others must not wait with it."""
        now_ms = self._parts.clock.now().monotonic_ns // 1_000_000
        self._refused_until_ms[event_id] = now_ms + NUMBERS_PAUSE_MS
        log.warning("no numbers", event_id=str(event_id), detail=str(refused))

    async def _report(self) -> None:
        answer = await self._client.report(await self._parts.report())
        now = self._parts.clock.now()
        self._uplink.on_reported(feed_end=answer.position, now_ms=now.monotonic_ns // 1_000_000)
        await self._parts.writer.write(lambda db: _keep_totals(db, answer, now.wall_ms), rows=False)
        await self._hear_standing(answer.standing, now)
        await self._word.watermark(answer.watermark)
        await self._remember()

    async def _remember(self) -> None:
        self._heard_ms = self._parts.clock.now().wall_ms
        if self._parts.journal is not None:
            return
        row = (self._address.node_id.bytes, self._uplink.acked_seq, self._heard_ms)
        await self._parts.writer.write(lambda db: db.execute(SET_ACKED, row), rows=False)

    def _on_paused(self, said: HubAway) -> int:
        """Only uploading waits: the unit is heard, reads on and sells on."""
        now_ms = self._parts.clock.now().monotonic_ns // 1_000_000
        self._uplink.on_paused(self._parts.jitter(), said.retry_after_said_ms, now_ms=now_ms)
        self._show(connected=True)
        return 0

    def _on_refused(self, refused: HubRefused) -> int:
        code = refused.refusal_code
        if code == "evidence.fork":
            self._uplink.on_fork()
            log.error("the hub holds other entries under our numbers", detail=str(refused))
            return 0
        if code in HELLO_AGAIN and self._uplink.failures == 0:
            self._uplink.on_session_ended()
            self._uplink.failures = 1
            return 0
        log.warning("the hub refused", code=code, detail=str(refused))
        self._show(connected=False)
        return self._uplink.on_failure(self._parts.jitter(), refused.retry_after_said_ms)

    def _show(self, *, connected: bool) -> None:
        if connected:
            self._heard_ms = self._parts.clock.now().wall_ms
        if connected != self._connected:
            self._connected = connected
            self._since_ms = self._parts.clock.now().wall_ms
        self._parts.changed()

    async def _pause(self, delay_ms: int) -> None:
        try:
            async with asyncio.timeout(delay_ms / 1_000):  # wait_for may swallow a cancellation that comes with a poke
                await self._woken.wait()
        except TimeoutError:
            return
        if self._uplink.failures:
            await asyncio.sleep(min(delay_ms, 500) / 1_000)


def _keep_totals(db: sqlite3.Connection, answer: ReportAnswer, now_ms: int) -> None:
    for total in answer.totals:
        db.execute(SET_TOTAL, (total.event.bytes, total.sale_count, total.amount_minor, total.own_seq, now_ms))
