"""The live column: what the main event sold, how the orders came, what there is to win, when it closes."""

from hub.web.raffle.view import FiguresView, LiveSaleView
from hub.web.site.snapshot import BARS_SHOWN, Snapshot
from shared.domain.identity.state import UnitCard
from shared.domain.raffle.queries_page import EventTotal, SaleLine
from shared.kernel.clock import MINUTE_MS, at, clock_text
from shared.kernel.digits import in_fours
from shared.kernel.money import Money

LIVE_SALES_SHOWN = 9


def figures(now: Snapshot) -> FiguresView | None:
    """The column of the main event; None when no event sells."""
    event = now.main
    if event is None:
        return None
    total = now.event_totals.get(event.event_id, EventTotal(event.event_id, event.currency, 0, 0, 0))
    sold = Money(total.amount_minor, event.currency)
    first_slot = now.read_ms // now.bar_ms - BARS_SHOWN + 1
    counts = {bar.slot: bar.sale_count for bar in now.bars}
    venue_units = {unit.unit_id for unit in now.units if unit.venue_id == event.venue_id}
    return FiguresView(
        event=event.name,
        sold=sold,
        orders=total.sale_count,
        waiting_at_least=sum(one.report.waiting for unit, one in now.heard.items() if unit in venue_units),
        bars=tuple(counts.get(first_slot + place, 0) for place in range(BARS_SHOWN)),
        bars_from=clock_text(first_slot * now.bar_ms, now.zone),
        bars_step=f"{now.bar_ms // MINUTE_MS} min",
        jackpot=sold.share(percent=event.prize_percent),
        closes_s=max(0, event.sales_close_ms - now.read_ms) // 1_000,
    )


def _word(unit: UnitCard) -> str:
    """The unit in a narrow column: a counter is the counter, a handheld has its number."""
    return "Counter" if unit.kind == "venue" else unit.name


def sale_views(now: Snapshot, lines: list[SaleLine]) -> tuple[LiveSaleView, ...]:
    """Sales as lists show them."""
    units = {unit.unit_id: unit for unit in now.units}
    views = []
    for line in lines:
        unit = units.get(line.node_id)
        code = unit.code if unit else "?"
        views.append(
            LiveSaleView(
                sale_id=str(line.sale_id),
                clock=f"{at(line.sold_ms, now.zone):%H:%M:%S}",
                unit=unit.name if unit else "unknown",
                tickets=line.ticket_count,
                price=Money(line.amount_minor, line.currency),
                tender=line.tender,
                ranges=((line.first, line.last),),
                seller=now.names.get(line.seller_id, ""),
                validation=in_fours(line.validation_number),
                position=f"{code}-{line.epoch}-{line.seq:06d}",
                voided=line.is_void,
                unit_word=_word(unit) if unit else "",
                event=next((event.name for event in now.events if event.event_id == line.event_id), ""),
            )
        )
    return tuple(views)
