"""Time as a value: evidence, never an arbiter (design §5.8)."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Moment(msgspec.Struct, frozen=True):
    """One reading of a node's clocks: wall (ms UTC), monotonic (ns), the boot it belongs to, last signed hub time."""

    wall_ms: int
    monotonic_ns: int
    boot_id: UUID
    hub_time_ms: int = 0


class Clock(Protocol):
    """Where a node reads its moments; tests hand in one they can move."""

    def now(self) -> Moment: ...


def at(wall_ms: int, zone: str) -> datetime:
    """The instant as wall time of the venue's IANA zone."""
    return datetime.fromtimestamp(wall_ms / 1_000, tz=UTC).astimezone(ZoneInfo(zone))


def clock_text(wall_ms: int, zone: str) -> str:
    """24 h clock of the venue: `20:14`."""
    return at(wall_ms, zone).strftime("%H:%M")


def paper_text(wall_ms: int, zone: str) -> str:
    """ISO date and 24 h time for paper (GLI-31 2.3.1 d): `2026-11-21 20:14`."""
    return _paper_minute(wall_ms // MINUTE_MS, zone)


@lru_cache(maxsize=1_024)
def _paper_minute(minute: int, zone: str) -> str:
    return at(minute * MINUTE_MS, zone).strftime("%Y-%m-%d %H:%M")
