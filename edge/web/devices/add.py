"""Adding a device in three taps, and swapping one in two: what is around, what it answers, what it shall do."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.runtime.meeting import Meeting
from edge.runtime.unit import Unit
from edge.web.devices import orders
from edge.web.devices.forms import MeetForm, TakeForm, parse_model
from edge.web.devices.nearby import add_page, by_hand_page, met_page
from edge.web.site.answers import go, show
from edge.web.site.door import Person
from shared.kernel.errors import TillhouseError
from shared.web.problems import status_of

SentMeet = Annotated[MeetForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
SentTake = Annotated[TakeForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
ADDRESS_HEADER = "hx-push-url"


class AddPages(Controller):
    """A supervisor adds."""

    path = "/devices/add"
    include_in_schema = False

    @get()
    async def around(self, unit: Unit, person: Person) -> Template:
        """What was found; a look around begins with the first visit."""
        orders.require_supervisor(person)
        return await _around(unit, person, None)

    @post("/look")
    async def look(self, unit: Unit, person: Person) -> Redirect:  # noqa: ARG002 - must be logged in
        """Look around once more."""
        return _look(unit, None)

    @get("/by-hand")
    async def by_hand(self, unit: Unit, person: Person, line: str = "") -> Template:
        """The line as text."""
        orders.require_supervisor(person)
        return show("devices/by_hand.html", await by_hand_page(unit, person, MeetForm(line=line)))

    @post(status_code=303)
    async def meet(self, unit: Unit, person: Person, data: SentMeet) -> Template | Redirect:
        """Ask it."""
        orders.require_supervisor(person)
        return await _meet(unit, person, data, None)

    @get("/{key:uuid}")
    async def met(self, unit: Unit, person: Person, key: UUID) -> Template:
        """What it answered."""
        orders.require_supervisor(person)
        return await _met(unit, person, key, None)

    @post("/{key:uuid}", status_code=303)
    async def take(self, unit: Unit, person: Person, key: UUID, data: SentTake) -> Template | Redirect:
        """Store it."""
        meeting = orders.known(unit, key)
        if data.again or (data.profile and data.profile != meeting.profile and not data.anyway):
            return await _again(unit, person, meeting, data.profile or meeting.profile, None)
        try:
            device_id = await orders.add(unit, person, meeting, data)
        except TillhouseError as error:
            return await _refused(unit, person, meeting, data, None, error=error)
        return go(f"/devices/{device_id}")


class SwapPages(Controller):
    """Anybody who is logged in swaps a broken printer in the middle of service."""

    path = "/devices/{device_id:uuid}/swap"
    include_in_schema = False

    @get()
    async def around(self, unit: Unit, person: Person, device_id: UUID) -> Template:
        """What could take its place."""
        return await _around(unit, person, device_id)

    @post("/look")
    async def look(self, unit: Unit, person: Person, device_id: UUID) -> Redirect:  # noqa: ARG002 - must be logged in
        """Look around once more."""
        return _look(unit, device_id)

    @get("/by-hand")
    async def by_hand(self, unit: Unit, person: Person, device_id: UUID, line: str = "") -> Template:
        """The line as text."""
        return show("devices/by_hand.html", await by_hand_page(unit, person, MeetForm(line=line), device_id))

    @post(status_code=303)
    async def meet(self, unit: Unit, person: Person, device_id: UUID, data: SentMeet) -> Template | Redirect:
        """Ask it; a printer that is well takes the place at once."""
        return await _meet(unit, person, data, device_id)

    @get("/{key:uuid}")
    async def met(self, unit: Unit, person: Person, device_id: UUID, key: UUID) -> Template:
        """What it answered."""
        return await _met(unit, person, key, device_id)

    @post("/{key:uuid}", status_code=303)
    async def take(self, unit: Unit, person: Person, device_id: UUID, key: UUID, data: SentTake) -> Template | Redirect:
        """It takes the place."""
        meeting = orders.known(unit, key)
        if data.again or (data.profile and data.profile != meeting.profile and not data.anyway):
            return await _again(unit, person, meeting, data.profile or meeting.profile, device_id)
        try:
            await orders.swap(unit, person, device_id, meeting, data)
        except TillhouseError as error:
            return await _refused(unit, person, meeting, data, device_id, error=error)
        return go(f"/devices/{device_id}")


def _here(device_id: UUID | None) -> str:
    return f"/devices/{device_id}/swap" if device_id else "/devices/add"


def _look(unit: Unit, device_id: UUID | None) -> Redirect:
    unit.meetings.begin_look(again=True)
    return go(_here(device_id))


async def _around(unit: Unit, person: Person, device_id: UUID | None, error: TillhouseError | None = None) -> Template:
    unit.meetings.begin_look()
    view = await add_page(unit, person, device_id, error)
    status, headers = (status_of(error), {ADDRESS_HEADER: _here(device_id)}) if error else (200, None)
    return show("devices/add.html", view, status=status, headers=headers)


async def _meet(unit: Unit, person: Person, form: MeetForm, device_id: UUID | None) -> Template | Redirect:
    try:
        kind, profile = parse_model(form)
        meeting = await orders.meet(unit, person, kind, form.line, profile=profile, title=form.title, swap=device_id)
        if device_id is not None and meeting.answered and not (meeting.probed and meeting.probed.problems):
            await orders.swap(unit, person, device_id, meeting, TakeForm())
            return go(f"/devices/{device_id}")
    except TillhouseError as error:
        if not form.by_hand:
            return await _around(unit, person, device_id, error)
        view = await by_hand_page(unit, person, form, device_id, error)
        headers = {ADDRESS_HEADER: f"{_here(device_id)}/by-hand"}
        return show("devices/by_hand.html", view, status=status_of(error), headers=headers)
    return go(f"{_here(device_id)}/{meeting.key}")


async def _again(
    unit: Unit, person: Person, before: Meeting, profile: str, device_id: UUID | None
) -> Template | Redirect:
    """Ask once more, perhaps as another model."""
    try:
        meeting = await orders.meet(
            unit, person, before.kind, before.line, profile=profile, title=before.title, swap=device_id
        )
    except TillhouseError as error:
        return await _around(unit, person, device_id, error)
    return go(f"{_here(device_id)}/{meeting.key}")


async def _met(unit: Unit, person: Person, key: UUID, device_id: UUID | None) -> Template:
    return show("devices/met.html", await met_page(unit, person, orders.known(unit, key), device_id))


async def _refused(
    unit: Unit, person: Person, meeting: Meeting, form: TakeForm, device_id: UUID | None, *, error: TillhouseError
) -> Template:
    """The same page with its sentence, and what was typed."""
    view = await met_page(unit, person, meeting, device_id, form=form, error=error)
    headers = {ADDRESS_HEADER: f"{_here(device_id)}/{meeting.key}"}
    return show("devices/met.html", view, status=status_of(error), headers=headers)
