"""When something truly happened, as far as evidence can say: an interval of the hub's time (design §5.8).

Nothing here trusts an edge's wall clock. An entry happened after the last signed hub time it names, and before the
hub had it. A mark (a reading of the monotonic clock that the hub heard) ties all readings of its boot to the hub's
time: it was made before the hub heard it, and not longer before than a request may be under way.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from shared.sync.protocol import CHALLENGE_MS_MAX

MARK_DELAY_MS_MAX = CHALLENGE_MS_MAX
"""A reading is sent in answer to a challenge, or in the session that followed; older ones are not taken."""
DRIFT_PPM_MAX = 200
"""A bad quartz in the sun: twice what one is sold for."""
NS_PER_MS = 1_000_000
PPM = 1_000_000


class EntryEvidence(msgspec.Struct, frozen=True):
    """What an entry says about its moment (its envelope), and when the hub received it (ms UTC)."""

    hub_time_ms: int
    boot_id: UUID
    monotonic_ns: int
    received_ms: int


class Mark(msgspec.Struct, frozen=True):
    """The hub heard at `heard_ms` that the monotonic clock of `boot_id` stood at `monotonic_ns`."""

    boot_id: UUID
    monotonic_ns: int
    heard_ms: int


class Interval(msgspec.Struct, frozen=True):
    """From `lo_ms` to `hi_ms`, both included; turned round where the evidence contradicts itself."""

    lo_ms: int
    hi_ms: int

    @property
    def sound(self) -> bool:
        """Whether one history fits all evidence; if not, somebody's clock or boot was tampered with."""
        return self.lo_ms <= self.hi_ms

    def surely_before(self, instant_ms: int) -> bool:
        """Whether all evidence says so."""
        return self.sound and self.hi_ms < instant_ms

    def surely_after(self, instant_ms: int) -> bool:
        """Whether all evidence says that it was not before `instant_ms`."""
        return self.sound and self.lo_ms >= instant_ms


def interval_of(entry: EntryEvidence, marks: Iterable[Mark]) -> Interval:
    """The interval in which the entry happened; marks of other boots say nothing."""
    lows, highs = [entry.hub_time_ms], [entry.received_ms]
    for mark in marks:
        if mark.boot_id != entry.boot_id:
            continue
        later_ms = (entry.monotonic_ns - mark.monotonic_ns) // NS_PER_MS
        slack_ms = abs(later_ms) * DRIFT_PPM_MAX // PPM + 1
        lows.append(mark.heard_ms - MARK_DELAY_MS_MAX + later_ms - slack_ms)
        highs.append(mark.heard_ms + later_ms + slack_ms)
    return Interval(max(lows), min(highs))
