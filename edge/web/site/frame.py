"""The frame of a page, filled: strip, the one message line, who is logged in."""

import msgspec

from edge.devices.status import PrinterState
from edge.runtime.event_now import sells
from edge.runtime.reporting import journals_of
from edge.runtime.unit import Unit
from edge.web.site import lines
from edge.web.site import view as site
from edge.web.site.door import Person
from edge.web.site.stops import Stops, read_stops
from shared.domain.identity.queries import ZONE
from shared.domain.raffle.state import EventCard
from shared.kernel.clock import MINUTE_MS, SECOND_MS, clock_text

NOTHING_TO_SAY = (PrinterState.CONNECTING, PrinterState.DISABLED)
"""A printer that was not asked yet, or that this unit does not have: its cell says so, no line does."""
SALES_BEHIND = (
    "SELECT count(*) FROM raffle_sale WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch "
    "AND branch = :branch AND seq > :behind"
)
CLOSING_MS = 5 * MINUTE_MS
NUMBERS_LOW_MAX = 30
PRINTER_WORDS: dict[PrinterState, site.PrinterState] = {
    PrinterState.READY: "ready",
    PrinterState.BUSY: "ready",
    PrinterState.PAPER_LOW: "low",
    PrinterState.PAPER_OUT: "out",
    PrinterState.COVER_OPEN: "cover",
    PrinterState.ERROR: "error",
    PrinterState.WAITING: "shared",
}


class Scene(msgspec.Struct, frozen=True):
    """What a page's frame is about: the event that is sold, numbers left for it, the zone, what stops selling."""

    event: EventCard | None = None
    numbers_left: int | None = None
    zone: str = "UTC"
    stops: Stops = Stops()
    sales_waiting: int = 0


async def sales_waiting(unit: Unit) -> int:
    """Sales that the hub has not confirmed; of an epoch that is over, too."""
    if not unit.line.waiting:
        return 0
    counted = [
        await unit.reader.values(SALES_BEHIND, {**msgspec.structs.asdict(owner), "behind": acked_seq})
        for owner, acked_seq in journals_of(unit)
    ]
    return sum(int(rows[0][0]) for rows in counted)


async def plain_scene(unit: Unit) -> Scene:
    """What stands around a page that is about no event."""
    stops, sales = await read_stops(unit), await sales_waiting(unit)
    return Scene(zone=await venue_zone(unit), stops=stops, sales_waiting=sales)


async def venue_zone(unit: Unit) -> str:
    """The IANA zone of the unit's venue; UTC until the feed brought it."""
    found = await unit.reader.one(ZONE, venue_id=unit.membership.unit.venue_id)
    return found.zone if found else "UTC"


def strip(unit: Unit, scene: Scene) -> site.StripView:
    """The strip as the unit is now."""
    line, name = unit.line, unit.membership.unit.name
    counter = kind_of(unit) == "counter"
    return site.StripView(
        event=scene.event.name if scene.event else name,
        clock=clock_text(unit.now_ms, scene.zone),
        connection="hub" if line.connected else "offline",
        waiting=line.waiting,
        printer=PRINTER_WORDS.get(unit.desk.status.state, "unknown"),
        battery=unit.world.battery(),
        offline_since=None if line.connected else clock_text(line.heard_ms or line.since_ms, scene.zone),
        place=name if counter else "",
        sales_waiting=scene.sales_waiting,
    )


def kind_of(unit: Unit) -> site.NodeKind:
    """Which of the two layouts this unit shows."""
    return "rsu" if unit.membership.unit.kind == "rsu" else "counter"


def message(unit: Unit, shown: site.StripView, scene: Scene) -> site.LineView | None:
    """The worst line of all that hold."""
    event, left = scene.event, scene.numbers_left
    now_ms = unit.now_ms
    selling = event is not None and sells(event, now_ms)
    ends_ms = event.sales_close_ms - now_ms if event is not None and selling else None
    closing = ends_ms is not None and ends_ms <= CLOSING_MS
    return lines.worst(
        None if unit.stores else lines.stopped("This unit stores no more sales.", bring_to="the counter"),
        lines.clock_jumped() if unit.clock.doubt is not None else None,
        _held(scene.stops, now_ms),
        lines.asked(unit.desk.asked),
        lines.closing(max(0, ends_ms // SECOND_MS)) if closing and ends_ms is not None else None,
        lines.numbers_low(left) if selling and left is not None and left <= NUMBERS_LOW_MAX else None,
        lines.battery(shown),
        _certificate(scene.stops, now_ms),
        lines.witness(unit.witness.fault),
        None if unit.desk.status.state in NOTHING_TO_SAY else lines.printer(shown),
        lines.queued(unit.desk.queued),
        lines.offline(shown),
        lines.paused(shown, paused=unit.line.paused),
    )


def _held(stops: Stops, now_ms: int) -> site.LineView | None:
    hold = stops.stopped(now_ms)
    return lines.held(hold, ended=bool(stops.ended)) if hold else None


def _certificate(stops: Stops, now_ms: int) -> site.LineView | None:
    until_ms = stops.certificate_until_ms
    return lines.certificate_ends(None if until_ms is None else until_ms - now_ms)


def page(
    unit: Unit, title: str, scene: Scene, *, tab: site.Tab | None = None, person: Person | None = None
) -> site.PageView:
    """The frame of one page."""
    shown = strip(unit, scene)
    training = bool(person and person.training)
    line = message(unit, shown, scene)
    if training and line is not None and line.level == "wait":
        line = None
    return site.PageView(
        title=title,
        kind=kind_of(unit),
        strip=shown,
        line=line,
        tab=tab,
        person=person.session.name if person else "",
        training=training,
    )
