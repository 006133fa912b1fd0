"""Orders of the raffle, carried out for a person; pages and API both come here."""

from uuid import UUID

from hub.office.staff_access.service import Person
from hub.runtime.onboard import new_id
from hub.sync.judging import judge_closed
from hub.web.raffle.forms import PlanForm
from hub.web.site.parts import Parts
from shared.domain.identity.queries import ORGANIZATION, ZONE
from shared.domain.raffle.commands import ActivateEvent, CloseEvent


async def plan(parts: Parts, me: Person, form: PlanForm) -> UUID:
    """Plan the event; its id."""
    hub = parts.hub
    venue = await hub.one(me.org_id, ZONE, venue_id=form.venue_id)
    card = await hub.one(me.org_id, ORGANIZATION)
    order = form.order(
        form.command_id or new_id(hub),
        me.person_id,
        zone=venue.zone if venue else "UTC",
        currency=card.currency,
        now_ms=hub.clock.now().wall_ms,
    )
    entries = await hub.bus.handle(me.org_id, order)
    parts.live.forget(me.org_id)
    return entries[0].envelope.entity


async def move(
    parts: Parts, me: Person, kind: type[ActivateEvent] | type[CloseEvent], event_id: UUID, command_id: UUID | None
) -> None:
    """Activate or close the event."""
    order = kind(command_id=command_id or new_id(parts.hub), actor=me.person_id, event_id=event_id)
    async with parts.hub.bus.tenant(me.org_id) as connection:
        await parts.hub.bus.handle_in(connection, me.org_id, order)
        if kind is CloseEvent:
            await judge_closed(parts.hub, connection, me.org_id, event_id)
    parts.live.forget(me.org_id)
