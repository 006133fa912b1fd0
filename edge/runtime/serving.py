"""The edge's process: one uvicorn server that ends cleanly on SIGTERM or Ctrl-C."""

import logging
import signal
import socket
import sys
import threading
from contextlib import closing
from importlib.metadata import version
from types import FrameType

import structlog
import uvicorn

from edge.runtime.app import edge_app
from edge.runtime.settings import Settings
from edge.runtime.unit import Unit, open_unit
from edge.runtime.world import World
from shared.kernel.errors import TillhouseError
from shared.pipeline.loop import run_node

log = structlog.get_logger()
GRACE_S = 5


class AddressTaken(TillhouseError):
    """The port is somebody else's."""

    code = "edge.address_taken"
    sentence = "Port {port} on {host} is not free ({reason}). Stop what listens there, or choose another with --port."


class EdgeServer(uvicorn.Server):
    """Says when it listens; ends the streams of changes first, so that nobody waits for them."""

    def __init__(self, unit: Unit, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._unit = unit

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            log.info("edge serves", url=f"http://{host}:{port}", version=version("tillhouse"))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close streams, then connections; the unit comes after them."""
        self._unit.changes.end()
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
        run_node(_serve(settings, world, listener, told_to_end))


async def _serve(settings: Settings, world: World, listener: socket.socket, told_to_end: threading.Event) -> None:
    async with open_unit(settings, world) as unit:
        if told_to_end.is_set():
            return
        config = uvicorn.Config(
            edge_app(unit),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
        )
        await EdgeServer(unit, config).serve([listener])


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
