"""The door: every route asks for a session unless it says `opt={"public": True}`; roles are asked by `may`.

A session comes as `Authorization: Bearer` (scripts) or as a cookie (pages). Cookies know no ports and SameSite none
either, so a form is taken only from a page of this very host and port.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from hub.office.staff_access.errors import FromElsewhere, RoleNotAllowed
from hub.office.staff_access.service import SESSION_MS_MAX, Opened, StaffAccess
from shared.web.problems import NotLoggedIn

COOKIE = "tillhouse_hub"
SAFE_COOKIE = f"__Host-{COOKIE}"
"""Over HTTPS; browsers take it from no other host, and never let the plain listener beside write over it."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = "public"
Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


def door(access: StaffAccess) -> Guard:
    """The guard of all routes; it leaves the person in `request.user` and the token in `request.auth`."""

    async def admit(connection: Connection, handler: BaseRouteHandler) -> None:
        refuse_foreign_form(connection)
        if handler.opt.get(PUBLIC) or connection.scope["path"].startswith("/schema"):
            return
        token = token_of(connection)
        if not token:
            raise NotLoggedIn
        connection.scope["user"] = await access.person_of(token)
        connection.scope["auth"] = token

    return admit


def may(roles: frozenset[str]) -> Callable[[Connection, BaseRouteHandler], None]:
    """A guard for acts of these roles."""

    def check(connection: Connection, _handler: BaseRouteHandler) -> None:
        role = connection.user.role
        if role not in roles:
            raise RoleNotAllowed(role=role, roles=", ".join(sorted(roles)))

    return check


def token_of(connection: Connection) -> str:
    """The session's token as the caller sent it, or nothing."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else connection.cookies.get(_cookie_of(connection), "")


def refuse_foreign_form(connection: Connection) -> None:
    """FromElsewhere when a browser says that a form comes from another place."""
    origin = connection.headers.get("origin")
    if connection.scope.get("method") in READING or origin is None:
        return
    if urlsplit(origin).netloc != connection.headers.get("host"):
        raise FromElsewhere


def _cookie_of(connection: Connection) -> str:
    return SAFE_COOKIE if connection.url.scheme == "https" else COOKIE


def session_cookie(connection: Connection, opened: Opened | None) -> Cookie:
    """The cookie of a new session; None ends it. What came by HTTPS goes back by HTTPS alone."""
    return Cookie(
        key=_cookie_of(connection),
        value=opened.token if opened else "",
        max_age=SESSION_MS_MAX // 1_000 if opened else 0,
        httponly=True,
        secure=connection.url.scheme == "https",
        samesite="strict",
    )
