"""Pages that belong to no slice: log in, log out; the live stream; and the authority that units and tablets trust."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage

from hub.office.staff_access.forms import LoginForm
from hub.web.site.access import session_cookie, token_of
from hub.web.site.forms import parse
from hub.web.site.parts import Asked, Given
from hub.web.site.view import HubLogin
from shared.kernel.errors import Refusal
from shared.web.problems import status_of

RETRY_MS = 2_000


class SitePages(Controller):
    """The door as pages."""

    include_in_schema = False

    @get("/login", opt={"public": True})
    async def login_page(self, parts: Given, back: str = "/") -> Response[str]:
        """The login form."""
        return parts.pages.show("site/login.html", HubLogin(back=_own_path(back)))

    @post("/login", opt={"public": True})
    async def log_in(self, request: Asked, parts: Given) -> Response[Any]:
        """Open a session and go on to where the person wanted to be."""
        form = LoginForm()
        try:
            form = parse(LoginForm, await request.form())
            opened = await parts.access.log_in(form.login, form.password)
        except Refusal as refusal:
            view = HubLogin(login=form.login, refused=str(refusal), back=_own_path(form.back))
            return parts.pages.show("site/login.html", view, status_of(refusal))
        return _whole_page(request, _own_path(form.back), session_cookie(request, opened))

    @post("/logout", opt={"public": True})
    async def log_out(self, request: Asked, parts: Given) -> Response[Any]:
        """End the session; without one there is nothing to do."""
        await parts.access.log_out(token_of(request))
        return _whole_page(request, "/login", session_cookie(request, None))

    @get("/authority.pem", opt={"public": True})
    async def authority(self, parts: Given) -> Response[str]:
        """The certificate of the hub's authority: public, and worth something only beside its fingerprint."""
        pem = parts.hub.entrance.authority
        if not pem:
            raise NotFoundException
        return Response(pem, media_type="application/x-pem-file")

    @get("/live")
    async def live(self, request: Asked, parts: Given) -> ServerSentEvent:
        """Says `changed` whenever a page would look different."""

        async def events() -> Any:
            async for changed in parts.live.changes(request.user.org_id):
                if changed:
                    yield ServerSentEventMessage(event="changed", data="now", retry=RETRY_MS)
                else:
                    yield ServerSentEventMessage(comment="calm")

        return ServerSentEvent(events())


def _whole_page(request: Asked, path: str, cookie: Cookie) -> Response[Any]:
    """On to `path` as a new document: live changes begin or end with the session, not with a swapped body."""
    if request.headers.get("hx-request"):
        return Response("", status_code=200, headers={"hx-redirect": path}, cookies=[cookie])
    return Redirect(path, status_code=303, cookies=[cookie])


def _own_path(back: str) -> str:
    """A path of this site, whatever was asked for."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else "/"
