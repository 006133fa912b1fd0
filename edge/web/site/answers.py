"""How the edge answers when something is wrong: a problem for scripts, a page with a sentence for people."""

from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar import Response
from litestar.datastructures import ResponseHeader
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template

from edge.runtime.unit import Unit
from edge.web.site.door import AnyRequest, refuse_foreign_origin
from edge.web.site.frame import Scene, page
from edge.web.site.view import ProblemView
from shared.kernel.errors import Fault, InputRefused, Refusal, TillhouseError
from shared.web.hung_up import has_hung_up, hung_up
from shared.web.problems import MEDIA_TYPE, OUR_FAULT, NotLoggedIn, Problem, problem_at, problem_of

log = structlog.get_logger()
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""WebAssembly for the reader of the camera's codes, which comes from this unit; no script may make others."""
SECURITY_HEADERS = [
    ResponseHeader(name="content-security-policy", value=POLICY),
    ResponseHeader(name="x-content-type-options", value="nosniff"),
    ResponseHeader(name="referrer-policy", value="same-origin"),
    ResponseHeader(name="cache-control", value="no-store"),
]
HEADERS = {str(header.name): str(header.value) for header in SECURITY_HEADERS}
HEADLINES = {401: "Log in first", 403: "Not allowed", 404: "No such page", 409: "Refused", 503: "Not now"}
SENTENCES = {
    404: "There is nothing at this address. Go back to Sell.",
    405: "This address does not do that. Go back to Sell.",
    413: "This is larger than any order. Send less.",
}
UNREADABLE = "This could not be read as an order. Go back and try again."


def before_request(request: AnyRequest) -> None:
    """Guards that hold for every request."""
    refuse_foreign_origin(request)


def wants_page(request: AnyRequest) -> bool:
    """Whether a person looks at the answer."""
    api = request.url.path.startswith(("/api/", "/schema", "/static/"))
    return not api and "text/html" in request.headers.get("accept", "")


def answer_error(request: AnyRequest, error: TillhouseError) -> Response[Any]:
    """A refusal, fault or evidence: its status, its code, its sentence."""
    if not isinstance(error, Refusal):
        log.log(
            40 if not isinstance(error, Fault) else 30,
            "request failed",
            code=error.code,
            path=request.url.path,
            sentence=str(error),
        )
    if isinstance(error, NotLoggedIn) and wants_page(request):
        here = request.url.path if request.method == "GET" else "/sell"
        query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
        return Redirect(f"/login?back={quote(here + query, safe='')}", status_code=303)
    return answer_problem(request, problem_of(error))


def answer_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """What the web framework refuses: no such page, an unreadable body."""
    if has_hung_up(error):
        log.info("caller hung up", path=request.url.path)
        return answer_problem(request, hung_up())
    status = 422 if error.status_code == 400 else error.status_code
    if status == 422:
        detail = UNREADABLE if wants_page(request) else str(InputRefused(field="The request", problem=_reason(error)))
        return answer_problem(request, problem_at(422, InputRefused.code, detail))
    return answer_problem(request, problem_at(status, f"http.{status}", SENTENCES.get(status, error.detail)))


def _reason(error: HTTPException) -> str:
    extra = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    where = extra.get("key", "") if isinstance(extra, dict) else ""
    return f"{where} is not of its kind".strip() if where else "it is not of the form that the schema gives"


def answer_bug(request: AnyRequest, error: Exception) -> Response[Any]:
    """Our own fault: this request fails, the unit stays up."""
    log.error("request met a bug", path=request.url.path, exc_info=error)
    return answer_problem(request, problem_at(500, "tillhouse.bug", OUR_FAULT))


def answer_problem(request: AnyRequest, problem: Problem) -> Response[Any]:
    """The problem as the asker reads it."""
    if wants_page(request):
        unit: Unit = request.app.state.unit
        view = ProblemView(
            page=page(unit, "Tillhouse", Scene()),
            headline=HEADLINES.get(problem.status, "Not done"),
            sentence=problem.detail,
            code=problem.code,
        )
        return Template(
            template_name="site/problem.html",
            context={"view": view, "page": view.page},
            status_code=problem.status,
            headers=HEADERS,
        )
    body = msgspec.json.encode(problem)
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=HEADERS)


def show(template: str, view: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Template:
    """A page."""
    return Template(
        template_name=template,
        context={"view": view, "page": getattr(view, "page", None)},
        status_code=status,
        headers=headers or {},
        media_type=MediaType.HTML,
    )


def go(address: str) -> Redirect:
    """On to another page, after an order."""
    return Redirect(address, status_code=303)


def answer_too_deep(request: AnyRequest, error: RecursionError) -> Response[Any]:  # noqa: ARG001 - a handler's form
    """A body nested so deep that no decoder reads it."""
    return answer_error(request, InputRefused(field="The request", problem="it is nested too deep to be read"))


HANDLERS: dict[Any, Any] = {
    TillhouseError: answer_error,
    HTTPException: answer_http,
    RecursionError: answer_too_deep,
    Exception: answer_bug,
}
