"""Logs of the hub: key=value lines on stderr, without secrets; a library's own words only from warning upwards."""

import logging
import sys

import structlog


def set_up_logs() -> None:
    """Once, when a hub begins to serve."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="level=%(levelname)s log=%(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
