"""`/api/staff_access`: sessions of people at the hub."""

from typing import Any

from litestar import Controller, Response, delete, get, post

from hub.office.staff_access.forms import LoginForm
from hub.web.site.access import session_cookie
from hub.web.site.parts import Asked, Given


class StaffAccessApi(Controller):
    """Log in, see who one is, log out."""

    path = "/api/staff_access"
    tags = ("staff_access",)

    @post("/sessions", opt={"public": True})
    async def log_in(self, request: Asked, parts: Given, data: LoginForm) -> Response[dict[str, Any]]:
        """Open a session: send the token as `Authorization: Bearer`, or keep the cookie."""
        opened = await parts.access.log_in(data.login, data.password)
        person = await parts.access.person_of(opened.token)
        body = {
            "token": opened.token,
            "expires_ms": opened.expires_ms,
            "name": person.name,
            "role": person.role,
            "org_id": str(person.org_id),
        }
        return Response(body, status_code=201, cookies=[session_cookie(request, opened)])

    @get("/sessions/current")
    async def who(self, request: Asked) -> dict[str, Any]:
        """Whose session this is."""
        me = request.user
        return {"person_id": me.person_id, "login": me.login, "name": me.name, "role": me.role, "org_id": me.org_id}

    @delete("/sessions/current", status_code=200)
    async def log_out(self, request: Asked, parts: Given) -> Response[dict[str, Any]]:
        """End this session."""
        await parts.access.log_out(request.auth)
        return Response({"logged_in": False}, cookies=[session_cookie(request, None)])
