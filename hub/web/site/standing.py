"""How a unit stands, in words and in the form of their level: calm, waiting, attention, stop (handbook, Principles)."""

from typing import Literal

import msgspec

from shared.domain.identity.state import UnitCard
from shared.kernel.clock import DAY_MS

CERTIFICATE_MS_MIN = 3 * DAY_MS
"""A unit that is seen now and then has a new certificate long before; with less left it was not seen for weeks."""
TagLevel = Literal["calm", "done", "wait", "attn", "stop"]


class StateTag(msgspec.Struct, frozen=True):
    """One word about a unit, in the form of its level."""

    level: TagLevel
    word: str
    icon: str


STATES = {
    "forked": StateTag("stop", "Fork", "git-fork"),
    "behind": StateTag("stop", "Came back older", "history"),
    "disabled": StateTag("attn", "Disabled", "circle-slash"),
    "revoked": StateTag("calm", "Revoked", "x"),
}
HELD = {
    "storage": StateTag("stop", "Disk full", "circle-slash"),
    "witness": StateTag("stop", "Older than its record", "history"),
    "clock": StateTag("stop", "Clock jumped", "clock-alert"),
}
"""What a unit says stops it; the causes `hub` and `certificate` are known here better than there."""
ENABLED = StateTag("done", "Enabled", "check")
PAUSED = StateTag("wait", "Uploads paused", "pause")
NOT_ENROLLED = StateTag("wait", "Not yet enrolled", "hourglass")
LEVELS: tuple[TagLevel, ...] = ("stop", "attn", "wait")


def state_tags(unit: UnitCard, now_ms: int) -> tuple[StateTag, ...]:
    """What is not as it should be, the worst first; nothing about a unit that is enabled and well."""
    certificate = None if unit.state == "revoked" else _certificate(unit.certificate_until_ms, now_ms)
    paused = PAUSED if unit.paused and unit.state != "revoked" else None
    found = [STATES.get(unit.state), certificate, paused]
    return tuple(tag for tag in found if tag is not None)


def held_tags(holds: tuple[str, ...]) -> tuple[StateTag, ...]:
    """What stops a unit that head office lets sell, as it said last."""
    return tuple(tag for cause, tag in HELD.items() if cause in {hold.partition(":")[0] for hold in holds})


def aside_tags(entries: int, cases: int) -> tuple[StateTag, ...]:
    """What of a unit waits for a human here: entries in quarantine, and open cases."""
    held = StateTag("attn", f"{entries:,} in quarantine", "scale") if entries else None
    opened = StateTag("attn", "1 open case" if cases == 1 else f"{cases:,} open cases", "split") if cases else None
    return tuple(tag for tag in (held, opened) if tag is not None)


def trouble_rank(tags: tuple[StateTag, ...]) -> int:
    """0 for a unit that is stopped, then those that need attention, those that wait, and 3 for all others."""
    return min((LEVELS.index(tag.level) for tag in tags if tag.level in LEVELS), default=len(LEVELS))


def _certificate(until_ms: int | None, now_ms: int) -> StateTag | None:
    if until_ms is None or until_ms - now_ms > CERTIFICATE_MS_MIN:
        return None
    if until_ms <= now_ms:
        return StateTag("stop", "Certificate ended", "clock-alert")
    days = -(-(until_ms - now_ms) // DAY_MS)
    word = "Certificate ends within a day" if days == 1 else f"Certificate ends in {days} days"
    return StateTag("attn", word, "clock-alert")
