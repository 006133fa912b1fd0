"""The real clock of a node: the one place where it is read."""

import time
from pathlib import Path
from uuid import UUID

from shared.journal.chance import chance_id
from shared.kernel.clock import Moment

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Where the machine has it, a clock that goes on while a handheld sleeps in its drawer."""


def _boot_id() -> UUID:
    try:
        return UUID(BOOT_ID.read_text().strip())
    except (OSError, ValueError):
        return chance_id()


def steady_s() -> float:
    """Seconds that only go forward, and go on while the machine sleeps where it has such a clock."""
    return time.clock_gettime(STEADY)


class SystemClock:
    """Reads wall and monotonic time."""

    def __init__(self) -> None:
        self._boot_id = _boot_id()

    def now(self) -> Moment:
        """This moment."""
        return Moment(time.time_ns() // 1_000_000, time.clock_gettime_ns(STEADY), self._boot_id)
