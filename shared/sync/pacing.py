"""How many entries go up at once: 64 to 1,000, by how the line took the last bundle (design §5.9).

The first try is the largest, so a good line takes a backlog in as few rounds as can be. A push that failed or was slow
makes the next the smallest: what a bad line carries before it breaks again counts, for the hub keeps whole bundles
alone. From there each quick push doubles the next.
"""

from shared.kernel.limits import BUNDLE_ENTRIES_MAX

PUSH_ENTRIES_MIN = 64
PUSH_ENTRIES_MAX = BUNDLE_ENTRIES_MAX
QUICK_MS_MAX = 1_000
SLOW_MS_MIN = 4_000
"""Four of these fit into what a unit waits for an answer."""


def after_push(most: int, *, sent: int, took_ms: int) -> int:
    """The most entries of the next bundle, after `sent` of at most `most` went up in `took_ms`.

    A quick one that was not full says nothing of a larger one; a slow one says enough, however small it was.
    """
    if took_ms >= SLOW_MS_MIN:
        return PUSH_ENTRIES_MIN
    if took_ms <= QUICK_MS_MAX and sent >= most:
        return min(2 * most, PUSH_ENTRIES_MAX)
    return most


def after_failure() -> int:
    """The most entries of the next bundle, after one that did not arrive or whose answer did not."""
    return PUSH_ENTRIES_MIN
