"""What every raffle page begins with: the event that is sold now, its packages, the numbers left, the figure."""

from uuid import UUID

import msgspec

from edge.runtime.event_now import event_now, sells
from edge.runtime.heard import heard_total
from edge.runtime.unit import Unit
from edge.web.raffle.view import JackpotView
from edge.web.site import view as site
from edge.web.site.door import Person
from edge.web.site.frame import Scene, page, sales_waiting, venue_zone
from edge.web.site.stops import Stops, read_stops
from shared.domain.raffle.facts import Package
from shared.domain.raffle.queries import EVENT, PACKAGES
from shared.domain.raffle.queries_page import EVENT_TOTAL, EVENTS, OWN_SINCE
from shared.domain.raffle.state import EventCard
from shared.kernel.clock import SECOND_MS, clock_text
from shared.kernel.money import Money

FRESH_MS = 15 * SECOND_MS


class Stage(msgspec.Struct, frozen=True):
    """The event of this person's pages (None: none is here), with what belongs to it."""

    person: Person
    zone: str
    event: EventCard | None = None
    packages: tuple[Package, ...] = ()
    left: int = 0
    stops: Stops = Stops()
    sales_waiting: int = 0

    @property
    def scene(self) -> Scene:
        """The same for the page's frame."""
        return Scene(self.event, self.left if self.event else None, self.zone, self.stops, self.sales_waiting)

    def package(self, package_id: UUID) -> Package | None:
        """One of the packages."""
        return next((package for package in self.packages if package.package_id == package_id), None)


async def load_stage(unit: Unit, person: Person, event_id: UUID | None = None) -> Stage:
    """The stage of now, or of one event."""
    zone, stops, waiting = await venue_zone(unit), await read_stops(unit), await sales_waiting(unit)
    if event_id is None:
        event = event_now(await unit.reader.many(EVENTS), unit.now_ms, training=person.training)
    else:
        event = await unit.reader.one(EVENT, event_id=event_id)
    if event is None:
        return Stage(person, zone, stops=stops, sales_waiting=waiting)
    packages = tuple(await unit.reader.many(PACKAGES, event_id=event.event_id))
    return Stage(person, zone, event, packages, await unit.numbers_left(event.event_id), stops, waiting)


def frame(unit: Unit, stage: Stage, title: str, tab: site.Tab | None = None) -> site.PageView:
    """The page's frame around this stage."""
    return page(unit, title, stage.scene, tab=tab, person=stage.person)


async def sold_amount(unit: Unit, event: EventCard) -> tuple[Money, int]:
    """What all units sold as far as can be known here, and when that was heard (ms UTC, 0 for never).

    Either what the hub last told plus own sales it did not yet count, or what this unit knows itself.
    """
    known = await unit.reader.one(EVENT_TOTAL, event_id=event.event_id)
    own = known.amount_minor if known else 0
    heard = await heard_total(unit.reader, event.event_id)
    if heard is None:
        return Money(own, event.currency), 0
    since = await unit.reader.one(OWN_SINCE, event_id=event.event_id, behind=heard.own_seq)
    told = heard.amount_minor + (since.amount_minor or 0 if since else 0)
    return Money(max(told, own), event.currency), heard.heard_ms


async def jackpot(unit: Unit, stage: Stage, event: EventCard) -> JackpotView:
    """The figure, as old as it says."""
    amount, heard_ms = await sold_amount(unit, event)
    prize = amount.share(percent=event.prize_percent)
    if event.training:
        return JackpotView("Practice jackpot", prize)
    line, now_ms = unit.line, unit.now_ms
    fresh = line.connected and (heard_ms == 0 or now_ms - heard_ms <= FRESH_MS)
    when = "now" if fresh else f"at {clock_text(heard_ms or line.heard_ms or line.since_ms, stage.zone)}"
    closes_s = (event.sales_close_ms - now_ms) // SECOND_MS if sells(event, now_ms) else None
    return JackpotView(f"Jackpot {when}", prize, closes_s)
