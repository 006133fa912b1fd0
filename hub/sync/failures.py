"""A proven unit that keeps sending what does not verify is disabled: its memory or its hands are not in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from hub.runtime.hub import Hub
from hub.sync.certificates import unit_of
from shared.domain.identity.commands import DisableUnit
from shared.journal.chain import origin
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.kernel.clock import HOUR_MS
from shared.kernel.errors import BadSignature, ChainBroken, Refusal
from shared.kernel.ids import uuid7

log = structlog.get_logger()
FAILURES_MAX = 5
FAILURES_MS = HOUR_MS
COUNT = (
    "insert into sync.failed_validation as f (org_id, node_id, count, since_ms) values (%s, %s, 1, %s) "
    "on conflict (org_id, node_id) do update set "
    "count = case when f.since_ms < excluded.since_ms - %s then 1 else f.count + 1 end, "
    "since_ms = case when f.since_ms < excluded.since_ms - %s then excluded.since_ms else f.since_ms end "
    "returning count"
)


@asynccontextmanager
async def counting_failures(hub: Hub, owner: Owner) -> AsyncIterator[None]:
    """Count what a unit sends under its own session and what does not verify.

    Only there: what comes by any other road may be forged by whoever wants the unit to stop.
    """
    try:
        yield
    except (ChainBroken, BadSignature):
        await _count(hub, owner)
        raise


async def _count(hub: Hub, owner: Owner) -> None:
    """Count one more; each time the limit is met within the hour the unit is disabled, which head office can undo.

    Of today's epoch alone: whoever still has the keys of one that is over stops nobody.
    """
    now_ms = hub.clock.now().wall_ms
    async with hub.bus.tenant(owner.org_id) as connection:
        unit = await unit_of(hub, connection, owner)
        if unit is None or unit.unit_epoch != owner.epoch:
            log.warning("upload of an epoch that is over does not verify", origin=origin(owner))
            return
        cursor = await connection.execute(COUNT, (owner.org_id, owner.node_id, now_ms, FAILURES_MS, FAILURES_MS))
        row = await cursor.fetchone()
        assert row is not None
        log.warning("upload does not verify", origin=origin(owner), count=row[0])
        if row[0] % FAILURES_MAX == 0:
            reason = f"{FAILURES_MAX} uploads within the hour did not verify"
            order = DisableUnit(command_id=uuid7(now_ms, chance_bytes(10)), unit_id=owner.node_id, reason=reason)
            try:
                await hub.bus.handle_in(connection, owner.org_id, order)
            except Refusal as refusal:
                log.info("not disabled", origin=origin(owner), reason=str(refusal))
