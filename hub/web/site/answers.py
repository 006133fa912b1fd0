"""Errors into answers: problem details for programs, a page with one sentence for people, a log line for operators."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from hub.web.site.forms import refused_input
from hub.web.site.pages import Pages
from shared.kernel.errors import EvidenceError, Fault, InputRefused, TillhouseError
from shared.web.hung_up import has_hung_up, hung_up
from shared.web.problems import MEDIA_TYPE, OUR_FAULT, NotLoggedIn, Problem, problem_at, problem_of

PROGRAMS = ("/api/", "/sync/", "/schema", "/live", "/static/")
SENTENCES = {
    404: "There is nothing at this address. Go back to the first page.",
    405: "This address does not take that. Go back and use the buttons of the page.",
    413: "That is larger than the {limit} bytes that the hub takes here. Send less at once.",
}
log = structlog.get_logger("hub.web")
Asked = Request[Any, Any, Any]
Answer = Callable[[Asked, Any], Response[Any]]


class Answers:
    """The exception handlers of the hub's web side."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def known(self, request: Asked, error: TillhouseError) -> Response[Any]:
        """An error that Tillhouse raised on purpose."""
        found = problem_of(error)
        write = log.error if isinstance(error, EvidenceError) else log.warning if isinstance(error, Fault) else log.info
        write("answered", code=found.code, status=found.status, path=request.url.path)
        if isinstance(error, NotLoggedIn) and not _by_program(request):
            back = request.url.path if request.method == "GET" else "/"
            return Redirect(f"/login?back={quote(back)}", status_code=303)
        return self._answer(request, found, retry_ms=_retry_ms(error))

    def http(self, request: Asked, error: HTTPException) -> Response[Any]:
        """An address, method or body that the framework refuses."""
        if has_hung_up(error):
            log.info("caller_hung_up", path=request.url.path)
            return self._answer(request, hung_up())
        status = error.status_code
        if status == 400:
            return self.known(request, refused_input(_first_words(error)))
        sentence = SENTENCES.get(status, OUR_FAULT if status >= 500 else error.detail)
        if status == 413:
            sentence = sentence.format(limit=request.route_handler.resolve_request_max_body_size())
        if status >= 500:
            log.error("framework_fault", status=status, path=request.url.path, detail=error.detail)
        return self._answer(request, problem_at(status, f"http.{status}", sentence))

    def too_deep(self, request: Asked, _error: RecursionError) -> Response[Any]:
        """A body nested deeper than any form."""
        return self.known(request, InputRefused(field="Input", problem="it is nested deeper than any form"))

    def bug(self, request: Asked, error: Exception) -> Response[Any]:
        """A fault of the program: this request fails, the hub stays up."""
        log.error("bug", path=request.url.path, exc_info=error)
        return self._answer(request, problem_at(500, "bug", OUR_FAULT))

    def _answer(self, request: Asked, found: Problem, retry_ms: int = 0) -> Response[Any]:
        response: Response[Any]
        if _by_program(request):
            response = Response(msgspec.json.encode(found), media_type=MEDIA_TYPE, status_code=found.status)
        else:
            response = self._pages.problem(found)
        if retry_ms:
            response.headers["Retry-After"] = str(-(-retry_ms // 1_000))
        return response


def _retry_ms(error: TillhouseError) -> int:
    """When to come back: what the fault itself says, else what its kind does."""
    return getattr(error, "wait_ms", error.retry_after_ms) if isinstance(error, Fault) else 0


def _by_program(request: Asked) -> bool:
    return request.url.path.startswith(PROGRAMS)


def _first_words(error: HTTPException) -> str:
    """The decoder's words about the first field that is wrong."""
    extra = error.extra
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        first = extra[0]
        return f"{first.get('message', '')} - at `$.{first.get('key', '')}`"
    return error.detail.split(": ", 1)[-1]
