"""The edge's line to its hub: asks the uplink what is next, does it, tells it what happened (design §5).

The edge sells whether or not this task gets anywhere; what it knows of the hub lives in one row of `peer`.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

import structlog

from edge.sync.contact import ask_contact_key
from edge.sync.detour import road_to
from edge.sync.evidence import gather_evidence
from edge.sync.greeting import Words, common_with, greet_hub, hello_of
from edge.sync.hub_client import HubAway, HubClient, HubRefused
from edge.sync.hub_word import HubWord
from edge.sync.link_parts import HubAddress, Journal, LinkParts
from edge.sync.numbers import Want, lease_order, wanted_numbers
from edge.sync.packing import Packer
from edge.sync.pages import apply_page, feed_shape
from edge.sync.parcels import FEATURE, parcel_of, push_with_keys
from edge.sync.peer import PEER, keep_acked, keep_totals
from edge.sync.receipts import receipt_of
from edge.sync.status import LinkStatus
from shared.journal.entry import Owner
from shared.kernel.clock import Moment
from shared.kernel.errors import EvidenceError, StorageFault
from shared.sync.feed import read_page
from shared.sync.protocol import LeaseRequest
from shared.sync.timekeeping import came_at_once
from shared.sync.uplink import AskLease, Pull, Push, Report, Rest, SayHello, ShowEvidence, Step, Uplink

log = structlog.get_logger()
NUMBERS_PAUSE_MS = 30_000
PAUSED, BUSY, CROWDED = "sync.paused", "sync.busy", "sync.crowded"
LATER: dict[str, tuple[type[Step], ...]] = {PAUSED: (Push,), BUSY: (Push,), CROWDED: (ShowEvidence, Pull, AskLease)}
"""What waits when the hub says so, while all else goes on."""
HELLO_AGAIN = frozenset({"sync.not_proven", "sync.out_of_order", "sync.other_history"})
T = TypeVar("T")


class HubLink:
    """Runs until cancelled; `poke` it when there is something to send."""

    def __init__(self, address: HubAddress, parts: LinkParts) -> None:
        self._address = address
        self._parts = parts
        writer = parts.writer
        self._journal = parts.journal or Journal(writer.owner, parts.key, lambda: writer.tip)
        self._owner = self._journal.owner
        key = self._journal.key
        self._client = HubClient(
            address.url, self._owner.node_id, key, address.sign_key, address.tls, transport=road_to(address, parts)
        )
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

    @property
    def is_forgetting(self) -> bool:
        """Whether a restored hub's earlier words are still on the disk here; nothing is purged by them."""
        return self._word.is_forgetting

    def poke(self) -> None:
        """Something happened here: look again at once."""
        self._woken.set()

    def greet_again(self) -> None:
        """Say hello at once, whatever was said before."""
        self._uplink.on_session_ended()
        self.poke()

    async def run(self) -> None:
        """Keep the line up until cancelled."""
        try:
            await self.talk()
        finally:
            await self.hang_up()

    async def talk(self) -> None:
        """The same, without hanging up: whoever is stopped by a database that cannot be read begins it again."""
        await self.recall()
        while True:
            delay_ms = await self.step()
            if delay_ms:
                await self._pause(delay_ms)

    async def hang_up(self) -> None:
        """Nothing more is asked over this line."""
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
            generation, position, acked_seq, self._heard_ms, shape = rows[0]
            if shape != feed_shape(self._parts.slices):
                position = 0  # another program read so far, and passed over what it did not know
            acked_seq = min(acked_seq, self._journal.tip().seq)
            self._uplink = self._fresh_uplink(generation, position, acked_seq)

    async def step(self) -> int:
        """One step; the delay before the next (ms)."""
        step: Step = Rest(0)
        try:
            step = await self._next_step()
            delay_ms = await self._do(step)
        except StorageFault:
            delay_ms = self._on_not_stored()
        except (HubAway, EvidenceError) as error:
            if isinstance(error, HubAway) and isinstance(step, LATER.get(error.said_code, ())):
                return self._on_later(error)
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
        tip, now = self._journal.tip(), self._parts.clock.now()
        receipt = await receipt_of(self._parts.reader, self._owner)
        words = Words(receipt.data if receipt else b"", self._word.certificate_data)
        feed = self._uplink.generation, self._uplink.position
        answer = await greet_hub(self._client, self._word, hello_of(self._owner, tip, feed=feed, words=words, now=now))
        heard = self._parts.clock.now()
        common = await common_with(self._parts.reader, self._owner, answer, tip)
        self._features = frozenset(answer.features)
        restored = self._uplink.generation and answer.generation != self._uplink.generation
        if restored:
            await self._kept(self._word.new_generation(answer.generation), None)
        self._uplink.on_hello(answer, tip, common)
        await self._kept(self._remember(), None)  # a restored hub may hold less, and a purge goes by what is kept
        if self._uplink.refused:
            log.error("the hub holds another history of this unit", hub_seq=answer.seq, own_seq=tip.seq)
        if self._parts.journal is None:
            await self._kept(self._word.certificate(answer.certificate), None)
            asked = self._client.asked if came_at_once(asked=now, heard=heard) else b""  # else it is as any older word
            if not answer.recovering:  # it may have forgotten that it stopped this unit: first it sees what it had said
                await self._hear_standing(answer.standing, heard, asked)
            elif (time_ms := self._word.answered_ms(answer.standing, asked)) is not None:
                (self._parts.hub_answered or self._parts.hub_said)(time_ms, heard)
            if restored:
                self._parts.hub_restored()
            await ask_contact_key(self._client, self._parts.contacts, self._journal.key, self._features)
        await self._kept(self._word.watermark(answer.watermark), None)

    async def _hear_standing(self, data: bytes, heard: Moment, asked: bytes = b"") -> None:
        def hear(signed_ms: int, is_fresh: bool) -> None:
            said = self._parts.hub_answered if is_fresh else self._parts.hub_said
            (said or self._parts.hub_said)(signed_ms, heard)

        standing = await self._kept(self._word.standing(data, hear, asked), None)
        if standing is not None and self._uplink.on_standing(standing.state, standing.generation):
            self._parts.changed()

    async def _show_evidence(self) -> None:
        certificate, standing = self._word.certificate_data, self._word.standing_data
        for part in await gather_evidence(self._parts.reader, self._owner, certificate, standing):
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
        began = self._parts.clock.now()
        try:
            answer = await push_with_keys(self._client, self._parts.writer, packed.data, parcel, began.wall_ms)
        except HubAway as away:
            if not away.said_code:
                self._uplink.on_push_lost()
            raise
        took_ms = (self._parts.clock.now().monotonic_ns - began.monotonic_ns) // 1_000_000
        self._receipted_seq = max(self._receipted_seq, await self._kept(self._word.receipt(answer.receipt), 0))
        acked = min(answer.seq, self._journal.tip().seq)
        self._uplink.on_pushed(acked, sent=tip.seq - behind, took_ms=took_ms, waited_ms=answer.waited_ms)
        if self._uplink.push_most < most:
            self._packer.forget()  # what lies ready is larger than this line carries well
        await self._kept(self._remember(), None)

    async def _pull(self, since: int) -> None:
        data = await self._client.feed(since)
        mine, scopes = self._owner.org_id, self._word.scopes
        page = read_page(data, feeder_key=self._address.sign_key, org=mine, since=since, scopes=scopes)
        if page.generation != self._uplink.generation:
            self._uplink.on_session_ended()  # restored in between: the hello tells the new generation
            return
        await self._word.forget_earlier()
        await self._parts.writer.write(lambda db: apply_page(db, page, self._parts.slices))
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
        order = lease_order(data, self._owner, granter_key=self._address.sign_key)
        self._wants.pop(want.event_id, None)
        await self._parts.writer.handle(order)

    def _ask_later(self, event_id: UUID, refused: HubRefused) -> None:
        """This event waits; the others must not wait with it."""
        now_ms = self._parts.clock.now().monotonic_ns // 1_000_000
        self._refused_until_ms[event_id] = now_ms + NUMBERS_PAUSE_MS
        log.warning("no numbers", event_id=str(event_id), detail=str(refused))

    async def _report(self) -> None:
        said, began = await self._parts.report(), self._parts.clock.now()
        answer, now = await self._client.report(said), self._parts.clock.now()
        took_ms = (now.monotonic_ns - began.monotonic_ns) // 1_000_000
        self._uplink.on_reported(feed_end=answer.position, now_ms=now.monotonic_ns // 1_000_000, took_ms=took_ms)
        await self._kept(self._parts.writer.write(lambda db: keep_totals(db, answer, now.wall_ms), rows=False), None)
        await self._hear_standing(answer.standing, now)
        await self._kept(self._word.watermark(answer.watermark), None)
        await self._kept(self._remember(), None)

    async def _remember(self) -> None:
        self._heard_ms = self._parts.clock.now().wall_ms
        if self._parts.journal is not None:
            return
        hub, acked_seq, heard_ms = self._address.node_id, self._uplink.acked_seq, self._heard_ms
        await self._parts.writer.write(lambda db: keep_acked(db, hub, acked_seq, heard_ms), rows=False)

    async def _kept(self, keeping: Awaitable[T], otherwise: T) -> T:
        """What comes of keeping the hub's word; on a full disk the unit uploads on and says how it is."""
        try:
            return await keeping
        except StorageFault:
            self._parts.not_stored()
            return otherwise

    def _on_not_stored(self) -> int:
        """Rows or numbers could not be kept: they are fetched later; without a session there is nothing else to do."""
        self._parts.not_stored()
        if self._uplink.session is None:
            self._show(connected=False)
            return self._uplink.on_failure(self._parts.jitter())
        self._uplink.on_not_stored(now_ms=self._parts.clock.now().monotonic_ns // 1_000_000)
        return 0

    def _on_later(self, said: HubAway) -> int:
        """Only uploading waits, or only rows and numbers: the unit is heard, and all else goes on."""
        waits = {PAUSED: self._uplink.on_paused, BUSY: self._uplink.on_busy, CROWDED: self._uplink.on_crowded}
        wait = waits[said.said_code]
        wait(self._parts.jitter(), said.retry_after_said_ms, now_ms=self._parts.clock.now().monotonic_ns // 1_000_000)
        self._show(connected=True)
        return 0

    def _on_refused(self, refused: HubRefused) -> int:
        code = refused.refusal_code
        if code == "evidence.fork":
            self._uplink.on_fork()
            log.error("the hub holds other entries under our numbers", detail=str(refused))
            return 0
        now_ms = self._parts.clock.now().monotonic_ns // 1_000_000
        if code in HELLO_AGAIN and self._uplink.on_session_refused(now_ms):
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
