"""Logging in and out, by page and by script."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.runtime.sessions import IDLE_MS_MAX
from edge.runtime.unit import Unit
from edge.web.identity.forms import LoginForm, page_of_here
from edge.web.identity.login import find_badge, log_in, staff_here
from edge.web.identity.view import LoginView, StaffChoice
from edge.web.site.answers import go, show
from edge.web.site.door import AnyRequest, cookie_name, session_cookie, token_of, who
from edge.web.site.frame import page, plain_scene
from shared.domain.identity.queries import Badge
from shared.kernel.clock import clock_text
from shared.kernel.errors import TillhouseError
from shared.web.problems import status_of

SentLogin = Annotated[LoginForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class StaffHere(msgspec.Struct, frozen=True):
    """Somebody who may log in at this unit."""

    staff_id: UUID
    name: str
    role: str


class SessionOpened(msgspec.Struct, frozen=True):
    """A session: send `token` as `Authorization: Bearer`; it ends after `idle_ms_max` without a request."""

    token: str
    staff_id: UUID
    name: str
    role: str
    idle_ms_max: int


def _choice(badge: Badge) -> StaffChoice:
    return StaffChoice(str(badge.staff_id), badge.name, badge.role.capitalize())


async def _login_view(unit: Unit, form: LoginForm, refused: str = "") -> LoginView:
    """The list of people, or the keypad of the one who was chosen."""
    scene = await plain_scene(unit)
    frame = page(unit, "Log in", scene)
    people = await staff_here(unit)
    if not form.staff_id:
        return LoginView(frame, tuple(map(_choice, people)), refused=refused, back=form.back)
    badge = await find_badge(unit, form)
    until_ms = await unit.pins.locked_until(badge)
    return LoginView(
        frame,
        tuple(map(_choice, people)),
        chosen=_choice(badge),
        first_name=badge.name.split()[0],
        refused=refused,
        locked_until=clock_text(until_ms, scene.zone) if until_ms else "",
        back=page_of_here(form.back),
    )


class LoginPages(Controller):
    """The list of people and the keypad."""

    include_in_schema = False

    @get("/login")
    async def ask(self, unit: Unit, request: AnyRequest, staff_id: str = "", back: str = "") -> Template | Redirect:
        """Who sells here, then their PIN; somebody who is logged in goes on."""
        if await who(request, unit) is not None:
            return go(page_of_here(back))
        return show("identity/login.html", await _login_view(unit, LoginForm(staff_id=staff_id, back=back)))

    @post("/login")
    async def enter(self, request: AnyRequest, unit: Unit, data: SentLogin) -> Template | Redirect:
        """Six digits open the till; a wrong PIN keeps the page and says how many tries remain."""
        try:
            _, token = await log_in(unit, data)
        except TillhouseError as error:
            view = await _login_view(unit, data, refused=str(error))
            address = f"/login?staff_id={view.chosen.staff_id}" if view.chosen else "/login"
            return show("identity/login.html", view, status=status_of(error), headers={"hx-push-url": address})
        answer = go(page_of_here(data.back))
        answer.set_cookie(session_cookie(request, unit, token))
        return answer

    @post("/logout")
    async def leave(self, unit: Unit, request: AnyRequest) -> Redirect:
        """The next person's turn."""
        unit.sessions.end(token_of(request, unit))
        answer = go("/login")
        answer.delete_cookie(cookie_name(unit))
        return answer


class IdentityApi(Controller):
    """The same for scripts."""

    path = "/api/identity"
    tags = ("identity",)

    @get("/staff", summary="Who may log in at this unit")
    async def staff(self, unit: Unit) -> list[StaffHere]:
        """By name; needs no login, as the page shows the same list."""
        return [StaffHere(badge.staff_id, badge.name, badge.role) for badge in await staff_here(unit)]

    @post("/sessions", summary="Log in with a PIN")
    async def open_session(self, request: AnyRequest, unit: Unit, data: LoginForm) -> Response[SessionOpened]:
        """401 with the tries left for a wrong PIN, 409 while locked; the answer also sets the page's cookie."""
        badge, token = await log_in(unit, data)
        body = SessionOpened(token, badge.staff_id, badge.name, badge.role, IDLE_MS_MAX)
        return Response(body, status_code=201, cookies=[session_cookie(request, unit, token)])

    @delete("/sessions", summary="Log out")
    async def end_session(self, unit: Unit, request: AnyRequest) -> None:
        """Ends the session that the request shows; none is fine too."""
        unit.sessions.end(token_of(request, unit))
