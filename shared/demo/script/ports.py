"""Ports for a scripted run: a row of free ones, below those that the system hands out for outgoing connections."""

import os
import socket

from shared.demo.faults import NoPorts

LOWEST, HIGHEST = 12_000, 32_000
STEP = 64


def free_ports(count: int, base: int | None = None) -> int:
    """The first of `count` free ports in a row, from `base` on; without it from a place that runs rarely share."""
    start = base or LOWEST + os.getpid() % 300 * STEP
    places = [base] if base else [*range(start, HIGHEST - count, STEP), *range(LOWEST, start, STEP)]
    for first in places:
        if all(is_free(first + place) for place in range(count)):
            return first
    raise NoPorts(count=count, base=start)


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
