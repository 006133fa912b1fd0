"""How one unit stands, in figures: what waits there, how long it can sell, its clock, what waits for a human here."""

from hub.web.identity.units_view import UnitFact
from hub.web.site.drift import drift_text, is_off
from hub.web.site.lag import bytes_text, certificate_text, hours_text, lag_of, lag_text
from hub.web.site.snapshot import Snapshot, UnitHeard
from hub.web.site.standing import StateTag, aside_tags
from shared.domain.identity.state import UnitCard
from shared.domain.raffle.errors import stop_words
from shared.kernel.clock import clock_text

CLOCK_TAG = StateTag("attn", "Set this clock", "clock-alert")
STOPPED_TAG = StateTag("stop", "Sells nothing", "circle-slash")
DISK_FREE_BYTES_LOW = 512 * 1024 * 1024
DISK_TAG = StateTag("attn", "Little room", "triangle-alert")


def lag_facts(now: Snapshot, unit: UnitCard) -> tuple[UnitFact, ...]:
    """What its last report says; labels say how old that is once the unit is out of reach."""
    heard = now.heard.get(unit.unit_id)
    if heard is None:
        return ()
    known = not now.silent(unit.unit_id)
    when = "" if known else f" at {clock_text(heard.heard_ms, now.zone)}"
    lag = lag_of(heard.report, heard.heard_ms, now_ms=now.read_ms, known=known)
    return (
        UnitFact("Waits there", lag_text(lag)),
        *_left(now, unit, heard, when),
        *_stops(heard, when),
        *_disk(heard, when),
    )


def _left(now: Snapshot, unit: UnitCard, heard: UnitHeard, when: str) -> tuple[UnitFact, ...]:
    """What it can still sell; a revoked unit sells nothing of it."""
    if unit.state == "revoked":
        return ()
    return (
        UnitFact(f"Numbers left{when}", f"{heard.report.numbers_left:,}"),
        UnitFact(f"Selling time left{when}", _hours(now, unit, heard)),
    )


def _hours(now: Snapshot, unit: UnitCard, heard: UnitHeard) -> str:
    hours = hours_text(heard.report)
    said = "Not known; nothing was sold in its last hour" if hours == "–" else f"{hours}, at the pace of its last hour"
    until_ms = unit.certificate_until_ms
    return said if until_ms is None else f"{said}; the certificate {certificate_text(until_ms, now.read_ms)}"


def _stops(heard: UnitHeard, when: str) -> tuple[UnitFact, ...]:
    return tuple(UnitFact(f"Stopped{when}", stop_words(hold)["reason"], STOPPED_TAG) for hold in heard.report.holds)


def _disk(heard: UnitHeard, when: str) -> tuple[UnitFact, ...]:
    free = heard.report.disk_free_bytes
    if not free:
        return ()
    return (UnitFact(f"Room on its disk{when}", bytes_text(free), DISK_TAG if free < DISK_FREE_BYTES_LOW else None),)


def clock_facts(now: Snapshot, unit: UnitCard) -> tuple[UnitFact, ...]:
    """How far its clock is off, as it was heard last."""
    ahead_ms = now.drifts.get(unit.unit_id)
    if ahead_ms is None:
        return ()
    said = drift_text(ahead_ms)
    return (UnitFact("Clock", said[0].upper() + said[1:], CLOCK_TAG if is_off(ahead_ms) else None),)


def aside_facts(now: Snapshot, unit: UnitCard) -> tuple[UnitFact, ...]:
    """What of this unit waits for a human at head office."""
    entries, cases = now.quarantined.get(unit.unit_id, 0), now.cases_about(unit.unit_id)
    tags = {tag.icon: tag for tag in aside_tags(entries, cases)}
    facts = (
        UnitFact("Stored and not shown", f"{entries:,} {'entry' if entries == 1 else 'entries'}", tags.get("scale")),
        UnitFact("Open cases", f"{cases:,}", tags.get("split")),
    )
    return tuple(fact for fact in facts if fact.tag is not None)
