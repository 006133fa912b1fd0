"""Readings of units' clocks that the hub heard: the drift of each, and when an entry truly happened (design §5.8)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from sqlalchemy import func, select

from hub.runtime.tables import HubTable
from shared.domain.raffle.queries import ORG
from shared.journal.entry import Envelope, Owner
from shared.kernel.clock import HOUR_MS
from shared.pipeline.postgres_applier import execute_each
from shared.pipeline.queries import Query
from shared.sync.intervals import NS_PER_MS, EntryEvidence, Interval, Mark, interval_of

KEEP = (
    "insert into sync.clock_mark as kept (org_id, node_id, boot_id, hour, monotonic_ns, heard_ms, wall_ms, seen_ms, "
    "epoch) values (%(org)s, %(node)s, %(boot)s, %(hour)s, %(monotonic)s, %(now)s, %(wall)s, %(now)s, %(epoch)s) "
    "on conflict (org_id, node_id, boot_id, hour) do update set wall_ms = excluded.wall_ms, "
    "seen_ms = excluded.seen_ms, epoch = greatest(kept.epoch, excluded.epoch), "
    "monotonic_ns = case when excluded.heard_ms - excluded.monotonic_ns / 1000000 < "
    "kept.heard_ms - kept.monotonic_ns / 1000000 then excluded.monotonic_ns else kept.monotonic_ns end, "
    "heard_ms = case when excluded.heard_ms - excluded.monotonic_ns / 1000000 < "
    "kept.heard_ms - kept.monotonic_ns / 1000000 then excluded.heard_ms else kept.heard_ms end"
)
NEAREST = (
    "(select monotonic_ns, heard_ms from sync.clock_mark where org_id = %(org)s and node_id = %(node)s "
    "and boot_id = %(boot)s and hour <= %(hour)s order by hour desc limit 2) union all "
    "(select monotonic_ns, heard_ms from sync.clock_mark where org_id = %(org)s and node_id = %(node)s "
    "and boot_id = %(boot)s and hour > %(hour)s order by hour limit 2)"
)
HEARD = "select exists(select from sync.clock_mark where org_id = %s and node_id = %s and epoch >= %s)"
NUMBER_MAX = 2**62
"""What a column holds, and more than any clock shows."""


class Reading(msgspec.Struct, frozen=True):
    """What a unit's clocks said in a hello or a report that was heard at `heard_ms`; no `boot_id` of a 0.1.0."""

    owner: Owner
    boot_id: UUID | None
    monotonic_ns: int
    wall_ms: int
    heard_ms: int

    @property
    def leaves_mark(self) -> bool:
        """Whether it names its boot and is one that a clock shows."""
        return self.boot_id is not None and 0 <= self.monotonic_ns <= NUMBER_MAX

    def row(self) -> dict[str, Any]:
        """As `KEEP` takes it."""
        wall_ms = max(-NUMBER_MAX, min(NUMBER_MAX, self.wall_ms))
        named = {"org": self.owner.org_id, "node": self.owner.node_id, "boot": self.boot_id}
        read = {"epoch": self.owner.epoch, "monotonic": self.monotonic_ns, "wall": wall_ms, "now": self.heard_ms}
        return named | read | {"hour": _hour(self.monotonic_ns)}


class Drift(msgspec.Struct, frozen=True):
    """What a unit's wall clock said last (ms UTC), and when the hub heard it."""

    node_id: UUID
    wall_ms: int
    seen_ms: int

    @property
    def ahead_ms(self) -> int:
        """How far the unit's clock is ahead of the hub's; negative: behind."""
        return self.wall_ms - self.seen_ms


_mark = HubTable.metadata.tables["sync.clock_mark"]
_m, _later = _mark.c, _mark.alias("later").c
_newest = (
    select(func.max(_later.seen_ms))
    .where(_later.org_id == _m.org_id, _later.node_id == _m.node_id)
    .correlate(_mark)
    .scalar_subquery()
)
DRIFTS = Query(select(_m.node_id, _m.wall_ms, _m.seen_ms).where(_m.org_id == ORG, _m.seen_ms == _newest), Drift)


async def keep_mark(
    connection: AsyncConnection[Any],
    session_owner: Owner,
    *,
    boot_id: UUID | None,
    monotonic_ns: int,
    wall_ms: int,
    now_ms: int,
) -> None:
    """Keep what a unit's clocks said in a hello or report heard at `now_ms`; of each hour the quickest to arrive.

    A unit that names no boot (0.1.0) leaves no mark, nor does a reading that no clock shows.
    """
    reading = Reading(session_owner, boot_id, monotonic_ns, wall_ms, now_ms)
    if reading.leaves_mark:
        await connection.execute(KEEP, reading.row())


async def keep_marks(connection: AsyncConnection[Any], readings: Iterable[Reading]) -> None:
    """The same for many units at once."""
    rows = [one.row() for one in readings if one.leaves_mark]
    if rows:
        await execute_each(connection, KEEP, rows)


async def was_heard(connection: AsyncConnection[Any], owner: Owner) -> bool:
    """Whether a unit said hello under this epoch or a later one."""
    cursor = await connection.execute(HEARD, (owner.org_id, owner.node_id, owner.epoch))
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def entry_interval(connection: AsyncConnection[Any], envelope: Envelope, received_ms: int) -> Interval:
    """When the entry truly happened, as far as the marks of its boot and its reception can say."""
    evidence = EntryEvidence(envelope.hub_time_ms, envelope.boot_id, envelope.monotonic_ns, received_ms)
    hour = _hour(max(0, min(NUMBER_MAX, envelope.monotonic_ns)))
    named = {"org": envelope.org, "node": envelope.node, "boot": envelope.boot_id, "hour": hour}
    cursor = await connection.execute(NEAREST, named)
    marks = [Mark(envelope.boot_id, row[0], row[1]) for row in await cursor.fetchall()]
    return interval_of(evidence, marks)


def _hour(monotonic_ns: int) -> int:
    return monotonic_ns // (HOUR_MS * NS_PER_MS)
