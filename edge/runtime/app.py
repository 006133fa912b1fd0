"""The edge over HTTP: pages, API, static files, live changes, and errors as sentences."""

from pathlib import Path

from litestar import Litestar
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler

from edge.runtime.static import static_files
from edge.runtime.unit import Unit
from edge.web.devices.add import AddPages, SwapPages
from edge.web.devices.api import SetUpApi
from edge.web.devices.asked import AskedApi, AskedPages
from edge.web.devices.controller import DevicesApi, VirtualPrinterPages
from edge.web.devices.opening import OpeningApi, OpeningPages
from edge.web.devices.pages import DevicePages
from edge.web.devices.slips import SlipPages, SlipsApi
from edge.web.devices.virtual_scanner import ScannersApi, VirtualScannerPages
from edge.web.enrol.act import Enrolling
from edge.web.enrol.again import AgainPages
from edge.web.identity.clock_page import ClockPages
from edge.web.identity.controller import IdentityApi, LoginPages
from edge.web.raffle.api import RaffleApi
from edge.web.raffle.controller import SellPages
from edge.web.raffle.pages import OtherPages
from edge.web.raffle.report_pages import ReportApi, ReportPages
from edge.web.site.answers import HANDLERS, SECURITY_HEADERS, before_request
from edge.web.site.controller import SiteApi, start_page
from edge.web.site.door import seller
from edge.web.site.live import live, touch
from edge.web.site.metrics import metrics
from shared.web.templates import environment

WEB = Path(__file__).resolve().parents[1] / "web"
BODY_BYTES_MAX = 64 * 1_024


def edge_app(unit: Unit) -> Litestar:
    """The application of an open unit, which stands in `app.state.unit`."""

    def unit_of() -> Unit:
        return unit

    return Litestar(
        route_handlers=_handlers(),
        state=State({"unit": unit, "enrolling": Enrolling(unit.settings, unit.world)}),
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
    handlers: list[ControllerRouterHandler] = [start_page, live, touch, metrics, SiteApi, LoginPages, IdentityApi]
    handlers += [ClockPages, VirtualScannerPages, ScannersApi]
    handlers += [SellPages, OtherPages, RaffleApi, VirtualPrinterPages, DevicesApi, AgainPages]
    handlers += [SlipPages, SlipsApi, ReportPages, ReportApi]
    handlers += [DevicePages, AddPages, SwapPages, SetUpApi, AskedPages, AskedApi, OpeningPages, OpeningApi]
    return [*handlers, *static_files()]
