"""The hub's web side put together: API, pages, live stream, units' door, static files; errors and headers for all."""

from collections.abc import Sequence
from typing import Any

import psycopg
from litestar import Litestar
from litestar.datastructures import CacheControlHeader, MutableScopeHeaders, State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler, Message, Scope

from hub.office.persons.controller import PersonsApi
from hub.office.staff_access.controller import StaffAccessApi
from hub.office.staff_access.service import StaffAccess
from hub.runtime.hub import Hub
from hub.runtime.reach import DatabaseReach
from hub.sync.controller import sync_router
from hub.web.cases.api import CasesApi
from hub.web.cases.pages import CasePages
from hub.web.devices.api import DevicesApi
from hub.web.devices.controller import DevicePages
from hub.web.identity.api import IdentityApi
from hub.web.identity.controller import PeoplePages
from hub.web.identity.slips_pages import SlipsPages
from hub.web.identity.units_import import ImportPages
from hub.web.identity.units_pages import UnitPages
from hub.web.raffle.api import RaffleApi
from hub.web.raffle.controller import RafflePages
from hub.web.site.access import door
from hub.web.site.answers import Answers, Asked
from hub.web.site.controller import SitePages
from hub.web.site.health import health
from hub.web.site.live import Live
from hub.web.site.metrics import MetricsDoor, metrics
from hub.web.site.pages import Pages
from hub.web.site.parts import Parts
from shared.kernel.errors import InputRefused, StorageFault, TillhouseError
from shared.web.templates import BUILT, STATIC_PATH

BODY_BYTES_MAX = 256 * 1024
YEAR_SECONDS = 365 * 24 * 3_600
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class HubStorageAway(StorageFault):
    """The hub's database does not answer, or ended the session."""

    code = "storage.away"
    sentence = "The hub does not reach its database now. Nothing was lost and units sell on; try again in a moment."


class HubApp:
    """The ASGI application of one hub process, and the live streams to end before it goes."""

    def __init__(self, asgi: Litestar, live: Live) -> None:
        self.asgi = asgi
        self.live = live


def make_app(hub: Hub, metrics_door: MetricsDoor | None = None) -> HubApp:
    """The application on an open hub; without a door nobody reads its metrics."""
    pages = Pages()
    parts = Parts(hub, StaffAccess(hub.pool, hub.clock), Live(hub), pages, DatabaseReach(hub.pool, hub.clock))
    app = Litestar(
        route_handlers=_routes(hub),
        state=State({"metrics_door": metrics_door or MetricsDoor()}),
        guards=[door(parts.access)],
        dependencies={"parts": Provide(lambda: parts, sync_to_thread=False)},
        exception_handlers=_answers(pages),
        before_send=[_add_headers],
        openapi_config=OpenAPIConfig(
            title="Tillhouse hub", version="0.1.0", path="/schema", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=BODY_BYTES_MAX,
        logging_config=None,
    )
    return HubApp(app, parts.live)


def _routes(hub: Hub) -> Sequence[ControllerRouterHandler]:
    BUILT.mkdir(exist_ok=True)
    static = create_static_files_router(
        STATIC_PATH,
        [BUILT],
        opt={"public": True},
        cache_control=CacheControlHeader(max_age=YEAR_SECONDS, immutable=True, public=True),
    )
    api = (StaffAccessApi, IdentityApi, PersonsApi, RaffleApi, CasesApi, DevicesApi)
    pages = (SitePages, RafflePages, PeoplePages, SlipsPages, UnitPages, ImportPages, CasePages, DevicePages)
    return [*api, *pages, health, metrics, sync_router(hub), static]


def _answers(pages: Pages) -> Any:
    answers = Answers(pages)

    def database_away(request: Asked, error: psycopg.Error) -> Any:
        """The pool heals by itself; until then every request says so."""
        fault = HubStorageAway()
        fault.__cause__ = error
        return answers.known(request, fault)

    def unfit_text(request: Asked, error: psycopg.DataError) -> Any:
        """Something that a form let through and no table can hold, such as a NUL."""
        refused = InputRefused(field="Text", problem="it holds signs that cannot be stored; type it again")
        refused.__cause__ = error
        return answers.known(request, refused)

    return {
        TillhouseError: answers.known,
        HTTPException: answers.http,
        psycopg.OperationalError: database_away,
        psycopg.InterfaceError: database_away,
        psycopg.DataError: unfit_text,
        RecursionError: answers.too_deep,
        Exception: answers.bug,
    }


async def _add_headers(message: Message, scope: Scope) -> None:
    """Security headers on every answer; pages and API answers are kept by nobody."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if not scope["path"].startswith(f"{STATIC_PATH}/"):
        headers.setdefault("cache-control", "no-store")
