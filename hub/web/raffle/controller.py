"""Pages of the raffle at head office: Now, Events, Sales, Units."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from hub.office.staff_access.service import Person
from hub.runtime.onboard import new_id
from hub.web.raffle.acts import move, plan
from hub.web.raffle.clocks import clock_lines
from hub.web.raffle.figures import LIVE_SALES_SHOWN, figures, sale_views
from hub.web.raffle.forms import ActForm, PlanForm, page_plan
from hub.web.raffle.plans import event_views, may_plan
from hub.web.raffle.rooms import room_views
from hub.web.raffle.search import find_sales
from hub.web.raffle.view import EventsView, HomeView, SalesView, UnitsView
from hub.web.site.access import may
from hub.web.site.forms import parse
from hub.web.site.frame import frame
from hub.web.site.pages import refused
from hub.web.site.parts import Asked, Given, Parts
from hub.web.site.troubles import troubles
from hub.web.site.units import needs_nothing, unit_views
from shared.domain.identity.state import RUNS_EVENTS
from shared.domain.raffle.commands import ActivateEvent, CloseEvent
from shared.kernel.errors import Refusal

UNITS_SHOWN = 12
ACTS: dict[str, type[ActivateEvent] | type[CloseEvent]] = {"activate": ActivateEvent, "close": CloseEvent}


class RafflePages(Controller):
    """What head office looks at during an evening."""

    include_in_schema = False

    @get("/")
    async def home(self, request: Asked, parts: Given) -> Response[str]:
        """What needs a human, units by trouble, live figures."""
        me = request.user
        now = await parts.live.snapshot(me.org_id)
        found, units = troubles(now), unit_views(now)
        shown = [unit for unit in units if not needs_nothing(unit)] or units
        shown = shown[:UNITS_SHOWN]
        places = ", ".join(sorted({unit.venue for unit in units})) or "no venue yet"
        view = HomeView(
            page=frame(now, me, "now"),
            troubles=found,
            units=tuple(shown),
            level_units=len(units) - len(shown),
            units_sentence=f"{len(units)} at {places}. Trouble first, then by waiting.",
            figures=figures(now),
            sales=sale_views(now, now.latest[:LIVE_SALES_SHOWN]),
        )
        return parts.pages.show("raffle/home.html", view)

    @get("/lookup")
    async def scanned(self, q: str = "") -> Redirect:
        """A scan on any page: the same box as everywhere else."""
        return Redirect(f"/sales?q={quote(q)}")

    @get("/units")
    async def units(self, request: Asked, parts: Given) -> Response[str]:
        """Every unit, trouble first."""
        now = await parts.live.snapshot(request.user.org_id)
        page = frame(now, request.user, "units")
        may_add = request.user.role in RUNS_EVENTS
        view = UnitsView(page, tuple(unit_views(now)), clock_lines(now), room_views(now), may_add)
        return parts.pages.show("raffle/units.html", view)

    @get("/sales")
    async def sales(self, request: Asked, parts: Given, q: str = "") -> Response[str]:
        """The newest sales, or those that a typed or scanned number finds."""
        now = await parts.live.snapshot(request.user.org_id)
        q = q.strip()[:60]
        lines, sentence = await find_sales(parts.hub, request.user.org_id, now, q) if q else (now.latest, "")
        page = frame(now, request.user, "sales")
        view = SalesView(page, sale_views(now, lines), q, sentence)
        return parts.pages.show("raffle/sales.html", view)

    @get("/events")
    async def events(self, request: Asked, parts: Given, done: str = "") -> Response[str]:
        """All events, and the form to plan one."""
        return await _events_page(parts, request.user, {}, None, done)

    @post("/events", guards=[may(RUNS_EVENTS)])
    async def plan_event(self, request: Asked, parts: Given) -> Response[Any]:
        """Plan one; a refusal keeps what was typed."""
        typed = {name: str(value) for name, value in (await request.form()).items()}
        try:
            await plan(parts, request.user, parse(PlanForm, page_plan(typed)))
        except Refusal as refusal:
            return await _events_page(parts, request.user, typed, refusal)
        return Redirect("/events?done=planned", status_code=303)

    @post("/events/{event_id:uuid}/{act:str}", guards=[may(RUNS_EVENTS)])
    async def act(self, request: Asked, parts: Given, event_id: UUID, act: str) -> Response[Any]:
        """Start or end the sale of an event."""
        if act not in ACTS:
            raise NotFoundException
        try:
            form = parse(ActForm, await request.form())
            await move(parts, request.user, ACTS[act], event_id, form.command_id)
        except Refusal as refusal:
            return await _events_page(parts, request.user, {}, refusal)
        return Redirect(f"/events?done={act}", status_code=303)


DONE = {"planned": "Planned. Nothing sells before you start selling.", "activate": "It sells now.", "close": "Closed."}


async def _events_page(
    parts: Parts, me: Person, typed: dict[str, str], refusal: Refusal | None, done: str = ""
) -> Response[str]:
    now = await parts.live.snapshot(me.org_id)
    page, status = refused(frame(now, me, "events", flash=DONE.get(done, "")), refusal)
    view = EventsView(
        page=page,
        events=event_views(now, may_act=may_plan(me), command_id=lambda: str(new_id(parts.hub))),
        venues=tuple((str(venue.venue_id), venue.name) for venue in now.venues),
        command_id=str(new_id(parts.hub)),
        currency=now.organization.currency,
        form=typed,
    )
    return parts.pages.show("raffle/events.html", view, status)
