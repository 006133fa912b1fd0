"""The edge's process: one uvicorn server that ends cleanly on SIGTERM or Ctrl-C.

It speaks plain HTTP. On its own machine nobody reads along; on any other address it serves all the same and warns, at
every start and in the doctor. It does not refuse a PIN there: a venue whose tablets come through a proxy that ends TLS
looks the same from here as one without, and a counter that turns its sellers away in the evening does more harm than a
PIN that only sells at this one unit. With TLS in front, let the unit listen on 127.0.0.1 and the warning goes.
"""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from types import FrameType
from typing import Any

import msgspec
import structlog
import uvicorn

from edge.discovery.nodes import neighbourhood
from edge.runtime.app import edge_app
from edge.runtime.enrol import is_enrolled
from edge.runtime.settings import Settings
from edge.runtime.unit import Unit, open_unit
from edge.runtime.world import World
from shared.kernel.errors import TillhouseError
from shared.nearby.signs import EdgeSign
from shared.pipeline.loop import run_node
from shared.sync.hosts import is_loopback

log = structlog.get_logger()
GRACE_S = 5


PLAIN = (
    "pages and PINs go in the clear over the network; let a proxy on this machine end TLS and listen on 127.0.0.1, "
    "or keep to a network of the venue's own"
)


class AddressTaken(TillhouseError):
    """The port is somebody else's."""

    code = "edge.address_taken"
    sentence = "Port {port} on {host} is not free ({reason}). Stop what listens there, or choose another with --port."


class EdgeServer(uvicorn.Server):
    """Says when it listens; ends the streams of changes first, so that nobody waits for them."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    def finish(self) -> None:
        """End after the answers that are on their way; whoever serves decides what comes next."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            log.info("edge serves", url=f"http://{host}:{port}", version=version("tillhouse"))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close streams, then connections; the unit comes after them."""
        self._end_streams()
        await super().shutdown(sockets)


def set_up_logs() -> None:
    """Lines of key=value on stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def serve(settings: Settings, world: World) -> None:
    """Serve until a signal ends it; the unit's own error, or AddressTaken, when it cannot begin."""
    set_up_logs()
    told_to_end = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature is the signal module's
        """Before the server takes signals itself, and once more after it has closed: the unit closes next."""
        told_to_end.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with closing(_listen(settings)) as listener:
        if not is_loopback(settings.host):
            log.warning(PLAIN, host=settings.host)
        run_node(_serve(settings, world, listener, told_to_end))


async def _serve(settings: Settings, world: World, listener: socket.socket, told_to_end: threading.Event) -> None:
    """Serve, and open anew after each enrolment, until a signal."""
    async with neighbourhood(on=settings.discovery == "on", named=settings.discovery_interfaces) as nearby:
        world = msgspec.structs.replace(world, nearby=nearby)
        while not told_to_end.is_set():
            if not is_enrolled(settings):
                await _serve_enrolment(settings, world, listener)
                continue
            async with open_unit(settings, world) as unit:
                if told_to_end.is_set():
                    return
                await _serve_unit(unit, listener)


async def _serve_unit(unit: Unit, listener: socket.socket) -> None:
    """The pages of a unit that is somebody, announced to the networks that reach it."""
    server = EdgeServer(_config(edge_app(unit)), unit.changes.end)
    unit.reopen = server.finish
    who = unit.membership.unit
    sign, port = EdgeSign(who.unit_id, who.kind, who.code), listener.getsockname()[1]
    async with unit.world.nearby.announcing(sign, host=unit.settings.host, port=port):
        await server.serve([listener.dup()])


async def _serve_enrolment(settings: Settings, world: World, listener: socket.socket) -> None:
    """The one page of a unit that belongs to nobody yet."""
    from edge.runtime.enrol_app import enrol_app

    served: list[EdgeServer] = []

    def done() -> None:
        served[0].finish()

    app = enrol_app(settings, world, done)
    served.append(EdgeServer(_config(app)))
    log.info("not enrolled; open the page and type the code from the hub")
    await served[0].serve([listener.dup()])


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_S, server_header=False
    )


def _listen(settings: Settings) -> socket.socket:
    """The listening socket, taken before anything else is opened."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio sets NODELAY
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise AddressTaken(port=settings.port, host=settings.host, reason=error.strerror or "refused") from error
    return listener
