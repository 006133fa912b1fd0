"""Who asks: the session behind a request, and the refusal when there is none."""

from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from edge.runtime.sessions import Session
from edge.runtime.unit import Unit
from shared.domain.identity import SELLS
from shared.domain.identity.queries import BADGE, Badge
from shared.domain.identity.state import ON_HANDHELDS
from shared.web.problems import NotAllowed, NotLoggedIn

AnyRequest = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]
LIVE_HEADER = "tillhouse-live"
"""A page that asks for itself again says so, lest it keep an idle session awake."""


class Person(msgspec.Struct, frozen=True):
    """Somebody at this unit: their session, whose `training` they may switch, and its token."""

    session: Session
    token: str

    @property
    def training(self) -> bool:
        """Whether they practise."""
        return self.session.training


def cookie_name(unit: Unit) -> str:
    """The cookie of this unit alone: cookies know hosts, not ports, and several units may share a host."""
    return f"till-{unit.owner.node_id.hex[-12:]}"


def session_cookie(request: AnyRequest, unit: Unit, token: str) -> Cookie:
    """The cookie that holds a session's token; an empty token takes it away. What came by HTTPS stays there."""
    return Cookie(
        key=cookie_name(unit),
        value=token,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
        path="/",
        max_age=None if token else 0,
    )


def token_of(request: AnyRequest, unit: Unit) -> str:
    """The token a request shows: `Authorization: Bearer`, else the cookie; empty without one."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.cookies.get(cookie_name(unit), "")


def may_sell_here(unit: Unit, badge: Badge) -> bool:
    """Active, of this venue or of every one, in a role that sells on this kind of unit."""
    roles = ON_HANDHELDS if unit.membership.unit.kind == "rsu" else SELLS
    here = badge.venue_id in (None, unit.membership.unit.venue_id)
    return badge.active and here and badge.role in roles


async def who(request: AnyRequest, unit: Unit) -> Person | None:
    """Who is logged in and still works here, or nobody."""
    token = token_of(request, unit)
    session = unit.sessions.find(token, act=LIVE_HEADER not in request.headers) if token else None
    if session is None:
        return None
    badge = await unit.reader.one(BADGE, staff_id=session.staff_id)
    if badge is None or not may_sell_here(unit, badge):
        unit.sessions.end(token)
        return None
    return Person(session, token)


async def seller(request: AnyRequest, unit: Unit) -> Person:
    """Who is logged in; NotLoggedIn when nobody is."""
    found = await who(request, unit)
    if found is None:
        raise NotLoggedIn
    return found


async def logged_in(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """The guard of what somebody at this unit does, where it matters not who; NotLoggedIn when nobody is."""
    await seller(Request(connection.scope), connection.app.state.unit)


def refuse_foreign_origin(request: AnyRequest) -> None:
    """An order that another site's page sends with our cookie is none of ours."""
    origin = request.headers.get("origin")
    if request.method in ("GET", "HEAD", "OPTIONS") or origin is None:
        return
    if origin.partition("://")[2] != request.headers.get("host"):
        raise NotAllowed
