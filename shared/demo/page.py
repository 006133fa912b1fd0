"""The demo page: hub above, lines between, units below; every switch is an HTTP request as well."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
from jinja2 import Environment, FileSystemLoader
from litestar import Litestar, Request, Response, get, post
from litestar.di import Provide
from litestar.exceptions import ClientException, HTTPException, NotFoundException
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage
from litestar.types import Scope

from shared.demo import cast
from shared.demo.line import Line
from shared.demo.watch import Watch

HERE = Path(__file__).parent
JSON = "application/json"
TIMEOUT_S = 20
AWAY = "The hub or the unit behind this does not answer now. Wait a moment and load the page again."
Asked = Request[Any, Any, Any]
log = logging.getLogger("tillhouse.demo")


class LineWish(msgspec.Struct):
    """What is wished of a line."""

    connected: bool


class Stand:
    """What the page's routes need: lines, watch, and the addresses of hub and edges."""

    def __init__(self, ports: cast.Ports, lines: dict[str, Line], watch: Watch) -> None:
        self.lines = lines
        self.watch = watch
        self.hub_url = f"http://127.0.0.1:{ports.hub}"
        self.edge_urls = {role.key: f"http://127.0.0.1:{ports.edge(place)}" for place, role in enumerate(cast.EDGES)}
        # A connection a request: one that is kept may be closed by its server in the moment it is used again.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S, limits=limits)
        self.page = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("page.html")

    def edge_url(self, key: str) -> str:
        """The edge's address; 404 for one that is not here."""
        if key not in self.edge_urls:
            raise NotFoundException("The demo has no such unit.")
        return self.edge_urls[key]

    async def passed_on(self, url: str) -> Response[bytes]:
        """What another process answers, as it is."""
        answer = await self.http.get(url)
        kept = {name: answer.headers[name] for name in ("cache-control", "etag") if name in answer.headers}
        kind = answer.headers.get("content-type", "application/octet-stream")
        return Response(answer.content, status_code=answer.status_code, media_type=kind, headers=kept)


@get("/", media_type="text/html")
async def show(stand: Stand) -> str:
    """The page."""
    return stand.page.render(view=stand.watch.view())


@get("/static/{path:path}")
async def static(stand: Stand, path: str) -> Response[bytes]:
    """Fonts, icons and styles, from the hub."""
    return await stand.passed_on(f"{stand.hub_url}/static{path}")


@get("/paper/{key:str}/{picture:str}")
async def paper(stand: Stand, key: str, picture: str) -> Response[bytes]:
    """A slip's picture, from its unit."""
    return await stand.passed_on(f"{stand.edge_url(key)}/virtual-printer/paper/{picture}")


@get("/demo.css", media_type="text/css")
async def style() -> str:
    """The page's own styles."""
    return (HERE / "demo.css").read_text()


@get("/demo.js", media_type="text/javascript")
async def script() -> str:
    """The page's own switches."""
    return (HERE / "demo.js").read_text()


@get("/lines/{key:str}")
async def line_state(stand: Stand, key: str) -> dict[str, bool]:
    """Whether a line is up."""
    stand.edge_url(key)
    return {"connected": stand.lines[key].connected}


@post("/lines/{key:str}", status_code=200)
async def line(stand: Stand, request: Asked, key: str) -> Response[Any]:
    """Cut a line or bring it back; cutting closes its connections before this answers."""
    stand.edge_url(key)
    wish = await _wish(request)
    await (stand.lines[key].connect() if wish.connected else stand.lines[key].cut())
    return _answered(request, {"connected": stand.lines[key].connected})


@post("/troubles/{key:str}", status_code=200)
async def trouble(stand: Stand, request: Asked, key: str) -> Response[Any]:
    """Give a printer a trouble, or repair it with an empty word."""
    said = await request.json() if _is_json(request) else dict(await request.form())
    body = {"trouble": str(said.get("trouble", ""))}
    answer = await stand.http.post(f"{stand.edge_url(key)}/api/devices/virtual-printer/trouble", json=body)
    return _answered(request, {"status": answer.status_code})


@get("/live")
async def live(stand: Stand) -> ServerSentEvent:
    """Says when something changed."""

    async def changes() -> AsyncIterator[ServerSentEventMessage]:
        while True:  # the first at once: something may have changed between the page and this stream
            yield ServerSentEventMessage(event="changed", data="now")
            async with stand.watch.changed:
                await stand.watch.changed.wait()

    return ServerSentEvent(changes())


def demo_app(ports: cast.Ports, lines: dict[str, Line], watch: Watch) -> Litestar:
    """The page and its switches."""
    stand = Stand(ports, lines, watch)
    return Litestar(
        [show, static, paper, style, script, line_state, line, trouble, live],
        dependencies={"stand": Provide(lambda: stand, sync_to_thread=False)},
        exception_handlers={httpx.HTTPError: _away},
        after_exception=[_note],
        openapi_config=None,
        logging_config=None,
        on_shutdown=[stand.http.aclose],
    )


def _away(_request: Asked, _error: httpx.HTTPError) -> Response[str]:
    return Response(AWAY, status_code=503, media_type="text/plain")


async def _note(error: Exception, scope: Scope) -> None:
    """What the page could not answer stands in the demo's words."""
    if isinstance(error, httpx.HTTPError):
        log.warning("%s: %r", scope["path"], error)
    elif not isinstance(error, HTTPException):
        log.error("%s failed", scope["path"], exc_info=error)


def _is_json(request: Asked) -> bool:
    return request.headers.get("content-type", "").startswith(JSON)


async def _wish(request: Asked) -> LineWish:
    if _is_json(request):
        try:
            return msgspec.json.decode(await request.body(), type=LineWish)
        except msgspec.DecodeError as error:
            raise ClientException('Send {"connected": true} or {"connected": false}.') from error
    return LineWish((await request.form()).get("connected") == "true")


def _answered(request: Asked, answer: dict[str, Any]) -> Response[Any]:
    return Response(answer) if _is_json(request) else Redirect("/", status_code=303)
