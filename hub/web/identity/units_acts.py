"""The acts on a unit: which of them identity allows now, and what each means. What is allowed, its rules say."""

from uuid import UUID

import msgspec

from hub.web.identity.units_view import ActName, ActView
from shared.domain.identity.commands import DisableUnit, EnableUnit, OpenPairing, PauseUnit, ResumeUnit, RevokeUnit
from shared.domain.identity.decide_units import (
    decide_disable_unit,
    decide_enable_unit,
    decide_open_pairing,
    decide_pause_unit,
    decide_resume_unit,
    decide_revoke_unit,
)
from shared.domain.identity.errors import UnitIsSo
from shared.domain.identity.state import DIGEST_BYTES, House, UnitCard
from shared.kernel.errors import Refusal
from shared.pipeline.command import Given

NOBODY = UUID(int=0)
A_REASON = "why"


class Tried(msgspec.Struct, frozen=True):
    """An act that was refused just now, with what was typed."""

    act: str
    refusal: Refusal
    typed: str = ""


def act_views(unit: UnitCard, house: House, given: Given, tried: Tried | None = None) -> tuple[ActView, ...]:
    """The acts: the one that gets the unit selling again first, those that must wait last, with what they wait for.

    What is so already is no act unless it was just tried, and a unit that is revoked has none.
    """
    if unit.state == "revoked":
        return ()
    stopped = unit.state in {"forked", "behind"}
    shown = [
        ActView("enable", f"Enable {unit.name}", "It sells again at its next contact.", main=True),
        ActView(
            "disable", f"Disable {unit.name}", "It stops selling at its next contact; uploads go on.", asks="reason"
        ),
        _again(unit, main=stopped),
        _pause(unit),
        ActView(
            "revoke",
            f"Revoke {unit.name}",
            "For good: it never sells again. Sales that it still sends are held in a case, out of the figures.",
            asks="reason",
        ),
    ]
    refusals = [(act, refusal_of(act.act, unit, house, given)) for act in shown]
    acts = [
        _with_words(act, str(refusal or ""), tried)
        for act, refusal in refusals
        if not isinstance(refusal, UnitIsSo) or (tried and tried.act == act.act)
    ]
    return tuple(sorted(acts, key=lambda act: (not act.main, bool(act.why_not))))


def _again(unit: UnitCard, *, main: bool) -> ActView:
    means = "Makes a one-time code. New keys and a new epoch; numbers it still held are held back."
    return ActView("enrol-anew", f"Enrol {unit.name} anew", means, asks="enable", main=main)


def _pause(unit: UnitCard) -> ActView:
    if unit.paused:
        return ActView("resume", "Resume uploads", "The hub takes its sales again.")
    sells = "It sells on and keeps its sales" if unit.state == "enabled" else "It keeps what it holds"
    return ActView("pause", "Pause uploads", f"{sells} until you resume.")


def refusal_of(act: ActName, unit: UnitCard, house: House, given: Given) -> Refusal | None:
    """With what identity would refuse the act now; None when it would not."""
    common = {"command_id": NOBODY, "unit_id": unit.unit_id}
    try:
        match act:
            case "enable":
                decide_enable_unit(EnableUnit(**common), house, given)
            case "disable":
                decide_disable_unit(DisableUnit(**common, reason=A_REASON), house, given)
            case "revoke":
                decide_revoke_unit(RevokeUnit(**common, reason=A_REASON), house, given)
            case "pause":
                decide_pause_unit(PauseUnit(**common), house, given)
            case "resume":
                decide_resume_unit(ResumeUnit(**common), house, given)
            case "enrol-anew":
                decide_open_pairing(_probe(unit), house, given)
    except Refusal as refusal:
        return refusal
    return None


def _probe(unit: UnitCard) -> OpenPairing:
    return OpenPairing(
        command_id=NOBODY,
        unit_id=unit.unit_id,
        venue_id=unit.venue_id,
        kind=unit.kind,
        code=unit.code,
        name=unit.name,
        digest=bytes(DIGEST_BYTES),
        expires_ms=0,
    )


def _with_words(act: ActView, reason: str, tried: Tried | None) -> ActView:
    mine = tried is not None and tried.act == act.act
    refusal = tried.refusal if mine and tried is not None else None
    return msgspec.structs.replace(
        act,
        why_not=reason,
        main=act.main and not reason,
        refused=str(refusal) if refusal else "",
        refused_code=refusal.code if refusal else "",
        typed=tried.typed if mine and tried is not None else "",
    )
