"""The clock of a unit: the machine's own clocks, watched, so that a wall clock that jumps takes nobody along.

What a reading means is decided in `shared/sync/timekeeping.py`; `clock_watch.py` writes down what happened. Any
thread may ask the time.
"""

import threading

import msgspec

from shared.domain.identity.state import CLOCK_HOLD
from shared.kernel.clock import Clock, Moment
from shared.sync import timekeeping
from shared.sync.timekeeping import JUMP_MS_MIN, NS_PER_MS, Doubt, Timekeeping


class Corrected(msgspec.Struct, frozen=True):
    """The hub's signed time at work: it ended a doubt, or (`moved`) changed the unit's time by more than drift."""

    from_ms: int
    to_ms: int
    moved: bool


class WatchedClock:
    """Tells the unit's own time; `raw` is what the machine says."""

    def __init__(self, source: Clock, state: Timekeeping, *, untold: Doubt | None = None) -> None:
        """`untold` is a doubt of `state` that the journal does not hold yet."""
        self._source = source
        self._state = state
        self._lock = threading.Lock()
        self._untold: list[Doubt | Corrected] = [untold] if untold else []

    def now(self) -> Moment:
        """This moment in the unit's own time."""
        with self._lock:
            return self._read()

    def raw(self) -> Moment:
        """What the machine's clocks say, unwatched: for the hub's table of drift."""
        raw = self._source.now()
        return msgspec.structs.replace(raw, wall_ms=timekeeping.wall_of(raw))

    @property
    def doubt(self) -> Doubt | None:
        """The jump that nobody has confirmed yet."""
        with self._lock:
            self._read()
            return self._state.doubt

    def doubts(self) -> tuple[str, ...]:
        """The hold of this very moment, for the writer; the row that pages and reports read comes a little later."""
        doubt = self._state.doubt
        return (f"{CLOCK_HOLD}:{doubt.cause}",) if doubt else ()

    def hub_said(self, hub_time_ms: int, heard: Moment, *, is_fresh: bool = False) -> None:
        """The hub's own time as it came in a verified answer, and the moment (own or raw) at which it was read.

        `is_fresh`: it answers what this unit has just asked, so it is the hub's time of now.
        """
        with self._lock:
            before_ms, doubted = self._read().wall_ms, self._state.doubt is not None
            raw = self._source.now()
            passed_ms = (raw.monotonic_ns - heard.monotonic_ns) // NS_PER_MS
            then = Moment(raw.wall_ms - passed_ms, heard.monotonic_ns, heard.boot_id)
            state = timekeeping.hear_hub(self._state, hub_time_ms, then, is_fresh=is_fresh)
            if state is self._state:
                return
            self._state = state
            after_ms = timekeeping.own_time(state, raw)
            moved = not doubted and abs(after_ms - before_ms) > JUMP_MS_MIN
            if doubted or moved:
                self._untold.append(Corrected(before_ms, after_ms, moved))

    def confirm(self, wall_ms: int) -> None:
        """A supervisor said that it is `wall_ms`."""
        with self._lock:
            self._read()
            self._state = timekeeping.confirm(self._state, wall_ms, self._source.now())

    def remembered(self) -> Timekeeping:
        """The state, to be stored."""
        with self._lock:
            self._read()
            return timekeeping.remembered(self._state, self._source.now())

    def untold(self) -> Doubt | Corrected | None:
        """The oldest thing that is not written down yet; `told` takes it away."""
        return self._untold[0] if self._untold else None

    def told(self) -> None:
        """The oldest thing stands in the journal."""
        self._untold.pop(0)

    def _read(self) -> Moment:
        raw, before = self._source.now(), self._state.doubt
        self._state = timekeeping.read(self._state, raw)
        if self._state.doubt is not None and self._state.doubt != before:
            self._untold.append(self._state.doubt)
        own_ms = timekeeping.own_time(self._state, raw)
        return msgspec.structs.replace(raw, wall_ms=own_ms, hub_time_ms=self._state.hub_ms)
