"""The edge over HTTP: pages, API, static files, live changes, and errors as sentences."""

from pathlib import Path

from litestar import Litestar
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler

from edge.runtime.unit import Unit
from edge.web.devices.controller import DevicesApi, VirtualPrinterPages
from edge.web.identity.controller import IdentityApi, LoginPages
from edge.web.raffle.api import RaffleApi
from edge.web.raffle.controller import SellPages
from edge.web.raffle.pages import OtherPages
from edge.web.site.answers import HANDLERS, SECURITY_HEADERS, before_request
from edge.web.site.controller import SiteApi, live, start_page
from edge.web.site.door import seller
from shared.web.templates import BUILT, STATIC_PATH, environment

WEB = Path(__file__).resolve().parents[1] / "web"
YEAR_S = 365 * 24 * 3_600
BODY_BYTES_MAX = 64 * 1_024


def edge_app(unit: Unit) -> Litestar:
    """The application of an open unit, which stands in `app.state.unit`."""

    def unit_of() -> Unit:
        return unit

    return Litestar(
        route_handlers=_handlers(),
        state=State({"unit": unit}),
        dependencies={"unit": Provide(unit_of, sync_to_thread=False), "person": Provide(seller)},
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment([WEB]))),
        exception_handlers=HANDLERS,
        before_request=before_request,
        response_headers=SECURITY_HEADERS,
        openapi_config=OpenAPIConfig(
            title="Tillhouse edge", version="1", path="/schema", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=BODY_BYTES_MAX,
        logging_config=None,
    )


def _handlers() -> list[ControllerRouterHandler]:
    handlers: list[ControllerRouterHandler] = [start_page, live, SiteApi, LoginPages, IdentityApi]
    handlers += [SellPages, OtherPages, RaffleApi, VirtualPrinterPages, DevicesApi]
    if BUILT.is_dir():
        kept = CacheControlHeader(max_age=YEAR_S, public=True, immutable=True)
        handlers.append(
            create_static_files_router(
                path=STATIC_PATH, directories=[BUILT], cache_control=kept, include_in_schema=False
            )
        )
    return handlers
