"""What a unit may forget: whole finished events that the hub holds twice, proven by its signatures (design §5.5).

Nothing goes before the hub's receipt and its safe-to-purge watermark cover it, and before the hub's cursor stands
behind it now; nothing of an event that is not finished, and nothing in its last RETENTION_DAYS by the hub's signed
time, so a wrong clock purges nothing. What goes is a prefix of the journal that ends where no event and no order is
cut in two: entries (with them the answers kept for their orders), rows and spool jobs, in one transaction, with the
checkpoint that says where the journal begins from now on. Rows of what is tied to no event stay unless they stand for
one entry: they say how things are. A trigger in the database refuses an entry's end without a checkpoint, and a
checkpoint without its proofs.

Epochs that are over go by the same rules, once receipt and watermark cover all of each. A training event never ends:
it counts as finished RETENTION_DAYS after the first of it that is kept here, or a lease that nobody practises with
would keep years of journal.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

import msgspec
import structlog

from edge.runtime.database import Reader
from edge.sync.receipts import read_receipt, read_safe_mark, receipt_of, safe_mark_of
from shared.domain.slices import ALL
from shared.journal.entry import Envelope, Owner
from shared.kernel.clock import DAY_MS, Clock
from shared.kernel.codec import decode
from shared.kernel.errors import StorageFault
from shared.pipeline.sqlite_journal import MINE, hash_at, read_checkpoint
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.pipeline.tables import owner_values

log = structlog.get_logger()
RETENTION_DAYS = 30
"""So long after its end an event can be looked up on the unit that sold it; a training event after its beginning."""
PURGE_S = 3_600.0
READ_ENTRIES = 500
ENTRIES_AIMED = 2_000
"""A purge is one transaction and keeps sales waiting: it ends with the first whole events behind so many entries."""
BEHIND = (
    "SELECT data FROM journal_entry WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch "
    "AND branch = :branch AND seq > :behind ORDER BY seq LIMIT :most"
)
BEHIND_WRITER = f"SELECT data FROM journal_entry WHERE {MINE} AND seq > ? ORDER BY seq"
BEGINS = (
    "SELECT seq FROM checkpoint WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch AND branch = :branch"
)
FINISHED = (
    "SELECT event_id FROM raffle_event WHERE org_id = :org_id GROUP BY event_id "
    "HAVING min(state IN ('closed', 'cancelled') AND coalesce(closed_ms, sales_close_ms) <= :before_ms)"
)
TRAINING = "SELECT DISTINCT event_id FROM raffle_event WHERE org_id = :org_id AND training"
LAST = (
    "SELECT max(seq) FROM journal_entry WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch "
    "AND branch = :branch"
)
PEER = "SELECT max(acked_seq), max(hub_time_ms) FROM peer"
SET_CHECKPOINT = (
    "INSERT INTO checkpoint (org_id, node_id, epoch, branch, seq, hash, purged_ms) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (org_id, node_id, epoch, branch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, "
    "purged_ms = excluded.purged_ms"
)
SPOOL_OF = f"DELETE FROM spool_job WHERE entity_id IN (SELECT sale_id FROM raffle_sale WHERE {MINE} AND event_id = ?)"
ENTRIES = f"DELETE FROM journal_entry WHERE {MINE} AND seq <= ?"
ROWS_OF = tuple(
    f"DELETE FROM {kind.TABLE.full_name} WHERE {MINE} AND event_id = ?"
    for kind in sorted(ALL.rows, key=lambda kind: len(kind.TABLE.links), reverse=True)
    if "event_id" in kind.__struct_fields__
)
"""Every row that an event of this journal made, those that refer to others first."""
ROWS_BEFORE = tuple(
    f"DELETE FROM {kind.TABLE.full_name} WHERE {MINE} AND seq <= ?" + (" AND ended_ms IS NOT NULL" if lasts else "")
    for kind in ALL.rows
    for lasts in ("ended_ms" in kind.__struct_fields__,)
    if (kind.TABLE.key == ("seq",) or lasts) and "event_id" not in kind.__struct_fields__
)
"""Rows that stand for one entry of no event, and for nothing else; of what lasts, those that are over."""


class Place(msgspec.Struct, frozen=True):
    """One entry as a purge sees it: where it stands, whose order made it, and which event it belongs to, if any.

    `hub_ms` is the hub's signed time that the unit had last heard by then: it was no earlier.
    """

    seq: int
    command_id: UUID
    event_id: UUID | None
    hub_ms: int = 0


class Plan(msgspec.Struct, frozen=True):
    """Everything up to `cut` can go: exactly `events`, whole. The journal was looked through up to `seen`."""

    cut: int
    events: frozenset[UUID]
    seen: int


class _Tie(msgspec.Struct, frozen=True):
    event_id: UUID | None = None


def place_of(data: bytes) -> Place:
    """What a purge sees of an entry; a fact of any program names its event in the same field."""
    envelope = decode(data, Envelope)
    return Place(envelope.seq, envelope.command_id, decode(envelope.body, _Tie).event_id, envelope.hub_time_ms)


def cut_of(prefix: Sequence[Place], ongoing: AbstractSet[UUID], following: UUID | None, aim: int) -> int | None:
    """The seq up to which the journal can go, when all of `prefix` may: no event and no order is cut in two.

    `ongoing` are the events that have entries behind the prefix, `following` is the order of the entry right behind
    it. The first cut with at least `aim` entries, else the largest; None when there is none.
    """
    last = {place.event_id: place.seq for place in prefix}
    whole_at, cut = 0, None
    for place, after in zip(prefix, [one.command_id for one in prefix[1:]] + [following], strict=True):
        if place.event_id in ongoing:
            break
        if place.event_id is not None:
            whole_at = max(whole_at, last[place.event_id])
        if place.seq >= whole_at and place.command_id != after:
            cut = place.seq
            if cut - prefix[0].seq + 1 >= aim:
                break
    return cut


def plans_of(
    prefix: Sequence[Place], ongoing: AbstractSet[UUID], following: UUID | None, seen: int, aim: int
) -> Iterator[Plan]:
    """One plan behind another, until nothing of the prefix can go any more."""
    while prefix and (cut := cut_of(prefix, ongoing, following, aim)) is not None:
        gone = [place for place in prefix if place.seq <= cut]
        yield Plan(cut, frozenset(place.event_id for place in gone if place.event_id is not None), seen)
        prefix = prefix[len(gone) :]


class Finished:
    """Which events are over on this unit: closed long ago, or for training, begun long ago."""

    def __init__(self, closed: AbstractSet[UUID], training: AbstractSet[UUID], before_ms: int) -> None:
        self._closed = closed
        self._training = training
        self._before_ms = before_ms
        self._begun_ms: dict[UUID, int] = {}

    def stays(self, place: Place) -> bool:
        """Whether the entry belongs to an event that is not over; asked of each in the order of the journal."""
        event_id = place.event_id
        if event_id is None or event_id in self._closed:
            return False
        return event_id not in self._training or self._begun_ms.setdefault(event_id, place.hub_ms) > self._before_ms


class Purge:
    """Purges at start and every hour; `done` is told when rows went, `former` are this unit's epochs that are over.

    While `waits` says so nothing goes: the hub was restored, and what it said before still lies in the database.
    """

    def __init__(
        self,
        writer: SqliteWriter,
        reader: Reader,
        clock: Clock,
        done: Callable[[], None],
        *,
        aim: int = ENTRIES_AIMED,
        former: Sequence[Owner] = (),
        waits: Callable[[], bool] = lambda: False,
    ) -> None:
        self._aim = aim
        self._waits = waits
        self._former = former
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._done = done

    async def run(self) -> None:
        """Purge until cancelled; what cannot be stored now goes the next time."""
        while True:
            try:
                await self.once()
            except StorageFault:
                log.warning("nothing could be purged now; again in an hour")
            await asyncio.sleep(PURGE_S)

    async def once(self) -> int:
        """Purge all that can go; how many entries went."""
        before_ms = await self._before_ms()
        return sum([await self._purge(owner, before_ms) for owner in (*self._former, self._writer.owner)])

    async def _purge(self, owner: Owner, before_ms: int) -> int:
        gone = 0
        for plan in await self._plans(owner, before_ms):
            if self._waits():
                break
            went = await self._writer.write(_purging(plan, owner, before_ms, self._now_ms()))
            if not went:
                break
            gone += went
            log.info("purged", epoch=owner.epoch, entries=went, events=len(plan.events), checkpoint=plan.cut)
            self._done()
        return gone

    def _now_ms(self) -> int:
        return self._clock.now().wall_ms

    async def _before_ms(self) -> int:
        """An event that ended by then is out of its retention: by the hub's signed time, or ours where that is less."""
        heard = (await self._reader.values(PEER))[0][1]
        return min(self._now_ms(), heard or 0) - RETENTION_DAYS * DAY_MS

    async def _plans(self, owner: Owner, before_ms: int) -> list[Plan]:
        limit = await self._proven(owner)
        if not limit:
            return []
        about = {"org_id": owner.org_id}
        closed = await self._reader.values(FINISHED, {**about, "before_ms": before_ms})
        training = await self._reader.values(TRAINING, about)
        return await self._look_through(owner, limit, Finished(_events(closed), _events(training), before_ms))

    async def _proven(self, owner: Owner) -> int:
        """Up to which entry the hub holds this journal twice; of one that is over, all of it or nothing."""
        receipt = await receipt_of(self._reader, owner)
        mark = await safe_mark_of(self._reader, owner)
        if receipt is None or mark is None:
            return 0
        proven = min(receipt.seq, mark.seq)
        if owner == self._writer.owner:
            return min(proven, (await self._reader.values(PEER))[0][0] or 0)
        last = (await self._reader.values(LAST, msgspec.structs.asdict(owner)))[0][0] or 0
        return proven if proven >= last else 0

    async def _look_through(self, owner: Owner, limit: int, finished: Finished) -> list[Plan]:
        """Read the journal up to the first entry that must stay; where some may go, also on to its end."""
        prefix: list[Place] = []
        rest: list[Place] = []
        ongoing: set[UUID] = set()
        mine = msgspec.structs.asdict(owner)
        rows = await self._reader.values(BEGINS, mine)
        seen = int(rows[0][0]) if rows else 0
        while seen < limit or prefix:
            behind = {**mine, "behind": seen, "most": READ_ENTRIES}
            places = [place_of(row[0]) for row in await self._reader.values(BEHIND, behind)]
            if not places:
                break
            seen = places[-1].seq
            for place in places:
                if rest or place.seq > limit or finished.stays(place):
                    rest = rest or [place]
                    ongoing |= {place.event_id} if place.event_id is not None else set()
                else:
                    prefix.append(place)
            if rest and not prefix:
                break
        return list(plans_of(prefix, ongoing, rest[0].command_id if rest else None, seen, self._aim))


def _events(rows: Iterable[Sequence[bytes]]) -> set[UUID]:
    return {UUID(bytes=row[0]) for row in rows}


def _purging(plan: Plan, owner: Owner, before_ms: int, now_ms: int) -> Callable[[sqlite3.Connection], int]:
    return lambda db: purge(db, owner, plan, before_ms=before_ms, now_ms=now_ms)


def purge(db: sqlite3.Connection, owner: Owner, plan: Plan, *, before_ms: int, now_ms: int) -> int:
    """Carry the plan out in one transaction of the writer; 0 when something has happened that it did not know of."""
    mine = owner_values(owner)
    digest = hash_at(db, owner, plan.cut)
    if digest is None or not _still_holds(db, owner, plan, before_ms):
        return 0
    begun = read_checkpoint(db, owner)
    db.execute(SET_CHECKPOINT, (*mine, plan.cut, digest, now_ms))
    for event_id in plan.events:
        for text in (SPOOL_OF, *ROWS_OF):
            db.execute(text, (*mine, event_id.bytes))
    for text in ROWS_BEFORE:
        db.execute(text, (*mine, plan.cut))
    gone = db.execute(ENTRIES, (*mine, plan.cut)).rowcount
    assert gone == plan.cut - begun.seq, "a journal has no gaps"
    return gone


def _still_holds(db: sqlite3.Connection, owner: Owner, plan: Plan, before_ms: int) -> bool:
    receipt, mark = read_receipt(db, owner), read_safe_mark(db, owner)
    if receipt is None or mark is None or min(receipt.seq, mark.seq) < plan.cut:
        return False
    if any(hash_at(db, owner, kept.seq) != kept.hash for kept in (receipt, mark)):
        return False
    about = {"org_id": owner.org_id.bytes}
    over = _events(db.execute(FINISHED, {**about, "before_ms": before_ms})) | _events(db.execute(TRAINING, about))
    if not plan.events <= over:
        return False
    new = (place_of(row[0]) for row in db.execute(BEHIND_WRITER, (*owner_values(owner), plan.seen)))
    return all(place.event_id not in plan.events for place in new)
