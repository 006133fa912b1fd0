"""What is known of one unit, line by line: who it is, until when it may sell, what it said last."""

from hub.web.identity.units_lag import aside_facts, clock_facts, lag_facts
from hub.web.identity.units_view import UnitFact
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import held_tags, state_tags
from shared.domain.identity.state import UnitCard
from shared.kernel.clock import SECOND_MS, clock_text, paper_text
from shared.web.templates import ago

SENTENCES = {
    "enabled": "It may sell.",
    "disabled": "It sells nothing until somebody enables it. Its uploads are taken.",
    "revoked": "It never sells again. Sales that it still sends are held in a case until somebody decides.",
    "forked": "Two histories of this unit exist. Both are kept; it sells nothing until it is enrolled anew.",
    "behind": "It came back with an older memory. It sells nothing until it is enrolled anew.",
}
STOPPED_ITSELF = "Head office lets it sell, and it stopped itself. What it sold is safe and still goes up."
KIND_WORDS = {"rsu": "Handheld (RSU)", "venue": "Counter"}


def unit_sentence(unit: UnitCard, holds: tuple[str, ...] = ()) -> str:
    """What its state means, and what to do next; `holds` is what it said stops it."""
    paused = " Its uploads are paused: it keeps what it sells." if unit.paused and unit.state != "revoked" else ""
    if unit.state == "enabled" and held_tags(holds):
        return STOPPED_ITSELF + paused
    return SENTENCES.get(unit.state, "") + paused


def unit_facts(now: Snapshot, unit: UnitCard) -> tuple[UnitFact, ...]:
    """All lines, in the order in which somebody asks."""
    venue = next((venue.name for venue in now.venues if venue.venue_id == unit.venue_id), "–")
    return (
        UnitFact("Venue", venue),
        UnitFact("Kind", KIND_WORDS.get(unit.kind, unit.kind)),
        UnitFact("Code on paper", unit.code, mono=True),
        UnitFact("Epoch", str(unit.unit_epoch), mono=True),
        _certificate(now, unit),
        *_heard(now, unit),
        *lag_facts(now, unit),
        *clock_facts(now, unit),
        *aside_facts(now, unit),
    )


def _certificate(now: Snapshot, unit: UnitCard) -> UnitFact:
    if unit.certificate_until_ms is None:
        return UnitFact("Certificate", "None; added before there were any")
    tag = next((tag for tag in state_tags(unit, now.read_ms) if tag.icon == "clock-alert"), None)
    return UnitFact("Certificate valid until", paper_text(unit.certificate_until_ms, now.zone), tag)


def _heard(now: Snapshot, unit: UnitCard) -> tuple[UnitFact, ...]:
    heard = now.heard.get(unit.unit_id)
    if heard is None:
        return (UnitFact("Last seen", "Never"),)
    report = heard.report
    seen = ago(max(0, now.read_ms - heard.heard_ms) // SECOND_MS)
    when = "Now" if seen == "now" else f"{seen} ago, at {clock_text(heard.heard_ms, now.zone)}"
    return (
        UnitFact("Last seen", when),
        UnitFact("Seller", report.seller or "–"),
        UnitFact("Program", report.program or "Not said"),
    )
