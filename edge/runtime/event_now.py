"""Which event a unit sells now: the running one, else the one that closed last; training only where it was chosen."""

from collections.abc import Iterable

from shared.domain.raffle.state import EventCard
from shared.kernel.clock import HOUR_MS

CLOSED_SHOWN_MS = 12 * HOUR_MS
"""So long after its close an event stands on the page with what still has to go up."""


def sells(event: EventCard, now_ms: int) -> bool:
    """Whether tickets can be sold at this moment."""
    return event.state == "active" and event.sales_open_ms <= now_ms < event.sales_close_ms


def event_now(events: Iterable[EventCard], now_ms: int, *, training: bool = False) -> EventCard | None:
    """The event of the sell page: one that sells, else the last that closed today, else the next to open."""
    those = [event for event in events if event.training is training and event.state != "cancelled"]
    selling = [event for event in those if sells(event, now_ms)]
    if selling:
        return min(selling, key=lambda event: event.sales_close_ms)
    coming = [event for event in those if event.state == "active" and event.sales_open_ms > now_ms]
    over = [event for event in those if event not in coming and event.sales_close_ms > now_ms - CLOSED_SHOWN_MS]
    if over:
        return max(over, key=lambda event: event.sales_open_ms)
    return min(coming, key=lambda event: event.sales_open_ms, default=None)
