"""How far a unit is behind, and how long it can sell: figures of its last report, as old as that is.

A unit out of reach sells on, so what waits there is at least what it said, and the oldest of it grows older.
"""

import msgspec

from shared.kernel.clock import DAY_MS, HOUR_MS, SECOND_MS
from shared.sync.protocol import UnitReport
from shared.web.templates import ago, count

HOURS_SHOWN_MAX = 48
SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


class Lag(msgspec.Struct, frozen=True):
    """What waits at a unit: entries, bytes, and how old the oldest is by the hub's clock (ms); `known` exactly or not.

    Zeros where an old program does not say.
    """

    entries: int
    bytes: int
    oldest_ms: int
    known: bool


def lag_of(report: UnitReport, heard_ms: int, *, now_ms: int, known: bool) -> Lag:
    """What waited when the unit was heard, and what has become of it since, as far as that can be known.

    The age was told as time that passed at the unit, so a clock that was set there changes nothing here.
    """
    older_ms = max(0, now_ms - heard_ms)
    oldest_ms = report.oldest_waiting_ms + older_ms if report.waiting and report.oldest_waiting_ms else 0
    return Lag(report.waiting, report.waiting_bytes, oldest_ms, known)


def lag_text(lag: Lag) -> str:
    """`None`, `12 facts, 14 kB, the oldest 3 min old`; a plus where it is at least that."""
    plus = "" if lag.known else "+"
    if not lag.entries:
        return "None" if lag.known else "None when it was seen; what it sold since waits there"
    said = [f"{lag.entries:,}{plus} {'fact' if lag.entries == 1 and lag.known else 'facts'}"]
    if lag.bytes:
        said.append(f"{bytes_text(lag.bytes)}{plus}")
    if lag.oldest_ms:
        said.append(f"the oldest {ago(lag.oldest_ms // SECOND_MS)} old")
    return ", ".join(said)


def lag_words(lag: Lag) -> str:
    """The same beside a count that stands there already: `14 kB, the oldest 3 min old`; nothing when nothing waits."""
    return lag_text(lag).partition(", ")[2] if lag.entries else ""


def bytes_text(size: int) -> str:
    """`812 bytes`, `14 kB`, `2.3 MB`, `120 GB`."""
    unit, word = next(((unit, word) for unit, word in SIZES if size >= unit), (0, ""))
    if not unit:
        return f"{size} bytes"
    return f"{size / unit:.1f} {word}" if size < 10 * unit else f"{size // unit:,} {word}"


def hours_left(report: UnitReport) -> float | None:
    """How long the numbers last at the pace of the last hour; None when nothing was sold in it, or it is not told."""
    return report.numbers_left / report.sold_last_hour if report.sold_last_hour else None


def hours_text(report: UnitReport) -> str:
    """`4 h`, `35 min`, `48 h or more`; a dash while there is no pace to count with."""
    hours = hours_left(report)
    if hours is None:
        return "–"
    if hours >= HOURS_SHOWN_MAX:
        return f"{HOURS_SHOWN_MAX} h or more"
    return f"{int(hours)} h" if hours >= 2 else f"{int(hours * 60)} min"


def certificate_text(until_ms: int, now_ms: int) -> str:
    """How long a certificate still counts: `ends in 3 days`, `ends in 5 h`, `has ended`."""
    left_ms = until_ms - now_ms
    if left_ms <= 0:
        return "has ended"
    days, hours = left_ms // DAY_MS, max(1, left_ms // HOUR_MS)
    return f"ends in {count(days, 'day')}" if days >= 2 else f"ends in {hours} h"
