"""Words about devices at head office: kinds, troubles by how bad they are, firmware."""

from typing import Any
from uuid import UUID

from firmware_profiles import DRAWERS, PRINTERS, SCANNERS, Facts, Kind, ProfileInvalid, ProfileUnknown, facts
from firmware_profiles.firmware import FirmwareStanding
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import StateTag
from shared.domain.devices.queries_page import PlacedDevice
from shared.domain.devices.state import CUT_SHORT, SLIPS, roles_of

KINDS = {"printer": "Printer", "scanner": "Scanner", "drawer": "Cash drawer"}
ICONS = {"printer": "printer", "scanner": "scan-line", "drawer": "wallet"}
SHELVES: dict[str, Kind[Any]] = {"printer": PRINTERS, "scanner": SCANNERS, "drawer": DRAWERS}
WELL = StateTag("calm", "Works", "check")
TROUBLES = {
    "error": StateTag("stop", "Error", "circle-slash"),
    "absent": StateTag("stop", "Not connected", "unplug"),
    "paper_out": StateTag("stop", "Paper out", "printer-x"),
    "cover_open": StateTag("stop", "Cover open", "printer-x"),
    CUT_SHORT: StateTag("attn", "Slip cut short", "triangle-alert"),
    "paper_low": StateTag("attn", "Paper low", "printer"),
    "disabled": StateTag("wait", "Out of service", "pause"),
}
"""The worst first. A device with two troubles is shown with the worse."""
OUT = TROUBLES["disabled"]
FIRMWARE: dict[FirmwareStanding, str] = {
    "approved": "Approved",
    "old": "Approved from {minimum}",
    "untold": "Approved from {minimum}",
    "unclear": "Approved from {minimum}",
    "unknown": "No minimum known",
}
RENEW = StateTag("attn", "Renew", "triangle-alert")


def trouble_tag(trouble: str) -> StateTag:
    """A trouble as a word in its form; one that only a later program knows stands as it was told."""
    return TROUBLES.get(trouble) or StateTag("attn", trouble.replace("_", " ").capitalize(), "triangle-alert")


def trouble_word(trouble: str) -> str:
    """A trouble inside a sentence: `paper out`."""
    return trouble_tag(trouble).word.lower()


def trouble_rank(trouble: str) -> int:
    """0 for the worst."""
    names = list(TROUBLES)
    return names.index(trouble) if trouble in TROUBLES else names.index(CUT_SHORT)


def profile_facts(device: PlacedDevice) -> Facts | None:
    """What this hub's profiles know of the model; None for one that only a newer unit knows."""
    shelf = SHELVES.get(device.kind)
    try:
        found: Facts | None = facts(shelf, device.profile) if shelf else None
    except (ProfileUnknown, ProfileInvalid):
        return None
    return found


def minimum_of(known: Facts | None) -> str | None:
    """The oldest firmware that was approved, where the profile says one."""
    found = known.fact("firmware_min") if known else None
    return str(found) if found else None


def prints_words(roles_text: str) -> str:
    """`Tickets, receipts`; a dash for what prints nothing."""
    words = ", ".join(SLIPS.get(role, role) for role in roles_of(roles_text))
    return words[:1].upper() + words[1:] or "–"


def unit_name(now: Snapshot, unit_id: UUID) -> str:
    """The unit's name, also of one that only older rows know."""
    return next((unit.name for unit in now.units if unit.unit_id == unit_id), "A former unit")
