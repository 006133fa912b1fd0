"""Units' clocks as head office sees them: how far each is off, and what units told about jumps."""

from hub.web.raffle.view import ClockLineView
from hub.web.site.snapshot import Snapshot
from shared.domain.identity.queries import ClockEvent
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, paper_text
from shared.sync.timekeeping import JUMP_MS_MIN, LATEST_MS

RIGHT_MS_MAX = 2 * SECOND_MS
"""So much lies in the way of a report."""
STEPS = ((DAY_MS, "days"), (HOUR_MS, "h"), (MINUTE_MS, "min"), (SECOND_MS, "s"))
CAUSES = {
    "jumped": "The clock jumped from {before} to {after}.",
    "reboot": "It started with a clock that cannot be right: {after}; its last time was {before}.",
    "hub": "The hub’s time moved it from {before} to {after}.",
}


def drift_text(ahead_ms: int) -> str:
    """`right`, `3 s slow`, `12 min fast`, `365 days fast`."""
    off_ms = abs(ahead_ms)
    if off_ms <= RIGHT_MS_MAX:
        return "right"
    size, word = next((size, word) for size, word in STEPS if off_ms >= 2 * size or size == SECOND_MS)
    return f"{off_ms // size:,} {word} {'fast' if ahead_ms > 0 else 'slow'}"


def is_off(ahead_ms: int) -> bool:
    """Whether somebody should set this clock."""
    return abs(ahead_ms) > JUMP_MS_MIN


def clock_lines(now: Snapshot) -> tuple[ClockLineView, ...]:
    """What units told about their clocks, the newest first."""
    return tuple(_line(now, event) for event in now.clock_events)


def _line(now: Snapshot, event: ClockEvent) -> ClockLineView:
    unit = next((unit.name for unit in now.units if unit.unit_id == event.unit_id), "A unit")
    before, after = instant_text(event.from_ms, now.zone), instant_text(event.to_ms, now.zone)
    if event.what == "confirmed":
        who = now.names.get(event.staff_id, "A supervisor") if event.staff_id else "The hub’s time"
        sentence = f"{who} confirmed {after}."
    else:
        sentence = CAUSES.get(event.cause, CAUSES["jumped"]).format(before=before, after=after)
    return ClockLineView(instant_text(event.told_ms, now.zone), unit, sentence)


def instant_text(instant_ms: int, zone: str) -> str:
    """Date and time, where a calendar has one for it."""
    return paper_text(instant_ms, zone) if 0 <= instant_ms <= LATEST_MS else "no date of any calendar"
