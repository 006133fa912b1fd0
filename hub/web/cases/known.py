"""What else is known of a case, who did what, and what may be done: the lines around the sides."""

import msgspec

from hub.sync.case_story import CaseStory
from hub.sync.recovery import Recovery
from hub.web.cases.sides import LETTERS, clock_lines, strays
from hub.web.cases.view import ActView, KeyLine, SignedView, WaitedView
from hub.web.site.case_words import Names, on_which_side
from hub.web.site.standing import StateTag
from shared.domain.cases.state import UNIT_REVOKED, Act, CaseState, CaseStep, allowed_acts
from shared.kernel.clock import clock_text
from shared.kernel.digits import range_text

LEASES_SHOWN = 6
STEPS = {
    "seen": "Case seen",
    "signed": "Decision signed, one of two",
    "decide": "Decided",
    "held": "Held sales",
    "paper": "Paper seen",
    "reopened": "Opened again",
    "closed": "Closed",
}
HELD = {"take": "taken into the books", "leave": "left out"}
MEANS = {
    "paper": "Scan a ticket that a buyer holds.",
    "retry": "Shows the entries, if this program can by now.",
    "held": "Once decided, it stands.",
    "export": "Every history, for any other verifier.",
    "close": "Ends the case. What was decided stands.",
    "reopen": "Goes on where it ended.",
    "lost": "Two people sign, for each unit it waits for.",
    "enrol_again": "New epoch and key, old leases held back.",
}
WAITS = StateTag("wait", "Waits to be enrolled", "hourglass")
STILL_WAITS, WAITS_FOR_NONE = "Opens when it waits for no unit any more.", "It waits for no unit any more."
UNKNOWN_UNIT = "No unit here has this case."


def known_lines(story: CaseStory, names: Names) -> tuple[KeyLine, ...]:
    """Evidence that stands on no side."""
    card = story.case.card
    lines: list[KeyLine] = []
    if card.kind in {"fork", "overlap"}:
        lines.append(KeyLine("Order of arrival", text="decides nothing"))
    if card.kind == "fork":
        lines += _of_unit(story, names)
    if card.kind == "late_sale":
        lines += _close(story, names)
    if card.kind in {"fork", "held"} and _is_revoked(story, names):
        lines.append(KeyLine(names.unit(card.about_node_id), text=UNIT_REVOKED))
    lines += clock_lines(story, names)
    lines += [
        KeyLine("Other paper", mono=f"{one.seq} {one.chain}", text=", in no history here") for one in strays(story)
    ]
    if card.note and card.kind == "fork":
        lines.append(KeyLine("Found by", text=card.note))
    if card.state == "closed":
        lines.append(KeyLine("Outcome", strong=card.outcome))
    return tuple(lines)


def _of_unit(story: CaseStory, names: Names) -> list[KeyLine]:
    card = story.case.card
    lines = []
    heard = names.now.heard.get(card.about_node_id) if card.about_node_id else None
    for hold in heard.report.holds if heard else ():
        cause, _, detail = hold.partition(":")
        lines.append(KeyLine("The unit says", text=f"it stopped by its {cause}{f': {detail}' if detail else ''}"))
    signed = [LETTERS[place] for place, side in enumerate(story.sides) if side.is_signed and place < len(LETTERS)]
    if signed:
        lines.append(KeyLine("Receipts", text=f"given for {' and '.join(signed)}, each up to its head"))
    if story.leases:
        ranges = ", ".join(range_text(*one) for one in story.leases[:LEASES_SHOWN])
        more = f" and {len(story.leases) - LEASES_SHOWN} more" if len(story.leases) > LEASES_SHOWN else ""
        since = story.epochs.get(card.node_epoch, (card.opened_ms, card.opened_ms))[1]
        lines.append(KeyLine("Leases", text=f"{ranges}{more}, held back since {names.clock(since)}"))
    return lines + _anew(story, names)


def _anew(story: CaseStory, names: Names) -> list[KeyLine]:
    """How far enrolling anew is: a code that waits, or the new epoch."""
    card = story.case.card
    unit = names.unit(card.about_node_id)
    later = sorted(epoch for epoch in story.epochs if epoch > card.node_epoch)
    if later:
        since = names.clock(story.epochs[later[-1]][0])
        tag = StateTag("done", "Enrolled anew", "check")
        return [KeyLine(unit, text=f"epoch {later[-1]} since {since} ", tag=tag)]
    waiting = next((one for one in names.now.pairings if one.unit_id == card.about_node_id and one.unit_id), None)
    if waiting is None:
        return []
    until = clock_text(waiting.expires_ms, names.now.zone)
    return [KeyLine(unit, text=f"its code holds until {until} ", tag=WAITS)]


def _is_revoked(story: CaseStory, names: Names) -> bool:
    about = story.case.card.about_node_id
    return any(one.unit_id == about and one.state == "revoked" for one in names.now.units)


def _close(story: CaseStory, names: Names) -> list[KeyLine]:
    event = next((one for one in names.now.events if one.event_id == story.case.card.entity_id), None)
    happened = story.sides[0].happened if story.sides else None
    if event is None or happened is None:
        return []
    ended_ms = min(event.sales_close_ms, getattr(event, "closed_ms", None) or event.sales_close_ms)
    return [KeyLine("The close", text=on_which_side(happened, ended_ms, names))]


def signed_lines(story: CaseStory, names: Names) -> tuple[SignedView, ...]:
    """Who did what, in order."""
    found = [_step(step, names) for step in story.case.steps if step.act in STEPS]
    return tuple(found)


def _step(step: CaseStep, names: Names) -> SignedView:
    what = STEPS[step.act]
    detail = HELD.get(step.detail, step.detail) if step.act in {"decide", "held", "paper"} else ""
    who = f"{names.person(step.person_id)}, {names.clock(step.at_ms)}"
    return SignedView(f"{what}: {detail}" if detail else what, who)


def act_views(story: CaseStory, names: Names, recovering: bool) -> tuple[ActView, ...]:
    """The acts that the case's state names, in its order; the one that goes on is yellow. A revoked unit stays so."""
    gone = {"enrol_again"} if _is_revoked(story, names) else set()
    gone |= set() if recovering else {"lost"}
    acts = acts_now(story.case, recovering)
    views = [_act(story, names, act) for act in acts if act.name not in gone]
    first = next((view.name for view in views if not view.why_not and view.name not in {"paper", "export", "lost"}), "")
    if story.case.card.state == "closed":
        first = ""
    return tuple(msgspec.structs.replace(view, main=view.name == first) for view in views)


def acts_now(case: CaseState, recovering: bool) -> list[Act]:
    """What can be done with a case; that of a restored hub goes by whether the hub still waits for units."""
    acts = allowed_acts(case)
    if case.card.kind != "hub_restored" or case.card.state == "closed":
        return acts
    name, why = ("close", STILL_WAITS) if recovering else ("lost", WAITS_FOR_NONE)
    return [msgspec.structs.replace(act, allowed=False, why=why) if act.name == name else act for act in acts]


def _act(story: CaseStory, names: Names, act: Act) -> ActView:
    card = story.case.card
    why, href = "" if act.allowed else act.why, ""
    downloads: tuple[tuple[str, str], ...] = ()
    if act.name == "enrol_again" and not why:
        known = any(one.unit_id == card.about_node_id for one in names.now.units)
        why = "" if known else UNKNOWN_UNIT
    if act.name == "decide":
        href = f"/cases/{card.case_id}/decide"
    means = MEANS.get(act.name, "")
    if act.name == "decide":
        means = "A, B or refund, each sale. Two people sign." if act.people > 1 else "Keep or refund, each sale."
    if act.name == "export":
        downloads = _downloads(story, names)
        why = why or ("" if downloads else "This case stands on no journal.")
    to = f"/units/{card.about_node_id}/enrol-anew" if act.name == "enrol_again" else ""
    return ActView(act.name, _label(story, names, act.name), means, why, href=href, downloads=downloads, to=to)


def _downloads(story: CaseStory, names: Names) -> tuple[tuple[str, str], ...]:
    card = story.case.card
    units = [side.owner.node_id for side in story.sides]
    if card.about_node_id is not None and not units:
        units = [card.about_node_id]
    path = f"/cases/{card.case_id}/evidence"
    return tuple((f"{path}/{unit}", names.unit(unit)) for unit in dict.fromkeys(units))


def _label(story: CaseStory, names: Names, name: str) -> str:
    card = story.case.card
    labels = {
        "enrol_again": f"Stop {names.unit(card.about_node_id)}, enrol it anew",
        "paper": "Record paper seen",
        "decide": "Decide disputed sales" if card.kind in {"fork", "overlap"} else "Decide doubted sales",
        "held": "Take or leave",
        "retry": "Try again",
        "lost": "Declare a unit lost",
        "export": "Export the evidence",
        "close": "Leave it out, close the case" if card.kind == "quarantine" else "Close the case",
        "reopen": "Open it again",
    }
    return labels[name]


def waited_lines(recovery: Recovery, names: Names) -> tuple[WaitedView, ...]:
    """Every unit of a restored hub, those it waits for first."""
    views = []
    for unit in recovery.units:
        if unit.shown_ms is not None:
            said = StateTag("done", f"Shown at {names.clock(unit.shown_ms)}", "check")
        elif unit.is_lost:
            said = StateTag("calm", "Declared lost", "x")
        elif unit.lost_by_1 is not None:
            said = StateTag("attn", f"{names.person(unit.lost_by_1)} says it is lost", "hourglass")
        else:
            said = StateTag("wait", "Waited for", "hourglass")
        views.append(WaitedView(str(unit.unit_id), unit.name, said, unit.is_open and recovery.state.recovering))
    return tuple(sorted(views, key=lambda view: not view.open))
