"""How this unit is, gathered: the status report for the hub, and what `/metrics` and `tillhouse edge doctor` tell.

A report is no fact: unchained, replaced by the next (design §5). What it counts is counted here and now; the hub says
how old it is.
"""

import asyncio
import shutil
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from edge.runtime.database import Reader
from edge.runtime.event_now import event_now
from shared.domain.raffle.queries_page import EVENTS
from shared.journal.entry import Envelope, Owner
from shared.kernel.clock import HOUR_MS, Moment
from shared.kernel.codec import decode
from shared.sync.protocol import UnitReport

if TYPE_CHECKING:
    from edge.runtime.unit import Unit

NS_PER_MS = 1_000_000
MINE = "org_id = :org_id AND node_id = :node_id AND epoch = :epoch AND branch = :branch"
WEIGHED_MAX = 5_000
"""Entries that are read to say how many bytes wait; of a longer backlog the rest is reckoned to weigh as much each."""
BEHIND = (
    f"SELECT count(*), coalesce(sum(length(data)), 0), coalesce(max(seq), 0) FROM (SELECT seq, data FROM journal_entry "
    f"WHERE {MINE} AND seq > :behind ORDER BY seq LIMIT {WEIGHED_MAX})"
)
LAST = f"SELECT coalesce(max(seq), 0) FROM journal_entry WHERE {MINE}"
OLDEST = f"SELECT data FROM journal_entry WHERE {MINE} AND seq > :behind ORDER BY seq LIMIT 1"
SOLD = (
    f"SELECT coalesce(sum(ticket_count), 0) FROM raffle_sale WHERE {MINE} AND event_id = :event_id "
    "AND sold_ms > :since_ms"
)
HOLDS = "SELECT cause, detail FROM hold ORDER BY since_ms, cause"
UNTIL = "SELECT until_ms FROM hub_word WHERE kind = 'certificate'"


class Lag(msgspec.Struct, frozen=True):
    """What the hub does not hold yet: entries, their bytes, and how old the oldest is (ms; 0 when nothing waits)."""

    entries: int = 0
    bytes: int = 0
    oldest_ms: int = 0

    def __add__(self, other: "Lag") -> "Lag":
        """Both together."""
        return Lag(self.entries + other.entries, self.bytes + other.bytes, max(self.oldest_ms, other.oldest_ms))


def age_ms(entry: Envelope, now: Moment) -> int:
    """How long ago an entry of this unit was made; within one boot no wall clock is asked."""
    if entry.boot_id == now.boot_id:
        return max(0, (now.monotonic_ns - entry.monotonic_ns) // NS_PER_MS)
    return max(0, now.wall_ms - entry.wall_ms)


async def lag_of(reader: Reader, journals: Iterable[tuple[Owner, int]], now: Moment) -> Lag:
    """What waits of these journals, each with the seq up to which the hub holds it; as quick however much it is."""
    lag = Lag()
    for owner, acked_seq in journals:
        params = {**msgspec.structs.asdict(owner), "behind": acked_seq}
        oldest = await reader.values(OLDEST, params)
        if oldest:
            [(weighed, size, upto)] = await reader.values(BEHIND, params)
            [(last,)] = await reader.values(LAST, params)
            entries = weighed + max(0, last - upto)  # a journal has no gaps
            lag += Lag(entries, size * entries // max(1, weighed), age_ms(decode(oldest[0][0], Envelope), now))
    return lag


def journals_of(unit: "Unit") -> list[tuple[Owner, int]]:
    """The journals of all its epochs, each with the seq up to which the hub holds it."""
    links = [link for link in (unit.link, *unit.former) if link is not None]
    return [(link.owner, link.status.acked_seq) for link in links] or [(unit.owner, 0)]


async def unit_lag(unit: "Unit") -> Lag:
    """What waits on a unit, over all its epochs."""
    return await lag_of(unit.reader, journals_of(unit), unit.clock.now())


async def read_holds_of(reader: Reader) -> tuple[str, ...]:
    """What stops selling here, as `cause` or `cause:detail`, the oldest first."""
    rows = await reader.values(HOLDS)
    return tuple(f"{cause}:{detail}" if detail else str(cause) for cause, detail in rows)


async def unit_holds(unit: "Unit") -> tuple[str, ...]:
    """The same of a unit at work, with what no row says: a full disk, and a doubt that is not written down yet."""
    written = await read_holds_of(unit.reader)
    return (*unit.storage.holds, *(doubt for doubt in unit.clock.doubts() if doubt not in written), *written)


async def certificate_until_ms(reader: Reader) -> int:
    """When the certificate ends (ms UTC); 0 for a unit that was added without one."""
    rows = await reader.values(UNTIL)
    return int(rows[0][0] or 0) if rows else 0


async def sold_since(unit: "Unit", event_id: UUID, since_ms: int) -> int:
    """How many numbers of an event this unit sold since then; a void gives none back."""
    params = {**msgspec.structs.asdict(unit.owner), "event_id": event_id, "since_ms": since_ms}
    [(count,)] = await unit.reader.values(SOLD, params)
    return int(count)


async def disk_free_bytes(unit: "Unit") -> int:
    """Room on the disk that holds the database."""
    return (await asyncio.to_thread(shutil.disk_usage, unit.settings.folder)).free


@lru_cache(maxsize=1)
def program() -> str:
    """The version of this program."""
    return version("tillhouse")


async def make_report(unit: "Unit") -> UnitReport:
    """How this unit is, for the hub."""
    now, raw = unit.clock.now(), unit.clock.raw()
    event = event_now(await unit.reader.many(EVENTS), now.wall_ms)
    lag = await unit_lag(unit)
    return UnitReport(
        wall_ms=raw.wall_ms,
        tip_seq=unit.writer.tip.seq,
        waiting=unit.line.waiting,
        printer=unit.desk.status.state.value,
        battery_percent=unit.world.battery(),
        numbers_left=await unit.numbers_left(event.event_id) if event else 0,
        seller=unit.sessions.last_seller(),
        waiting_bytes=lag.bytes,
        oldest_waiting_ms=lag.oldest_ms,
        boot_id=raw.boot_id,
        monotonic_ns=raw.monotonic_ns,
        disk_free_bytes=await disk_free_bytes(unit),
        sold_last_hour=await sold_since(unit, event.event_id, now.wall_ms - HOUR_MS) if event else 0,
        certificate_until_ms=await certificate_until_ms(unit.reader),
        holds=await unit_holds(unit),
        program=program(),
    )
