"""What time an edge says it is: its own wall clock is evidence, not arbiter (design §5.8).

Within a boot the monotonic clock carries the time and the wall clock may only nudge it forward. A wall clock that
jumped is in doubt until the hub's signed time or a supervisor says what time it is; meanwhile time goes on steadily
from where it was. After a reboot only the wall clock is left, held from below by what this edge wrote last.

The time given out is the latest of all that may be true (wall clock, steady time, hub time), so a close is obeyed at
the earliest possible moment. Pure: readings come in as values, a new state comes out.
"""

from uuid import UUID

import msgspec

from shared.kernel.clock import MINUTE_MS, SECOND_MS, Moment

JUMP_MS_MIN = 5 * MINUTE_MS
"""A wall clock that is off by more than this has jumped; less is drift, and is followed in silence."""
FRESH_MS_MAX = 30 * SECOND_MS
"""So long an answer takes at most that is the hub's word of now; a proxy may drip it for hours, a machine may sleep."""
EARLIEST_MS = 1_767_225_600_000
"""2026-01-01: before this program existed it was never used."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01: a clock that says later is broken."""
WALL_MS_MAX = 250_000_000_000_000
"""In the year 9892: calendars end a little later."""
NS_PER_MS = 1_000_000


class Doubt(msgspec.Struct, frozen=True):
    """An unconfirmed jump: the time was `from_ms` when the wall clock said `to_ms`; `cause` is jumped or reboot."""

    from_ms: int
    to_ms: int
    cause: str


class Timekeeping(msgspec.Struct, frozen=True):
    """The state of an edge's time. Offsets (ms) are what is added to the monotonic clock of boot `boot_id`.

    `own_ms` gives the time that is told, `vouched_ms` the time that the hub, a supervisor or the start of the boot
    vouched for, `hub_offset_ms` the hub's (None: not heard in this boot). `shift_ms` is what the wall clock is known
    to be wrong by; `hub_ms` is the last signed hub time itself, `seen_ms` the last time told that was remembered.
    """

    boot_id: UUID
    own_ms: int
    vouched_ms: int
    shift_ms: int = 0
    hub_ms: int = 0
    hub_offset_ms: int | None = None
    seen_ms: int = 0
    doubt: Doubt | None = None


def begin(before: Timekeeping | None, last: Moment | None, raw: Moment) -> Timekeeping:
    """The state when an edge starts: `before` is what it remembered, `last` stands in its last journal entry."""
    if before is not None and before.boot_id == raw.boot_id:
        own_ms = max([before.own_ms, *_offsets_of(last, raw)])
        return read(msgspec.structs.replace(before, own_ms=own_ms), raw)
    floor_ms = max(EARLIEST_MS, last.wall_ms if last else 0, before.hub_ms if before else 0)
    floor_ms = min(max(floor_ms, before.seen_ms if before else 0), WALL_MS_MAX)
    wall_ms, steady_ms = wall_of(raw), _steady(raw)
    known_wrong = before is not None and (before.doubt is not None or before.shift_ms != 0)
    trusted = not known_wrong and floor_ms - JUMP_MS_MIN <= wall_ms <= LATEST_MS
    start_ms = max(floor_ms, wall_ms) if trusted else floor_ms
    return Timekeeping(
        boot_id=raw.boot_id,
        own_ms=start_ms - steady_ms,
        vouched_ms=start_ms - steady_ms,
        hub_ms=before.hub_ms if before else 0,
        seen_ms=start_ms,
        doubt=None if trusted else Doubt(start_ms, wall_ms, "reboot"),
    )


def read(state: Timekeeping, raw: Moment) -> Timekeeping:
    """The state after a reading of the raw clocks; while in doubt the wall clock says nothing."""
    if raw.boot_id != state.boot_id:
        return begin(state, None, raw)
    if state.doubt is not None:
        return state
    steady_ms, wall_ms = _steady(raw), wall_of(raw)
    for shift_ms in (0, state.shift_ms):
        offset_ms = wall_ms + shift_ms - steady_ms
        if abs(offset_ms - state.vouched_ms) <= JUMP_MS_MIN:
            own_ms = max(state.own_ms, offset_ms)
            if own_ms == state.own_ms and shift_ms == state.shift_ms:
                return state
            return msgspec.structs.replace(state, own_ms=own_ms, shift_ms=shift_ms)
    return msgspec.structs.replace(state, doubt=Doubt(steady_ms + state.own_ms, wall_ms, "jumped"))


def own_time(state: Timekeeping, raw: Moment) -> int:
    """The edge's own time (ms UTC) at a reading of the state's boot; within a boot it never runs backwards."""
    return _steady(raw) + state.own_ms


def hear_hub(state: Timekeeping, hub_ms: int, raw: Moment, *, is_fresh: bool = False) -> Timekeeping:
    """The hub signed `hub_ms`, heard at `raw`: what it says is the time, also backwards.

    A time that is not later than the last, or earlier than the hub's time can be by now, comes from a page that was
    kept back; it confirms nothing. Unless it `is_fresh`, an answer to this unit that `came_at_once`: then the hub's own
    clock was ahead, and has been put right.
    """
    steady_ms = _steady(raw)
    expected_ms = steady_ms + state.hub_offset_ms - JUMP_MS_MIN if state.hub_offset_ms is not None else 0
    old = not is_fresh and (hub_ms <= state.hub_ms or hub_ms < expected_ms)
    if old or not EARLIEST_MS <= hub_ms <= LATEST_MS or raw.boot_id != state.boot_id:
        return state
    offset_ms = hub_ms - steady_ms
    near = abs(offset_ms - state.own_ms) <= JUMP_MS_MIN
    return msgspec.structs.replace(
        state,
        own_ms=max(state.own_ms, offset_ms) if near else offset_ms,
        vouched_ms=offset_ms,
        shift_ms=_shift(offset_ms, raw),
        hub_ms=hub_ms,
        hub_offset_ms=offset_ms,
        doubt=None,
    )


def came_at_once(*, asked: Moment, heard: Moment) -> bool:
    """Whether what was asked and what was heard whole lie so near each other that the answer is one of now.

    Steady time alone is asked, which goes on while a machine sleeps; the wall clock may have been set in between.
    """
    took_ms = _steady(heard) - _steady(asked)
    return heard.boot_id == asked.boot_id and 0 <= took_ms <= FRESH_MS_MAX


def confirm(state: Timekeeping, wall_ms: int, raw: Moment) -> Timekeeping:
    """A supervisor says that it is `wall_ms`; nobody but the hub moves the time back."""
    own_ms = max(state.own_ms, min(wall_ms, LATEST_MS) - _steady(raw))
    shift_ms = _shift(own_ms, raw)
    return msgspec.structs.replace(state, own_ms=own_ms, vouched_ms=own_ms, shift_ms=shift_ms, doubt=None)


def remembered(state: Timekeeping, raw: Moment) -> Timekeeping:
    """The state as it is stored: with the time it was, below which a later boot never begins."""
    return msgspec.structs.replace(state, seen_ms=own_time(state, raw))


def wall_of(raw: Moment) -> int:
    """The raw wall clock, within what a database and a calendar can hold."""
    return max(-WALL_MS_MAX, min(WALL_MS_MAX, raw.wall_ms))


def _steady(raw: Moment) -> int:
    return raw.monotonic_ns // NS_PER_MS


def _shift(offset_ms: int, raw: Moment) -> int:
    """What the wall clock is wrong by, when the time is `offset_ms` over the monotonic clock; drift is no wrong."""
    off_ms = _steady(raw) + offset_ms - wall_of(raw)
    return off_ms if abs(off_ms) > JUMP_MS_MIN else 0


def _offsets_of(last: Moment | None, raw: Moment) -> list[int]:
    """The offset that the last entry proves at least: it happened in this boot at its reading, or before `raw`."""
    if last is None:
        return []
    at_ms = _steady(last) if last.boot_id == raw.boot_id else _steady(raw)
    return [min(last.wall_ms, WALL_MS_MAX) - at_ms]
