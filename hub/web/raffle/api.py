"""`/api/raffle`: events, their totals, sales and leases as JSON; amounts are minor units of the named currency."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import Parameter

from hub.web.raffle.acts import move, plan
from hub.web.raffle.events import event_lines
from hub.web.raffle.forms import ActForm, PlanForm
from hub.web.site.access import may
from hub.web.site.parts import Asked, Given
from hub.web.site.snapshot import add_up
from shared.domain.identity.state import RUNS_EVENTS
from shared.domain.raffle.commands import ActivateEvent, CloseEvent
from shared.domain.raffle.queries_page import LATEST, LEASES_GRANTED, NUMBER_TOTALS, RANGES_BY_NUMBER, UNIT_TOTALS

SALES_MAX = 1_000
FIRST = UUID(int=0)
Most = Annotated[int, Parameter(ge=1, le=SALES_MAX)]


class RaffleApi(Controller):
    """Raffle events as head office plans, runs and reads them."""

    path = "/api/raffle"
    tags = ("raffle",)

    @get("/events")
    async def events(self, request: Asked, parts: Given) -> list[dict[str, Any]]:
        """All events, planned, active and closed, with their packages; instants in ms UTC."""
        return await event_lines(parts.hub, request.user.org_id)

    @post("/events", guards=[may(RUNS_EVENTS)])
    async def plan_event(self, request: Asked, parts: Given, data: PlanForm) -> dict[str, Any]:
        """Plan an event; nothing sells before it is activated."""
        return {"event_id": await plan(parts, request.user, data), "state": "created"}

    @post("/events/{event_id:uuid}/activate", guards=[may(RUNS_EVENTS)], status_code=200)
    async def activate(
        self, request: Asked, parts: Given, event_id: UUID, data: ActForm | None = None
    ) -> dict[str, Any]:
        """Run the event by its plan; from now on its terms stand."""
        await move(parts, request.user, ActivateEvent, event_id, data.command_id if data else None)
        return {"event_id": event_id, "state": "active"}

    @post("/events/{event_id:uuid}/close", guards=[may(RUNS_EVENTS)], status_code=200)
    async def close(self, request: Asked, parts: Given, event_id: UUID, data: ActForm | None = None) -> dict[str, Any]:
        """End the sale of the event everywhere."""
        await move(parts, request.user, CloseEvent, event_id, data.command_id if data else None)
        return {"event_id": event_id, "state": "closed"}

    @get("/totals")
    async def totals(self, request: Asked, parts: Given) -> dict[str, Any]:
        """What was sold, voids subtracted: per event, and per event and unit."""
        units = await parts.hub.many(request.user.org_id, UNIT_TOTALS)
        events = [msgspec.structs.asdict(total) for total in add_up(units).values()]
        return {"events": events, "units": [msgspec.structs.asdict(total) for total in units]}

    @get("/sales")
    async def sales(self, request: Asked, parts: Given, event_id: UUID, most: Most = 50) -> list[dict[str, Any]]:
        """The newest sales of an event; `first` and `last` bound its draw numbers."""
        lines = await parts.hub.many(request.user.org_id, LATEST, event_id=event_id, most=most)
        return [msgspec.structs.asdict(line) for line in lines]

    @get("/leases")
    async def leases(self, request: Asked, parts: Given, event_id: UUID) -> list[dict[str, Any]]:
        """Every range of draw numbers granted for an event, in order."""
        leases = await parts.hub.many(request.user.org_id, LEASES_GRANTED, event_id=event_id)
        return [msgspec.structs.asdict(lease) for lease in leases]

    @get("/numbers")
    async def numbers(self, request: Asked, parts: Given) -> list[dict[str, Any]]:
        """Every leased number of each event in exactly one class; the classes add up to `leased`."""
        totals = await parts.hub.many(request.user.org_id, NUMBER_TOTALS)
        return [msgspec.structs.asdict(total) for total in totals]

    @get("/events/{event_id:uuid}/ranges")
    async def ranges(
        self, request: Asked, parts: Given, event_id: UUID, *, after: int = 0, after_sale: UUID = FIRST, most: Most = 50
    ) -> list[dict[str, Any]]:
        """Every sold range of an event by its first number; for more, ask `after` the last `first` and `sale_id`."""
        asked = {"event_id": event_id, "after": after, "after_sale": after_sale, "most": most}
        lines = await parts.hub.many(request.user.org_id, RANGES_BY_NUMBER, **asked)
        return [msgspec.structs.asdict(line) for line in lines]
