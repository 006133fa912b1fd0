"""A unit's report: how it is, kept as the latest one; the totals that it may show, in return."""

from hub.runtime.hub import Hub
from hub.sync.clock_marks import keep_mark
from hub.sync.epochs import standing_of
from hub.sync.feed import feed_end
from hub.sync.sessions import NodeEntry
from hub.sync.totals import TotalsBoard
from hub.sync.watermarks import signed_watermark
from shared.kernel.codec import encode
from shared.sync.protocol import EventTotalHeard, ReportAnswer, Session, UnitReport

KEEP = (
    "insert into sync.unit_report (org_id, node_id, heard_ms, report) values (%s, %s, %s, %s) "
    "on conflict (org_id, node_id) do update set heard_ms = excluded.heard_ms, report = excluded.report"
)


async def take_report(
    hub: Hub, board: TotalsBoard, session: Session, node: NodeEntry, said: UnitReport
) -> ReportAnswer:
    """Keep a unit's report and tell it the totals it may show."""
    now_ms = hub.clock.now().wall_ms
    async with hub.bus.tenant(session.org) as connection:
        await connection.execute(KEEP, (session.org, session.node, now_ms, encode(said)))
        if said.boot_id is not None:
            await keep_mark(
                connection,
                session.owner,
                boot_id=said.boot_id,
                monotonic_ns=said.monotonic_ns,
                wall_ms=said.wall_ms,
                now_ms=now_ms,
            )
        generation, position = await feed_end(connection)
        watermark = await signed_watermark(hub, connection, session.owner)
    known = await board.totals(session.org)
    own_seq = known.seqs.get((session.node, session.epoch), 0)
    heard = [EventTotalHeard(one.event_id, one.sale_count, one.amount_minor, own_seq) for one in known.events]
    return ReportAnswer(
        hub_time_ms=now_ms,
        position=position,
        totals=heard,
        standing=standing_of(hub, session.owner, node, generation),
        watermark=watermark,
    )
