"""A unit's report: how it is, kept as the latest one; the totals that it may show, in return.

Every unit reports every few seconds, whatever else goes on, so a report costs as little as it can: one transaction, and
a commit that waits for no disk. What a crash loses of it, the next report says again.
"""

from hub.runtime.hub import Hub
from hub.sync.clock_marks import keep_mark
from hub.sync.epochs import standing_of
from hub.sync.feed import feed_end
from hub.sync.sessions import find_node_in
from hub.sync.totals import TotalsBoard
from hub.sync.watermarks import signed_watermark
from shared.kernel.codec import encode
from shared.sync.protocol import EventTotalHeard, ReportAnswer, Session, UnitReport

KEEP = (
    "insert into sync.unit_report (org_id, node_id, heard_ms, report) values (%s, %s, %s, %s) "
    "on conflict (org_id, node_id) do update set heard_ms = excluded.heard_ms, report = excluded.report "
    "returning set_config('synchronous_commit', 'off', true)"
)
"""And this transaction's commit waits for no disk."""


async def take_report(hub: Hub, board: TotalsBoard, session: Session, said: UnitReport) -> ReportAnswer:
    """Keep a unit's report and tell it the totals it may show; UnknownNode."""
    now_ms, own = hub.clock.now().wall_ms, session.owner
    async with hub.bus.tenant(session.org) as connection:
        await connection.execute(KEEP, (session.org, session.node, now_ms, encode(said)))
        if said.boot_id is not None:
            boot_id, read_ns, wall_ms = said.boot_id, said.monotonic_ns, said.wall_ms
            await keep_mark(connection, own, boot_id=boot_id, monotonic_ns=read_ns, wall_ms=wall_ms, now_ms=now_ms)
        node = await find_node_in(connection, session.node, session.epoch)
        generation, position = await feed_end(connection)
        watermark = await signed_watermark(hub, connection, own)
    known = await board.totals(session.org)
    own_seq = known.seqs.get((session.node, session.epoch), 0)
    heard = [EventTotalHeard(one.event_id, one.sale_count, one.amount_minor, own_seq) for one in known.events]
    return ReportAnswer(
        hub_time_ms=now_ms,
        position=position,
        totals=heard,
        standing=standing_of(hub, own, node, generation),
        watermark=watermark,
    )
