"""What one person sold here since the business day began."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from edge.runtime.unit import Unit
from edge.web.raffle.sales import sale_views
from edge.web.raffle.stage import Stage, frame
from edge.web.raffle.view import TillView
from shared.domain.identity.queries import VENUE
from shared.domain.raffle.queries_page import SELLER_SALES
from shared.kernel.clock import SECOND_MS, at
from shared.kernel.money import Money

SALES_SHOWN = 100
DEFAULT_CURRENCY = "USD"


def day_start_ms(now_ms: int, zone: str, cutoff_min: int) -> int:
    """When the venue's business day of this instant began; it ends `cutoff_min` minutes after midnight."""
    cutoff = timedelta(minutes=cutoff_min)
    day = (at(now_ms, zone) - cutoff).date()
    start = datetime.combine(day, time(), tzinfo=ZoneInfo(zone)) + cutoff
    return int(start.timestamp()) * SECOND_MS


async def till_view(unit: Unit, stage: Stage) -> TillView:
    """Sums by tender, voids, and the list, newest first."""
    venue = await unit.reader.one(VENUE, venue_id=unit.membership.unit.venue_id)
    since_ms = day_start_ms(unit.now_ms, stage.zone, venue.cutoff_min if venue else 0)
    event, staff_id = stage.event, stage.person.session.staff_id
    lines = (
        await unit.reader.many(SELLER_SALES, event_id=event.event_id, seller_id=staff_id, since_ms=since_ms)
        if event
        else []
    )
    currency = event.currency if event else DEFAULT_CURRENCY

    def sum_of(tender: str, *, void: bool) -> Money:
        amounts = (line.amount_minor for line in lines if line.is_void is void and tender in ("", line.tender))
        return Money(sum(amounts), currency)

    return TillView(
        page=frame(unit, stage, "Till", "till"),
        total=sum_of("", void=False),
        cash=sum_of("cash", void=False),
        card=sum_of("card", void=False),
        voided=sum_of("", void=True),
        sales_count=sum(not line.is_void for line in lines),
        voids_count=sum(line.is_void for line in lines),
        sales=await sale_views(unit, stage, lines[:SALES_SHOWN]),
    )
