"""What an edge does next with its hub: a state machine without I/O (design §4).

The link tells it what happened and asks `next_step`; nothing about being in progress is ever stored, so a crash at
any point resumes from what both sides hold: the journal's end, the hub's cursor, the feed's position.
"""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from shared.journal.chain import Tip
from shared.sync.pacing import PUSH_ENTRIES_MAX, REPORT_MS, after_failure, after_push, report_after
from shared.sync.protocol import HelloAnswer, Landmark
from shared.sync.standing import MAY_READ_FEED, MAY_SELL

PULL_MS = 10_000
PUSHING_MS_MAX = 5_000
"""So long one upload follows the other; then rows, numbers and a report have their turn, each that is due."""
DELAY_MS_MIN = 250
SESSION_AGAIN_MS = 10_000
DELAY_MS_MAX = 5_000
RETRY_AFTER_MS_MAX = 60_000
STORE_AGAIN_MS = 10_000
"""So long nothing is fetched that could not be stored here."""
PAUSED_MS = 30_000
"""For a hub that pauses uploads and does not say until when."""


class SayHello(msgspec.Struct, frozen=True):
    """Prove who we are and compare both ends."""


class ShowEvidence(msgspec.Struct, frozen=True):
    """The hub was restored: show every document of its that we hold."""


class Push(msgspec.Struct, frozen=True):
    """Upload up to `most` entries behind `behind`."""

    behind: int
    most: int = PUSH_ENTRIES_MAX


class Pull(msgspec.Struct, frozen=True):
    """Read the feed behind `since`."""

    since: int


class AskLease(msgspec.Struct, frozen=True):
    """Ask for numbers of an event."""

    event: UUID


class Report(msgspec.Struct, frozen=True):
    """Say how we are, hear the totals."""


class Rest(msgspec.Struct, frozen=True):
    """Nothing to do for up to so long, or until somebody sells."""

    delay_ms: int


Step = SayHello | ShowEvidence | Push | Pull | AskLease | Report | Rest


def common_seq(answer: HelloAnswer, own_hashes: Mapping[int, bytes]) -> int | None:
    """The last of the hub's landmarks that our journal passes through; `own_hashes` gives our hash at their seqs.

    A hub of 0.1.0 names its cursor alone: None when that is not ours.
    """
    places = answer.landmarks or [Landmark(0, answer.seq, answer.hash)]
    shared = [place.seq for place in places if place.seq == 0 or own_hashes.get(place.seq) == place.hash]
    if shared:
        return max(shared)
    return 0 if answer.landmarks or answer.seq == 0 else None


class Uplink:
    """One edge's side of the protocol towards one feeder. Times are monotonic ms."""

    def __init__(self, *, generation: int, position: int, acked_seq: int, upload_only: bool = False) -> None:
        self.upload_only = upload_only
        self.state = "enabled"
        self.evidence_wanted = False
        self.generation = generation
        self.position = position
        self.acked_seq = acked_seq
        self.feed_end = position
        self.session: bytes | None = None
        self.failures = 0
        self.refused = False
        self.paused = False
        """Head office takes nothing for now, as it said to the last upload."""
        self.push_most = PUSH_ENTRIES_MAX
        self._push_from_ms = 0
        self._session_refused_ms: int | None = None
        self._pushing_from_ms: int | None = None
        self._fetch_from_ms = 0
        self._report_ms = REPORT_MS
        self._reported_ms = -REPORT_MS
        self._pulled_ms: int | None = None

    @property
    def connected(self) -> bool:
        """Whether the hub answered the last time we asked."""
        return self.session is not None and self.failures == 0

    def next_step(self, *, tip_seq: int, wanted: list[UUID], now_ms: int) -> Step:
        """What to do now, with a journal that ends at `tip_seq` and events that want numbers."""
        if self.session is None:
            return SayHello()
        fetches = now_ms >= self._fetch_from_ms
        if self.evidence_wanted and fetches:
            return ShowEvidence()
        uploads = self.acked_seq < tip_seq and not self.refused and now_ms >= self._push_from_ms
        if uploads and (self.upload_only or self.evidence_wanted or self._pushes_on(now_ms)):
            return Push(self.acked_seq, self.push_most)
        if self.evidence_wanted:  # a word on how we stand is not asked for before the hub has seen what it had said
            return Rest(self._fetch_from_ms - now_ms)
        if self.upload_only:
            return Rest(PULL_MS)
        if fetches and self.state in MAY_READ_FEED and self._pull_is_due(now_ms):
            return Pull(self.position)
        if fetches and wanted and self.state in MAY_SELL:
            return AskLease(wanted[0])
        if now_ms - self._reported_ms >= self._report_ms:
            return Report()
        self._pushing_from_ms = now_ms if uploads else None
        if uploads:
            return Push(self.acked_seq, self.push_most)
        return Rest(self._report_ms - (now_ms - self._reported_ms))

    def _pushes_on(self, now_ms: int) -> bool:
        """Whether uploading still has its turn: a backlog, or sales faster than the line, must not take every one."""
        if self._pushing_from_ms is None:
            self._pushing_from_ms = now_ms
        return now_ms - self._pushing_from_ms < PUSHING_MS_MAX

    def _pull_is_due(self, now_ms: int) -> bool:
        return self._pulled_ms is None or self.position < self.feed_end or now_ms - self._pulled_ms >= PULL_MS

    def on_hello(self, answer: HelloAnswer, own: Tip, common: int | None) -> None:
        """Take the hub's generation, and go on uploading behind `common`: the last entry that both sides hold.

        None: they share nothing that we could compare, which a hub of 0.1.0 cannot tell better; nothing goes up then
        until a human decides.
        """
        self.session = answer.session
        self.failures = 0
        self._pushing_from_ms = None  # uploading has its turn first, whatever this session is refused later
        self.refused = common is None
        self.acked_seq = min(answer.seq, own.seq) if common is None else common
        self.evidence_wanted = answer.recovering and not self.upload_only
        if answer.generation != self.generation:
            self.generation, self.position = answer.generation, 0
            self._pulled_ms = None

    def on_standing(self, state: str, generation: int) -> bool:
        """How the hub says that this unit stands; what it may ask for follows. Whether that is new.

        Said in another life of the hub than the session's, it asks for a hello: a unit that has nothing to upload and
        may not read the feed hears of a restore by this alone.
        """
        if generation != self.generation:
            self.on_session_ended()
        before, self.state = self.state, state
        return state != before

    def on_evidence_shown(self) -> None:
        """The hub has seen what we hold of its own."""
        self.evidence_wanted = False

    def on_pushed(self, seq: int, *, sent: int = 0, took_ms: int = 0, waited_ms: int = 0) -> None:
        """Everything up to `seq` is stored at the hub; `sent` entries went up in `took_ms`.

        `waited_ms` of that they waited for their turn at a busy hub: that is no slow line, and smaller bundles would
        only make more of them wait.
        """
        self.push_most = after_push(self.push_most, sent=sent, took_ms=max(0, took_ms - waited_ms))
        self.acked_seq = max(self.acked_seq, seq)
        self.failures = 0
        self.paused = False

    def on_push_lost(self) -> None:
        """A bundle did not arrive, or its answer did not; `on_failure` says how long to wait."""
        self.push_most = after_failure()

    def on_page(self, *, upto: int, end: bool, now_ms: int) -> None:
        """A page was applied, in one transaction with its cursor."""
        self.position = upto
        self.feed_end = max(self.feed_end, upto)
        if end:
            self.feed_end = upto
        self._pulled_ms = now_ms if end else None
        self.failures = 0

    def on_reported(self, *, feed_end: int, now_ms: int, took_ms: int = 0) -> None:
        """The hub heard us and says where its feed ends; it took `took_ms` to answer, by which the next is due."""
        self._reported_ms = now_ms
        self._report_ms = report_after(took_ms)
        self.feed_end = max(self.feed_end, feed_end)
        self.failures = 0

    def on_paused(self, chance: float, retry_after_ms: int, *, now_ms: int) -> None:
        """Head office paused our uploads: try the next when it said, and up to twice as late; all else goes on."""
        self.paused = True
        self.on_busy(chance, retry_after_ms or PAUSED_MS, now_ms=now_ms)

    def on_busy(self, chance: float, retry_after_ms: int, *, now_ms: int) -> None:
        """Many upload at this moment: this unit's turn is later; rows, numbers and reports wait for nobody."""
        wait_ms = min(retry_after_ms or DELAY_MS_MAX, RETRY_AFTER_MS_MAX)
        self._push_from_ms = now_ms + wait_ms + int(chance * wait_ms)

    def on_crowded(self, chance: float, retry_after_ms: int, *, now_ms: int) -> None:
        """Many ask at this moment: evidence, rows and numbers have time; uploads and reports wait for nobody."""
        wait_ms = min(retry_after_ms or DELAY_MS_MAX, RETRY_AFTER_MS_MAX)
        self._fetch_from_ms = now_ms + wait_ms + int(chance * wait_ms)

    def on_not_stored(self, *, now_ms: int) -> None:
        """What came could not be stored here: uploads and reports go on, and rows and numbers are asked for later."""
        self._fetch_from_ms = now_ms + STORE_AGAIN_MS

    def on_fork(self) -> None:
        """The hub holds other bytes under one of our seqs: nothing more goes up until a human decides."""
        self.refused = True

    def on_session_ended(self) -> None:
        """The hub no longer takes our session; say hello again."""
        self.session = None

    def on_session_refused(self, now_ms: int) -> bool:
        """The hub no longer takes our session: whether to say hello at once.

        Refused again within seconds, it is not the session: the hub does not know our place in the feed, which is read
        from its beginning then, and another hello has time.
        """
        at_once = self._session_refused_ms is None or now_ms - self._session_refused_ms > SESSION_AGAIN_MS
        self._session_refused_ms = now_ms
        if not at_once:
            self.position, self._pulled_ms = 0, None
        self.on_session_ended()
        return at_once

    def on_failure(self, chance: float, retry_after_ms: int = 0) -> int:
        """The hub did not answer; how long to wait (ms): exponential with full jitter, `chance` in [0, 1).

        When the hub said how long: at least that, and up to twice, so that a thousand units do not come at once.
        """
        self.failures += 1
        self.session = None
        if retry_after_ms:
            wait_ms = min(retry_after_ms, RETRY_AFTER_MS_MAX)
            return wait_ms + int(chance * wait_ms)
        ceiling = min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** min(self.failures, 10))
        return DELAY_MS_MIN + int(chance * (ceiling - DELAY_MS_MIN))
