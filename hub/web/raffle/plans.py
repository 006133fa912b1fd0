"""Events as cards: the plan, its state, what it sold, and the acts that are possible now."""

from collections.abc import Callable
from typing import Literal

from hub.office.staff_access.service import Person
from hub.web.raffle.events import EventLine, merge
from hub.web.raffle.view import EventView
from hub.web.site.snapshot import Snapshot
from shared.domain.identity.state import RUNS_EVENTS
from shared.domain.raffle.queries_page import EventTotal
from shared.kernel.clock import paper_text
from shared.kernel.money import Money

Act = Literal["activate", "close"]
STATES: dict[str, Literal["created", "active", "closed"]] = {"created": "created", "active": "active"}


def may_plan(me: Person) -> bool:
    """Whether the person may plan and run events."""
    return me.role in RUNS_EVENTS


def event_views(now: Snapshot, *, may_act: bool, command_id: Callable[[], str]) -> tuple[EventView, ...]:
    """A card for each event; `command_id` gives each card's forms an id of their own."""
    return tuple(_card(now, line, may_act, command_id()) for line in merge(now.plans, now.events))


def _card(now: Snapshot, line: EventLine, may_act: bool, command_id: str) -> EventView:
    terms, state = line.terms, STATES.get(line.state, "closed")
    total = now.event_totals.get(line.event_id, EventTotal(line.event_id, terms.currency, 0, 0, 0))
    acts: dict[str, tuple[Act, ...]] = {"created": ("activate",), "active": ("close",)}
    packages = (f"{one.ticket_count} for {Money(one.price_minor, terms.currency).short()}" for one in terms.packages)
    zone = next((venue.zone for venue in now.venues if venue.venue_id == terms.venue_id), "UTC")
    verb = "Closed" if state == "closed" else "Closes"
    return EventView(
        event_id=str(line.event_id),
        name=terms.name,
        venue=next((venue.name for venue in now.venues if venue.venue_id == terms.venue_id), ""),
        state=state,
        training=terms.training,
        sold=Money(total.amount_minor, terms.currency),
        tickets=total.ticket_count,
        closes="Never closes." if terms.training else f"{verb} {paper_text(terms.sales_close_ms, zone)}.",
        packages=", ".join(packages),
        command_id=command_id,
        acts=acts.get(state, ()) if may_act and not terms.training else (),
    )
