"""Units as head office sees them: what each said last, what it sold, who needs somebody; trouble first."""

from typing import Literal
from uuid import UUID

from hub.web.site.drift import drift_text, is_off
from hub.web.site.lag import hours_text, lag_of, lag_words
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import aside_tags, held_tags, state_tags, trouble_rank
from hub.web.site.unit_view import UnitView
from shared.domain.identity.state import UnitCard
from shared.kernel.money import Money

NUMBERS_PERCENT_LOW = 10
BATTERY_PERCENT_LOW = 20
Printer = Literal["ready", "low", "out", "unknown"]
PRINTERS: dict[str, Printer] = {
    "ready": "ready", "busy": "ready", "paper_low": "low", "paper_out": "out", "cover_open": "out",
    "waiting": "ready",
}  # fmt: skip
"""What units report (edge printer states) in the three words of head office."""


def unit_views(now: Snapshot) -> list[UnitView]:
    """All units: the stopped first, then those out of reach, those that run out of something, by waiting, by name."""
    return sorted((unit_view(now, unit) for unit in now.units), key=_trouble)


def unit_view(now: Snapshot, unit: UnitCard) -> UnitView:
    """One unit; what it sold is of the main event."""
    heard = now.heard.get(unit.unit_id)
    report, silent = (heard.report if heard else None), now.silent(unit.unit_id)
    ahead_ms = now.drifts.get(unit.unit_id)
    sells_here = now.main is not None and now.main.venue_id == unit.venue_id and unit.state != "revoked"
    left = report.numbers_left if report and sells_here else None
    return UnitView(
        name=unit.name,
        href=f"/units/{unit.unit_id}",
        seller=report.seller if report else "",
        waiting=report.waiting if report else None,
        waiting_known=not silent,
        seen_s=max(0, now.read_ms - heard.heard_ms) // 1_000 if heard else None,
        sold=sold_by(now, unit.unit_id),
        numbers_percent=None if left is None or not now.main else min(100, left * 100 // now.main.lease_count),
        numbers_left=left,
        printer="unknown" if silent or report is None else PRINTERS.get(report.printer, "unknown"),
        battery=None if silent or report is None else report.battery_percent,
        kind="RSU" if unit.kind == "rsu" else "Counter",
        venue=next((venue.name for venue in now.venues if venue.venue_id == unit.venue_id), ""),
        clock="" if ahead_ms is None else drift_text(ahead_ms),
        clock_off=ahead_ms is not None and is_off(ahead_ms),
        tags=state_tags(unit, now.read_ms) + (held_tags(report.holds) if report and not _is_gone(unit) else ()),
        lag=lag_words(lag_of(report, heard.heard_ms, now_ms=now.read_ms, known=not silent)) if heard and report else "",
        hours=hours_text(report) if report and left is not None else "",
        asides=aside_tags(now.quarantined.get(unit.unit_id, 0), now.cases_about(unit.unit_id)),
    )


def sold_by(now: Snapshot, unit_id: UUID) -> Money:
    """What the unit sold of the main event."""
    currency = now.main.currency if now.main else now.organization.currency
    main_id = now.main.event_id if now.main else None
    minor = sum(one.amount_minor for one in now.unit_totals if (one.node_id, one.event_id) == (unit_id, main_id))
    return Money(minor, currency)


def is_low(unit: UnitView) -> bool:
    """Whether the unit runs out of numbers, paper or battery."""
    numbers = unit.numbers_percent is not None and unit.numbers_percent < NUMBERS_PERCENT_LOW
    battery = unit.battery is not None and unit.battery < BATTERY_PERCENT_LOW
    return numbers or battery or unit.printer in {"low", "out"}


def needs_nothing(unit: UnitView) -> bool:
    """Level: in reach, enabled, nothing waiting, nothing low."""
    return not unit.tags and unit.waiting_known and not unit.waiting and not is_low(unit) and unit.waiting is not None


def _is_gone(unit: UnitCard) -> bool:
    return unit.state == "revoked"


def _trouble(unit: UnitView) -> tuple[bool, int, bool, bool, int, str]:
    gone = any(tag.level == "calm" for tag in unit.tags)
    return (gone, trouble_rank(unit.tags), unit.waiting_known, not is_low(unit), -(unit.waiting or 0), unit.name)
