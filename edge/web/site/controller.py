"""What belongs to no slice: the first page, how the line and the unit are."""

import msgspec
from litestar import Controller, get
from litestar.response import Redirect

from edge.runtime.unit import Unit
from edge.web.site.answers import go
from edge.web.site.stops import StopReason, read_stops


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
