"""How a supervisor treats a line that other units use too: short visits, a turn that ends, and patience.

A printer on the network serves one caller at a time. So nobody holds its line while nothing is to be printed: a unit
looks at it now and then, takes it when a slip comes, and lets go soon after. Who prints much lets go between two slips
from time to time, for longer than the others wait between two calls.
"""

from enum import Enum

import msgspec

from edge.devices.lines.transport import PrinterRefused
from shared.kernel.errors import DeviceFault


class Manners(msgspec.Struct, frozen=True):
    """In milliseconds.

    The line is kept for `linger_ms` after a slip, in case another follows, and for `turn_ms` where they do not end;
    then it is free for `pause_ms`, more than `knock_ms`, after which whoever found it taken calls again. Who has
    nothing to print looks every `visit_ms` at the latest. A printer that takes no call is believed to serve another
    unit for `believed_ms` after its last answer; later it counts as away, and is called every `call_ms`.
    """

    linger_ms: int = 1_000
    turn_ms: int = 5_000
    pause_ms: int = 500
    knock_ms: int = 250
    visit_ms: int = 4_000
    believed_ms: int = 20_000
    call_ms: int = 1_000


class Ended(Enum):
    """Why the line was let go: something failed, nothing is to be done, a turn is over, or another unit has it."""

    FAILED = "failed"
    IDLE = "idle"
    TURN_OVER = "turn over"
    TAKEN = "taken"


class Turn:
    """One connection, from `begin` on, and how the calls before it went. Times are steady seconds."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.knocks = 0
        """How often in a row the line was found taken."""
        self._began_s = 0.0
        self._worked_s: float | None = None
        self._heard_s: float | None = None
        self._is_open = self._is_heard = False

    def call(self) -> None:
        """The printer is called."""
        self._is_open = self._is_heard = False

    def begin(self, now_s: float) -> None:
        """The call was taken, by whatever keeps callers waiting."""
        self._is_open = True
        self._began_s, self._worked_s = now_s, None

    def hear(self, now_s: float) -> None:
        """The printer itself answered."""
        self._is_heard, self._heard_s, self.knocks = True, now_s, 0

    def work(self, now_s: float) -> None:
        """A slip was dealt with."""
        self._worked_s = now_s

    def is_idle(self, now_s: float) -> bool:
        """Whether nothing was printed for so long that the line is let go; at once where nothing was at all."""
        return self._worked_s is None or now_s - self._worked_s >= self.manners.linger_ms / 1_000

    def is_over(self, now_s: float) -> bool:
        """Whether others come next."""
        return now_s - self._began_s >= self.manners.turn_ms / 1_000

    def finds_it_taken(self, fault: DeviceFault) -> bool:
        """Whether it may be because another unit prints: nobody took the call, or the printer never said a word."""
        taken = isinstance(fault, PrinterRefused) or (self._is_open and not self._is_heard)
        self.knocks += taken
        return taken

    def is_believed(self, now_s: float) -> bool:
        """Whether a printer that takes no call answered so lately that it is likely to be there."""
        return self._heard_s is not None and now_s - self._heard_s < self.manners.believed_ms / 1_000

    def knock_again_s(self, now_s: float, chance: float) -> float:
        """How long to wait before the next call, at least half of it."""
        longest_ms = self.manners.knock_ms if self.is_believed(now_s) else self.manners.call_ms
        return longest_ms * (1 + chance) / 2_000

    def next_visit_s(self, chance: float) -> float:
        """How long to stay away, at least half of it: no two units keep in step."""
        return self.manners.visit_ms * (1 + chance) / 2_000
