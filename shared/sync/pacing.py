"""How many entries go up at once, and how often a unit reports, by how hub and line took the last (design §5.9).

Bundles have 64 to 1,000 entries.

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
REPORT_MS = 2_000
REPORT_MS_MAX = 8_000
"""With the answer's own time well below what a hub waits before it calls a unit silent."""
REPORT_REST = 4
"""So many times as long as the last report's answer took, the next waits."""


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


def report_after(took_ms: int) -> int:
    """When the next report is due (ms) after one that took so long to be answered.

    Two hundred units that come back at once, each with a report every two seconds, would themselves be what makes the
    hub slow; so a slow answer is a request for fewer.
    """
    return max(REPORT_MS, min(REPORT_REST * took_ms, REPORT_MS_MAX))
