"""`tillhouse hub serve`: database, migrations, server; whatever ends it, the database is stopped after the server."""

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from hub.runtime.app import HubApp, make_app
from hub.runtime.hub import open_hub
from hub.runtime.logs import set_up_logs
from hub.runtime.migrate import migrate
from hub.runtime.place import HubPlace
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_faults import DatabaseFault
from hub.runtime.settings import HubSettings
from hub.runtime.signals import terminate_as_interrupt
from shared.pipeline.loop import run_node

GRACE_SECONDS = 5
BACKLOG_MAX = 512


class AddressTaken(DatabaseFault):
    """Another program listens where the hub should."""

    code = "hub.address_taken"
    sentence = "The hub cannot listen on {host}, port {port}: {reason}. Stop the other program or choose another port."


class HubServer(uvicorn.Server):
    """uvicorn that ends by returning, so that everything around it ends in order, and lets live pages go first."""

    def __init__(self, config: uvicorn.Config, app: HubApp, say: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._say = say

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where the hub serves, once it answers there."""
        await super().startup(sockets=sockets)
        self._say(f"The hub serves http://{self.config.host}:{self.config.port}")

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
    with terminate_as_interrupt(), place.database(say) as address:
        migrate(address)
        with place.published(address):
            run_node(_serve(place, address, say))


async def _serve(place: HubPlace, address: PostgresAddress, say: Callable[[str], None]) -> None:
    settings = place.settings
    async with open_hub(address, place.keys()) as hub:
        app = make_app(hub)
        config = uvicorn.Config(
            app.asgi,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            backlog=BACKLOG_MAX,
        )
        listening = _listen(settings)
        try:
            await HubServer(config, app, say).serve(sockets=[listening])
        finally:
            listening.close()


def _listen(settings: HubSettings) -> socket.socket:
    """The listening socket; its protocol is named, since only then asyncio sends small answers at once (NODELAY)."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        reason = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror or "refused"
        raise AddressTaken(host=settings.host, port=settings.port, reason=reason) from error
    return listening
