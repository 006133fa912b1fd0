"""Acts on a case, carried out for a person; pages and API both come here. Each says in a word what came of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar.exceptions import NotFoundException

from hub.office.staff_access.service import Person
from hub.runtime.onboard import new_id
from hub.sync.case_story import CaseStory, read_story
from hub.sync.late import retry_quarantine
from hub.sync.recovery import declare_lost
from hub.sync.taking import take_held
from hub.web.cases.forms import (
    CloseForm,
    DecideForm,
    HeldForm,
    LostForm,
    PaperForm,
    ReopenForm,
    Seen,
    paper_order,
    read_ticket,
)
from hub.web.site.forms import parse
from hub.web.site.parts import Parts
from shared.domain.cases.commands import DecideSales, SeeCase
from shared.domain.cases.errors import ActNotHere
from shared.domain.cases.facts import ActSigned
from shared.domain.cases.state import DECIDES, allowed_acts
from shared.domain.raffle.queries_page import SALE_AT, SALE_BY_VALIDATION, SaleLine
from shared.kernel.errors import Refusal
from shared.pipeline.command import Command

DONE = {
    "paper": "Recorded.",
    "signed": "Signed. It is done once a second person signs the same.",
    "differs": "Signed. It differs from what somebody else signed; one of you signs again.",
    "decided": "Decided. What is kept counts again.",
    "taken": "Taken into the books.",
    "left": "Left out of the books. It stays as evidence.",
    "shown": "Shown now. Close the case when you have looked at it.",
    "not_shown": "This program cannot show it yet. Try again after an upgrade, or leave it out.",
    "lost": "Declared lost.",
    "close": "Closed.",
    "reopen": "It goes on.",
}
"""What came of an act, as sentences."""
Given = Mapping[str, Any]


class HubStillWaits(Refusal):
    """A restored hub is not whole yet."""

    code = "cases.hub_still_waits"
    sentence = "The hub still waits for evidence. Bring its units in reach, or declare them lost."


async def story_at(parts: Parts, me: Person, case_id: UUID) -> CaseStory:
    """The case; a page that is not there otherwise. Whoever may decide has seen it by that."""
    story = await read_story(parts.hub, me.org_id, case_id)
    if story is None:
        raise NotFoundException
    if story.case.card.seen_ms is None and story.case.card.state == "open" and me.role in DECIDES:
        order = SeeCase(command_id=new_id(parts.hub), actor=me.person_id, case_id=case_id)
        await parts.hub.bus.handle(me.org_id, order)
        parts.live.forget(me.org_id)
        story = await read_story(parts.hub, me.org_id, case_id) or story
    return story


async def act_on(parts: Parts, me: Person, case_id: UUID, act: str, given: Given) -> str:
    """Do one act; what came of it, a key of `DONE`. Refusal when it may not be done."""
    story = await story_at(parts, me, case_id)
    if not any(one.name == act for one in allowed_acts(story.case)):
        raise ActNotHere
    match act:
        case "paper":
            said = await _paper(parts, me, story, parse(PaperForm, given))
        case "decide":
            form = parse(DecideForm, given)
            said = await decide(parts, me, form.order(case_id, form.command_id or new_id(parts.hub), me.person_id))
        case "held":
            said = await _held(parts, me, story, parse(HeldForm, given))
        case "retry":
            shown = await retry_quarantine(parts.hub, me.org_id, story.case.card.entity_id)
            said = "shown" if shown else "not_shown"
        case "lost":
            done = await declare_lost(parts.hub, me.org_id, parse(LostForm, given).unit_id, me.person_id)
            said = "lost" if done else "signed"
        case "close" | "reopen":
            await _assert_not_waiting(parts, me, story, act)
            said = await _end(parts, me, case_id, act, given)
        case _:
            raise ActNotHere
    parts.live.forget(me.org_id)
    return said


async def decide(parts: Parts, me: Person, order: DecideSales) -> str:
    """Sign what becomes of sales, or carry it out."""
    [entry] = await parts.hub.bus.handle(me.org_id, order)
    parts.live.forget(me.org_id)
    if not isinstance(entry.body, ActSigned):
        return "decided"
    story = await read_story(parts.hub, me.org_id, order.case_id)
    choices = set(story.case.signed("decide").values()) if story else set()
    return "differs" if len(choices) > 1 else "signed"


async def _paper(parts: Parts, me: Person, story: CaseStory, form: PaperForm) -> str:
    now = await parts.live.snapshot(me.org_id)
    seen = read_ticket(form.ticket)
    sales = await _sales_on(parts, me, seen, {unit.code.upper(): unit.unit_id for unit in now.units})
    order = paper_order(seen, sales, now, story, command_id=form.command_id or new_id(parts.hub), actor=me.person_id)
    await parts.hub.bus.handle(me.org_id, order)
    return "paper"


async def _sales_on(parts: Parts, me: Person, seen: Seen, units: dict[str, UUID]) -> list[SaleLine]:
    if not seen.code:
        return await parts.hub.many(me.org_id, SALE_BY_VALIDATION, validation_number=seen.number)
    place = {"at_node": units.get(seen.code, me.org_id), "at_epoch": seen.epoch, "at_seq": seen.seq}
    return await parts.hub.many(me.org_id, SALE_AT, **place)


async def _held(parts: Parts, me: Person, story: CaseStory, form: HeldForm) -> str:
    card = story.case.card
    await _do(parts, me, form.order(card.case_id, form.command_id or new_id(parts.hub), me.person_id))
    if form.verdict != "take" or card.about_node_id is None:
        return "left"
    await take_held(parts.hub, me.org_id, card.about_node_id, card.node_epoch)
    return "taken"


async def _assert_not_waiting(parts: Parts, me: Person, story: CaseStory, act: str) -> None:
    """The case of a restored hub is open for as long as the hub waits for a unit."""
    now = await parts.live.snapshot(me.org_id)
    if act == "close" and story.case.card.kind == "hub_restored" and now.recovery is not None:
        raise HubStillWaits


async def _end(parts: Parts, me: Person, case_id: UUID, act: str, given: Given) -> str:
    form = parse(CloseForm, given) if act == "close" else parse(ReopenForm, given)
    await _do(parts, me, form.order(case_id, form.command_id or new_id(parts.hub), me.person_id))
    return act


async def _do(parts: Parts, me: Person, order: Command) -> None:
    await parts.hub.bus.handle(me.org_id, order)
