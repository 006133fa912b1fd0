"""The page of a pairing code: whether the unit has shown it, and, this once, the code itself."""

from typing import Literal

from hub.web.identity.qr import qr_view
from hub.web.identity.units_view import CodeView, FreshCode
from hub.web.site.snapshot import Snapshot
from hub.web.site.view import HubPage
from shared.domain.identity.state import PairingCard, UnitCard
from shared.kernel.clock import MINUTE_MS, clock_text
from shared.sync.pairing import PairingCode, secret_text


def fresh_code(made: PairingCode) -> FreshCode:
    """The code as eyes, keyboards and scanners take it."""
    return FreshCode(made.text(), tuple(secret_text(made.secret).split("-")), made.url, qr_view(made.text()))


def code_view(page: HubPage, now: Snapshot, pairing: PairingCard, code: FreshCode | None = None) -> CodeView:
    """How it stands with this code now."""
    unit = _unit_of(now, pairing)
    again = pairing.unit_id is not None
    return CodeView(
        page=page,
        name=pairing.name,
        what=f"Enrol {pairing.name} anew" if again else f"Enrol {pairing.name}",
        state=_state(now, pairing, unit),
        minutes=max(0, -(-(pairing.expires_ms - now.read_ms) // MINUTE_MS)),
        until=clock_text(pairing.expires_ms, now.zone),
        unit_id=str(unit.unit_id) if unit else "",
        href=f"/units/{pairing.unit_id}" if again else "/units/add",
        code=code,
    )


def _unit_of(now: Snapshot, pairing: PairingCard) -> UnitCard | None:
    """The unit that used the code; a code on paper belongs to one unit for good."""
    if pairing.state != "used":
        return None
    mine = [unit for unit in now.units if pairing.unit_id in (unit.unit_id, None) and unit.code == pairing.code]
    return mine[0] if mine else None


def _state(now: Snapshot, pairing: PairingCard, unit: UnitCard | None) -> Literal["waits", "enrolled", "sells", "over"]:
    if unit is not None:
        return "sells" if unit.state == "enabled" else "enrolled"
    return "waits" if pairing.state == "open" and pairing.expires_ms > now.read_ms else "over"
