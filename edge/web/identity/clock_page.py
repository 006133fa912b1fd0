"""The clock of this unit jumped: a supervisor looks at the time and says what it is (design §5.8)."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.runtime.pins import parse_pin
from edge.runtime.unit import Unit
from edge.web.identity.clock_view import ClockView
from edge.web.identity.forms import LoginForm
from edge.web.identity.login import find_badge, staff_here
from edge.web.site.answers import go, show
from edge.web.site.door import Person
from edge.web.site.frame import Scene, page, venue_zone
from shared.domain.identity.state import SUPERVISES
from shared.kernel.clock import SECOND_MS, at, clock_text
from shared.kernel.errors import InputRefused, TillhouseError
from shared.sync.timekeeping import LATEST_MS
from shared.web.problems import status_of


class ClockForm(msgspec.Struct, frozen=True):
    """Who signs, and which time is right; `date` and `clock` (HH:MM, the venue's) where another one is typed."""

    staff_id: str = ""
    pin: str = ""
    answer: str = "own"
    date: str = ""
    clock: str = ""


SentClock = Annotated[ClockForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


def parse_typed(form: ClockForm, zone: str) -> int:
    """The typed date and time of the venue as ms UTC; InputRefused for anything else."""
    try:
        typed = datetime.strptime(f"{form.date.strip()} {form.clock.strip()}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        wall_ms = int(typed.replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND_MS
    except (ValueError, OverflowError):
        raise InputRefused(field="Time", problem="write the date and a time like 20:14") from None
    if not 0 <= wall_ms <= LATEST_MS:
        raise InputRefused(field="Time", problem="this is no year in which tickets are sold")
    return wall_ms


def _said(unit: Unit, form: ClockForm, zone: str) -> int:
    if form.answer == "own" and form.clock.strip():
        raise InputRefused(field="Time", problem="you typed another one; empty the field or choose Set this time")
    if form.answer == "own":
        return unit.now_ms
    if form.answer == "device":
        return unit.clock.raw().wall_ms
    return parse_typed(form, zone)


async def sign_time(unit: Unit, form: ClockForm) -> None:
    """Check the PIN and carry the answer out; a refusal says what to do next."""
    zone = await venue_zone(unit)
    wall_ms = _said(unit, form, zone)
    badge = await find_badge(unit, LoginForm(staff_id=form.staff_id))
    await unit.pins.check(badge, parse_pin(form.pin), zone)
    await unit.clock_watch.confirm(badge.staff_id, wall_ms)
    unit.changes.tell()


async def clock_view(unit: Unit, person: Person, form: ClockForm, error: TillhouseError | None = None) -> ClockView:
    """The page as the clocks stand now."""
    zone = await venue_zone(unit)
    now_ms, device_ms = unit.now_ms, unit.clock.raw().wall_ms
    device_fits = now_ms < device_ms <= LATEST_MS
    people = [badge for badge in await staff_here(unit) if badge.role in SUPERVISES]
    own = at(now_ms, zone)
    return ClockView(
        page=page(unit, "What time is it?", Scene(zone=zone), tab="more", person=person),
        clock=clock_text(now_ms, zone),
        day=f"{own:%A} {own.day} {own:%B %Y}",
        device_clock=clock_text(device_ms, zone) if device_fits else "",
        device_day=f"{at(device_ms, zone):%Y-%m-%d}" if device_fits else "",
        typed_date=form.date or f"{own:%Y-%m-%d}",
        typed_clock=form.clock,
        people=tuple((str(badge.staff_id), badge.name) for badge in people),
        in_doubt=unit.clock.doubt is not None,
        chosen_id=form.staff_id,
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
    )


class ClockPages(Controller):
    """Under More, where the stop line sends a supervisor."""

    path = "/more/clock"
    include_in_schema = False

    @get()
    async def ask(self, unit: Unit, person: Person) -> Template:
        """The unit's time, large."""
        return show("identity/clock.html", await clock_view(unit, person, ClockForm()))

    @post()
    async def sign(self, unit: Unit, person: Person, data: SentClock) -> Template | Redirect:
        """A supervisor's PIN and their answer; then selling goes on."""
        try:
            await sign_time(unit, data)
        except TillhouseError as error:
            view = await clock_view(unit, person, data, error)
            return show("identity/clock.html", view, status=status_of(error), headers={"hx-push-url": "/more/clock"})
        return go("/sell")
