"""A clock that tests move by hand."""

import time
from uuid import UUID

from shared.kernel.clock import Moment

OPENING_MS = 1_795_000_000_000
"""2026-11-18 11:06:40 UTC."""


class HandClock:
    """Stands still until a test moves it; wall and monotonic time go together until a test sets the wall alone."""

    def __init__(self, wall_ms: int = OPENING_MS) -> None:
        self.wall_ms = wall_ms
        self.boots = 0
        self._apart_ms = 0

    def now(self) -> Moment:
        """This moment."""
        return Moment(self.wall_ms, (self.wall_ms - self._apart_ms) * 1_000_000, UUID(int=7 + self.boots))

    def forward(self, ms: int) -> None:
        """Let `ms` pass."""
        self.wall_ms += ms

    def set_wall(self, wall_ms: int) -> None:
        """Somebody sets the wall clock; no time passes."""
        self._apart_ms += wall_ms - self.wall_ms
        self.wall_ms = wall_ms

    def reboot(self, wall_ms: int | None = None) -> None:
        """The machine starts again: another boot, monotonic time from zero, the wall clock as it then is."""
        self.wall_ms = self.wall_ms if wall_ms is None else wall_ms
        self._apart_ms = self.wall_ms
        self.boots += 1


class RunningClock:
    """Runs as fast as real time, from the opening on: for tests in which processes wait for each other."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.ahead_ms = 0

    def now(self) -> Moment:
        """This moment."""
        passed_ms = int((time.monotonic() - self._began) * 1_000) + self.ahead_ms
        return Moment(OPENING_MS + passed_ms, (OPENING_MS + passed_ms) * 1_000_000, UUID(int=7))
