"""What happened to a device, from the journal: so it is the same after a restart as before it."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from edge.devices.status import PrinterState
from edge.runtime.unit import Unit
from edge.web.devices.show import day_clock, names_of
from edge.web.devices.view import ChangeView, Level
from edge.web.devices.words import STATES
from edge.web.site.frame import venue_zone
from shared.domain.devices.queries_page import (
    HISTORY,
    OPENINGS_OF_DEVICE,
    SLIPS_OF_DEVICE,
    OpeningLine,
    SlipLine,
    TroubleLine,
)
from shared.domain.devices.state import CUT_SHORT, SLIPS
from shared.kernel.clock import MINUTE_MS, SECOND_MS

SHOWN = 20
SOMEBODY, BY_RULE = "Somebody who left", "The unit, by rule"
SLIP_WORDS: dict[str, tuple[str, Level]] = {
    "reprinted": ("printed again", "attn"),
    "voided": ("given up", "attn"),
    "confirmed": ("did come out", "done"),
}


class Happening(msgspec.Struct, frozen=True):
    """One thing that happened: when (ms UTC), what in words, how bad, and beside it who, why or how long."""

    at_ms: int
    word: str
    level: Level
    beside: str = ""


async def happened(unit: Unit, device_id: UUID, most: int = SHOWN) -> list[Happening]:
    """The newest first."""
    names, asked = await names_of(unit), {"device_id": device_id, "most": most}
    found = [one for line in await unit.reader.many(HISTORY, **asked) for one in _trouble(line)]
    found += [_slip(line, names) for line in await unit.reader.many(SLIPS_OF_DEVICE, **asked)]
    found += [_opening(line, names) for line in await unit.reader.many(OPENINGS_OF_DEVICE, **asked)]
    return sorted(found, key=lambda one: one.at_ms, reverse=True)[:most]


async def history(unit: Unit, device_id: UUID) -> tuple[ChangeView, ...]:
    """The same as the page's lines."""
    zone = await venue_zone(unit)
    return tuple(
        ChangeView(day_clock(one.at_ms, unit.now_ms, zone), one.word, one.level, one.beside)
        for one in await happened(unit, device_id)
    )


def _trouble(line: TroubleLine) -> list[Happening]:
    """Its beginning, and its end."""
    if line.trouble == CUT_SHORT:
        return [Happening(line.since_ms, "Slip cut short", "attn")]
    state = STATES.get(PrinterState(line.trouble)) if line.trouble in set(PrinterState) else None
    word = state.word if state else line.trouble.replace("_", " ").capitalize()
    began = Happening(line.since_ms, word, state.level if state else "attn")
    if line.ended_ms is None:
        return [began]
    return [Happening(line.ended_ms, f"Over: {word.lower()}", "done", lasted(line.ended_ms - line.since_ms)), began]


def _slip(line: SlipLine, names: Mapping[UUID, str]) -> Happening:
    word, level = SLIP_WORDS.get(line.what, (line.what, "calm"))
    slip = SLIPS.get(line.role, line.role).removesuffix("s").capitalize()
    who = names.get(line.person_id, SOMEBODY) if line.person_id else BY_RULE
    return Happening(line.at_ms, f"{slip} {word}", level, who)


def _opening(line: OpeningLine, names: Mapping[UUID, str]) -> Happening:
    who = names.get(line.opened_by, SOMEBODY)
    if line.sale_id is not None and not line.reason:
        return Happening(line.at_ms, "Opened with a sale", "calm", who)
    return Happening(line.at_ms, "Opened without a sale", "attn", f"{line.reason} · {who}")


def lasted(ms: int) -> str:
    """`after 40 s`, `after 12 min`, `after 3 h`."""
    if ms < MINUTE_MS:
        return f"after {max(ms // SECOND_MS, 1)} s"
    minutes = ms // MINUTE_MS
    return f"after {minutes} min" if minutes < 120 else f"after {minutes // 60} h"
