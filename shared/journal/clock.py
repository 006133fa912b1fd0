"""The real clock of a node: the one place where it is read."""

import time
from pathlib import Path
from uuid import UUID

from shared.journal.chance import chance_id
from shared.kernel.clock import Moment

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _boot_id() -> UUID:
    try:
        return UUID(BOOT_ID.read_text().strip())
    except (OSError, ValueError):
        return chance_id()


class SystemClock:
    """Reads wall and monotonic time."""

    def __init__(self) -> None:
        self._boot_id = _boot_id()

    def now(self) -> Moment:
        """This moment."""
        return Moment(time.time_ns() // 1_000_000, time.monotonic_ns(), self._boot_id)
