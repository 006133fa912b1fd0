"""What units told about their clocks, as head office reads it."""

from hub.web.raffle.view import ClockLineView
from hub.web.site.snapshot import Snapshot
from shared.domain.identity.queries import ClockEvent
from shared.kernel.clock import paper_text
from shared.sync.timekeeping import LATEST_MS

CAUSES = {
    "jumped": "The clock jumped from {before} to {after}.",
    "reboot": "It started with a clock that cannot be right: {after}; its last time was {before}.",
    "hub": "The hub’s time moved it from {before} to {after}.",
}


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
