"""Which states of a device are news for the journal: what lasts two seconds. A flicker is none. Pure: time arrives."""

from edge.devices.status import PrinterState
from shared.kernel.clock import Moment

LASTS_MS = 2_000
NS_PER_MS = 1_000_000
WELL = ""
WELL_STATES = (PrinterState.READY, PrinterState.BUSY)
UNDECIDED = (PrinterState.CONNECTING,)
"""Neither ends a trouble nor begins one."""


class TroubleWatch:
    """Follows one device. `noted` is the trouble that the journal holds as open, empty for none."""

    def __init__(self, noted: str = WELL) -> None:
        self.noted = noted
        self._word = noted
        self._since: Moment | None = None

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
        self.noted = self._word
        return self._word

    def lasts(self, now: Moment, for_ms: int) -> bool:
        """Whether what was seen last has been so for `for_ms`."""
        since = self._since
        return since is not None and (now.monotonic_ns - since.monotonic_ns) // NS_PER_MS >= for_ms
