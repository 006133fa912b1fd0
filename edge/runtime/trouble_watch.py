"""Which states of a device are news for the journal: what lasts two seconds. A flicker is none. Pure: time arrives.

A device that goes to and fro more slowly (paper near its end switches the sensor at each slip) must not fill journal
and line either: an open trouble ends, or becomes another, half a minute after the last news at the soonest. A new
trouble of a device that was well waits for nothing.
"""

from edge.devices.status import PrinterState
from shared.kernel.clock import Moment

LASTS_MS = 2_000
QUIET_MS = 30_000
NS_PER_MS = 1_000_000
WELL = ""
WELL_STATES = (PrinterState.READY, PrinterState.BUSY)
UNDECIDED = (PrinterState.CONNECTING, PrinterState.WAITING)
"""Neither ends a trouble nor begins one."""


class TroubleWatch:
    """Follows one device. `noted` is the trouble that the journal holds as open, empty for none."""

    def __init__(self, noted: str = WELL) -> None:
        self.noted = noted
        self._word = noted
        self._since: Moment | None = None
        self._told: Moment | None = None

    def saw(self, state: PrinterState, now: Moment) -> None:
        """The device is in this state from now on."""
        if state in UNDECIDED:
            return
        word = WELL if state in WELL_STATES else state.value
        if word != self._word or self._since is None:
            self._word, self._since = word, now

    def news(self, now: Moment) -> str | None:
        """The trouble that became certain, WELL for the end of it, None for no news."""
        if self._word == self.noted or not self.lasts(now, LASTS_MS):
            return None
        if self.noted != WELL and self._told is not None and _ms_between(self._told, now) < QUIET_MS:
            return None
        self.noted, self._told = self._word, now
        return self._word

    def lasts(self, now: Moment, for_ms: int) -> bool:
        """Whether what was seen last has been so for `for_ms`."""
        since = self._since
        return since is not None and _ms_between(since, now) >= for_ms


def _ms_between(since: Moment, now: Moment) -> int:
    return (now.monotonic_ns - since.monotonic_ns) // NS_PER_MS
