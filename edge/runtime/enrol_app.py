"""What a unit serves before it belongs to anybody: the page that takes a code, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import ResponseHeader
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.template import TemplateConfig

from edge.runtime.settings import Settings
from edge.runtime.static import static_files
from edge.runtime.world import World
from edge.web.enrol.act import Enrolling
from edge.web.enrol.first import FirstPages, elsewhere
from edge.web.site.answers import SECURITY_HEADERS, before_request
from shared.kernel.errors import TillhouseError
from shared.web.problems import status_of
from shared.web.templates import environment

WEB = Path(__file__).resolve().parents[1] / "web"
BODY_BYTES_MAX = 16 * 1_024
HEADERS = [*SECURITY_HEADERS, ResponseHeader(name="tillhouse-enrolling", value="yes")]


def enrol_app(settings: Settings, world: World, done: Callable[[], None]) -> Litestar:
    """The application; it calls `done` once the unit is enrolled and the answer is out."""
    taking = Enrolling(settings, world)
    return Litestar(
        route_handlers=[FirstPages, elsewhere, *static_files()],
        dependencies={
            "taking": Provide(lambda: taking, sync_to_thread=False),
            "done": Provide(lambda: done, sync_to_thread=False),
            "hub": Provide(lambda: settings.hub_url or "", sync_to_thread=False),
            "nearby": Provide(lambda: world.nearby, sync_to_thread=False),
        },
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment([WEB]))),
        exception_handlers={TillhouseError: _refused, HTTPException: _not_taken},
        before_request=before_request,
        response_headers=HEADERS,
        openapi_config=None,
        request_max_body_size=BODY_BYTES_MAX,
        logging_config=None,
    )


def _refused(_request: Request[Any, Any, Any], error: TillhouseError) -> Response[str]:
    return _sentence(str(error), status_of(error))


def _not_taken(_request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    return _sentence("This unit is not enrolled yet. Open its page and type the code from the hub.", error.status_code)


def _sentence(text: str, status: int) -> Response[str]:
    headers = {str(header.name): str(header.value) for header in HEADERS}
    return Response(text, status_code=status, media_type=MediaType.TEXT, headers=headers)
