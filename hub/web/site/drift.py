"""How far a unit's clock is off, in words."""

from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from shared.sync.timekeeping import JUMP_MS_MIN

RIGHT_MS_MAX = 2 * SECOND_MS
"""So much lies in the way of a report."""
STEPS = ((DAY_MS, "days"), (HOUR_MS, "h"), (MINUTE_MS, "min"), (SECOND_MS, "s"))


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
