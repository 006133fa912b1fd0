"""What belongs to no slice: the first page, the stream of changes, how the line and the unit are."""

from collections.abc import AsyncGenerator

import msgspec
from litestar import Controller, get
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage

from edge.runtime.unit import Unit
from edge.web.site.answers import go
from edge.web.site.stops import StopReason, read_stops

PUSH_EVERY_MS = 10_000
PUSH_GAP_MS = 400


class SyncStatus(msgspec.Struct, frozen=True):
    """The line to the hub: entries waiting, the last one confirmed, instants in ms UTC.

    `selling` is False while the whole unit is stopped, and `stopped_by` says by what; an event may be over besides.
    """

    connected: bool
    since_ms: int
    heard_ms: int
    waiting: int
    confirmed_seq: int
    seq: int
    forked: bool
    paused: bool = False
    selling: bool = True
    stopped_by: tuple[StopReason, ...] = ()


@get("/", include_in_schema=False)
async def start_page() -> Redirect:
    """Selling is the first thing."""
    return go("/sell")


@get("/live", include_in_schema=False)
async def live(unit: Unit) -> ServerSentEvent:
    """Says that something changed, or that ten seconds passed; the page then asks for itself again."""
    return ServerSentEvent(pushes(unit))


async def pushes(unit: Unit) -> AsyncGenerator[ServerSentEventMessage]:
    """One message a change, with a gap between two; ends when the unit does."""
    seen = unit.changes.count
    while not unit.changes.ended:
        yield ServerSentEventMessage(event="changed", data=str(seen), retry=1_000)
        await unit.changes.pause(PUSH_GAP_MS)
        seen = await unit.changes.wait(seen, timeout_ms=PUSH_EVERY_MS)


class SiteApi(Controller):
    """How this unit is."""

    path = "/api/sync"
    tags = ("sync",)

    @get("/status", summary="The line to the hub")
    async def status(self, unit: Unit) -> SyncStatus:
        """Needs no login."""
        line = unit.line
        stopped_by = (await read_stops(unit)).reasons(unit.now_ms)
        return SyncStatus(
            connected=line.connected,
            since_ms=line.since_ms,
            heard_ms=line.heard_ms,
            waiting=line.waiting,
            confirmed_seq=line.acked_seq,
            seq=unit.writer.tip.seq,
            forked=line.forked,
            paused=line.paused,
            selling=not stopped_by,
            stopped_by=stopped_by,
        )
