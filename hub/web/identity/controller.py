"""The page of people: who works here, hire, dismiss; a PIN is shown once."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.response import Redirect

from hub.office.staff_access.service import Person
from hub.runtime.onboard import new_id
from hub.web.identity.acts import hire
from hub.web.identity.forms import DismissForm, StaffForm
from hub.web.identity.view import FreshPin, PeopleView, PersonView
from hub.web.site.access import may
from hub.web.site.forms import parse
from hub.web.site.frame import frame
from hub.web.site.pages import refused
from hub.web.site.parts import Asked, Given, Parts
from shared.domain.identity.commands import DismissStaff
from shared.domain.identity.queries import BADGES
from shared.domain.identity.state import HIRES, ROLES
from shared.kernel.errors import Refusal


class PeoplePages(Controller):
    """Staff of the organisation."""

    path = "/people"
    include_in_schema = False

    @get()
    async def people(self, request: Asked, parts: Given) -> Response[str]:
        """Everybody, and the form to hire."""
        return await _page(parts, request.user)

    @post(guards=[may(HIRES)])
    async def hire(self, request: Asked, parts: Given) -> Response[Any]:
        """Hire somebody; the answer shows the PIN, and no other page does."""
        me = request.user
        typed = {name: str(value) for name, value in (await request.form()).items()}
        try:
            form = parse(StaffForm, typed)
            hired = await hire(
                parts.hub, me.org_id, form, command_id=form.command_id or new_id(parts.hub), actor=me.person_id
            )
        except Refusal as refusal:
            return await _page(parts, me, typed=typed, refusal=refusal)
        parts.live.forget(me.org_id)
        return await _page(parts, me, fresh=FreshPin(form.name, hired.pin or form.checked_pin() or ""))

    @post("/{staff_id:uuid}/dismiss", guards=[may(HIRES)])
    async def dismiss(self, request: Asked, parts: Given, staff_id: UUID) -> Response[Any]:
        """End somebody's work."""
        me = request.user
        try:
            form = parse(DismissForm, await request.form())
            order = DismissStaff(command_id=form.command_id or new_id(parts.hub), actor=me.person_id, staff_id=staff_id)
            await parts.hub.bus.handle(me.org_id, order)
        except Refusal as refusal:
            return await _page(parts, me, refusal=refusal)
        parts.live.forget(me.org_id)
        return Redirect("/people", status_code=303)


async def _page(
    parts: Parts,
    me: Person,
    *,
    typed: dict[str, str] | None = None,
    refusal: Refusal | None = None,
    fresh: FreshPin | None = None,
) -> Response[str]:
    now = await parts.live.snapshot(me.org_id)
    venues = {venue.venue_id: venue.name for venue in now.venues}
    people = [
        PersonView(
            staff_id=str(badge.staff_id),
            name=badge.name,
            role=badge.role.capitalize(),
            venue=venues.get(badge.venue_id, "Every venue"),
            active=badge.active,
            command_id=str(new_id(parts.hub)),
        )
        for badge in await parts.hub.many(me.org_id, BADGES)
    ]
    page, status = refused(frame(now, me, "people"), refusal)
    view = PeopleView(
        page=page,
        people=tuple(sorted(people, key=lambda person: not person.active)),
        roles=tuple((role, role.capitalize()) for role in ROLES),
        venues=(("", "Every venue"), *((str(venue_id), name) for venue_id, name in venues.items())),
        command_id=str(new_id(parts.hub)),
        fresh=fresh,
        form=typed or {},
    )
    return parts.pages.show("identity/people.html", view, status)
