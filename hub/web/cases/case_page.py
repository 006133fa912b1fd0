"""One case as a page: what happened, the sides, the money, what else is known, the acts, who signed."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import msgspec

from hub.sync.case_story import CaseStory
from hub.sync.recovery import Recovery
from hub.web.cases.disputed import summary_of
from hub.web.cases.known import act_views, known_lines, signed_lines, waited_lines
from hub.web.cases.sides import common_of, sides_of
from hub.web.cases.view import ActView, CaseView
from hub.web.site.case_words import KINDS, WHOLE, Names, title_of
from hub.web.site.standing import StateTag
from hub.web.site.view import HubPage
from shared.kernel.errors import Refusal

CLOSED = StateTag("calm", "Closed", "lock")


class Tried(msgspec.Struct, frozen=True):
    """An act that was refused just now, with what was typed."""

    act: str
    refusal: Refusal
    typed: Mapping[str, str] = {}


def case_view(
    page: HubPage,
    story: CaseStory,
    names: Names,
    *,
    recovery: Recovery | None = None,
    may_act: bool = True,
    tried: Tried | None = None,
) -> CaseView:
    """The page of a case."""
    card, words = story.case.card, KINDS[story.case.card.kind]
    recovering = recovery is not None and recovery.state.recovering
    acts = act_views(story, names, recovering) if may_act else ()
    undecided = story.case.undecided
    return CaseView(
        page=page,
        case_id=str(card.case_id),
        reference=card.reference,
        opened=names.clock(card.opened_ms),
        title=title_of(card, names, full=True),
        tag=CLOSED if card.state == "closed" else words.tag,
        told=_told(story, recovering),
        common=common_of(story),
        sides=sides_of(story, names),
        summary=summary_of(story.case),
        summary_level=_level(undecided, words.level),
        known=known_lines(story, names),
        waited=waited_lines(recovery, names) if recovery else (),
        acts=tuple(_tried(act, tried) for act in acts),
        signed=signed_lines(story, names),
    )


def evidence_epochs(story: CaseStory, unit_id: UUID) -> set[int]:
    """Which epochs of a unit the case stands on."""
    card = story.case.card
    epochs = {side.owner.epoch for side in story.sides if side.owner.node_id == unit_id}
    return epochs | ({card.node_epoch} if card.about_node_id == unit_id else set())


def _told(story: CaseStory, recovering: bool) -> tuple[str, ...]:
    card = story.case.card
    told = KINDS[card.kind].told
    if card.kind == "fork" and len(story.sides) > 1:
        many, all_of = ("two", "both") if len(story.sides) == 2 else (str(len(story.sides)), "all")
        ways = f"After entry {story.common_seq} the unit has {many} continuations, {all_of} signed with its key."
        return (ways, told)
    if card.kind == "hub_restored":
        return (told,) if recovering else (WHOLE, "It grants numbers and lets units in again.")
    return (card.note if card.note.endswith(".") else f"{card.note}.", told)


def _level(undecided: int, level: Literal["attn", "stop"]) -> Literal["attn", "stop", "done"]:
    return level if undecided else "done"


def _tried(act: ActView, tried: Tried | None) -> ActView:
    if tried is None or tried.act != act.name:
        return act
    typed = next((tried.typed[name] for name in ("ticket", "outcome", "note") if tried.typed.get(name)), "")
    return msgspec.structs.replace(act, refused=str(tried.refusal), refused_code=tried.refusal.code, typed=typed)
