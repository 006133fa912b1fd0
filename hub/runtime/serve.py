"""`tillhouse hub serve`: database, migrations, server; whatever ends it, the database is stopped after the server."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from types import FrameType

import structlog
import uvicorn

from hub.office.persons.service import erase_again
from hub.runtime import entrance
from hub.runtime.announce import announced
from hub.runtime.app import HubApp, make_app
from hub.runtime.entrance import PLAIN_HOST, ServerTls
from hub.runtime.hub import open_hub
from hub.runtime.logs import set_up_logs
from hub.runtime.migrate import migrate
from hub.runtime.place import HubPlace
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_faults import DatabaseFault
from hub.runtime.settings import HubSettings
from hub.runtime.signals import terminate_as_interrupt
from hub.sync.inherited import open_inherited_cases
from hub.sync.late import project_late
from hub.web.site.metrics import MetricsDoor
from shared.kernel.settings import SettingsFault
from shared.pipeline.loop import run_node
from shared.sync.hosts import in_url

GRACE_SECONDS = 5
BACKLOG_MAX = 512
RENEW_SECONDS = 3_600
IDLE_SECONDS = 60
"""Longer than an edge keeps an idle connection, so that none is closed under a request on its way to us."""
log = structlog.get_logger("hub.serve")


class AddressTaken(DatabaseFault):
    """Another program listens where the hub should."""

    code = "hub.address_taken"
    sentence = "The hub cannot listen on {host}, port {port}: {reason}. Stop the other program or choose another port."


class HubServer(uvicorn.Server):
    """uvicorn that ends by returning, so that everything around it ends in order, and lets live pages go first.

    `plain` is a second listener of the same application, for callers on this machine; TLS or not is the listener's.
    """

    def __init__(
        self, config: uvicorn.Config, app: HubApp, say: Callable[[str], None], plain: socket.socket | None = None
    ) -> None:
        super().__init__(config)
        self._app = app
        self._say = say
        self._plain = plain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where the hub serves, once it answers there."""
        await super().startup(sockets=sockets)
        if self._plain is not None:
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_server(self._protocol, sock=self._plain, backlog=BACKLOG_MAX))
        said = f"{'https' if self.config.ssl else 'http'}://{in_url(self.config.host)}:{self.config.port}"
        beside = f", and http://{PLAIN_HOST}:{self._plain.getsockname()[1]} on this machine" if self._plain else ""
        self._say(f"The hub serves {said}{beside}")

    def _protocol(self) -> asyncio.Protocol:
        """A connection of the second listener, counted and ended with all others."""
        kind: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM without raising them again."""
        before = {sign: signal.signal(sign, self.handle_exit) for sign in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End live streams, then the server."""
        self._app.live.stop()
        super().handle_exit(sig, frame)


def serve(settings: HubSettings, say: Callable[[str], None]) -> None:
    """Serve until a signal; raises what hinders the start, a sentence each."""
    set_up_logs()
    place = HubPlace(settings)
    entrance.check(settings)
    with terminate_as_interrupt(), place.database(say) as address:
        migrate(address)
        with place.published(address):
            run_node(_serve(place, address, say))


async def _serve(place: HubPlace, address: PostgresAddress, say: Callable[[str], None]) -> None:
    settings = place.settings
    keys, here = place.keys(), place.open_entrance()
    async with open_hub(address, keys, entrance=here, erased=place.erased, generations=place.generations) as hub:
        app = make_app(hub, MetricsDoor(settings.plain_port, settings.metrics_token))
        await erase_again(hub, place.erased)  # somebody may have put the database back by hand
        await project_late(hub)
        await open_inherited_cases(hub)
        tls = entrance.server_tls(settings, place.folder, lambda: hub.clock.now().wall_ms)
        with ExitStack() as listeners:
            listening = listeners.enter_context(closing(_listen(settings.host, settings.port)))
            plain = None
            if settings.plain_port is not None:
                plain = listeners.enter_context(closing(_listen(PLAIN_HOST, settings.plain_port)))
            renewing = asyncio.create_task(_renew(tls)) if tls else None
            try:
                async with announced(settings, keys.node_id, here):
                    await HubServer(_config(app, settings, tls), app, say, plain).serve(sockets=[listening])
            finally:
                if renewing:
                    renewing.cancel()


def _config(app: HubApp, settings: HubSettings, tls: ServerTls | None) -> uvicorn.Config:
    config = uvicorn.Config(
        app.asgi,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
        backlog=BACKLOG_MAX,
    )
    config.load()
    config.ssl = tls.context if tls else None
    return config


async def _renew(tls: ServerTls) -> None:
    """Look at the certificate now and then; when it cannot be renewed, the one that is shown lasts for weeks yet."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            tls.renew()
        except (SettingsFault, DatabaseFault, OSError) as problem:
            log.error("certificate_not_renewed", problem=str(problem))  # noqa: TRY400 - the sentence says it all


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; its protocol is named, since only then asyncio sends small answers at once (NODELAY)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror or "refused"
        raise AddressTaken(host=host, port=port, reason=reason) from error
    return listening
