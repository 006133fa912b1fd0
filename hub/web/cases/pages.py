"""The pages of cases: the list, one case with both its sides, the decision on its sales, its evidence as a file."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from hub.office.staff_access.service import Person
from hub.runtime.onboard import new_id
from hub.sync.case_story import read_story
from hub.sync.evidence_file import evidence_file
from hub.sync.recovery import recovery_of
from hub.web.cases.acts import DONE, act_on, decide, story_at
from hub.web.cases.case_page import Tried, case_view, evidence_epochs
from hub.web.cases.decide_page import decide_view
from hub.web.cases.forms import PlainForm, page_verdicts
from hub.web.cases.list_page import CLOSED_SHOWN, list_view
from hub.web.site.access import may
from hub.web.site.case_words import Names
from hub.web.site.forms import parse
from hub.web.site.frame import frame
from hub.web.site.pages import refused
from hub.web.site.parts import Asked, Given, Parts
from shared.domain.cases.commands import DecideSales
from shared.domain.cases.queries import CASES_CLOSED
from shared.domain.cases.state import DECIDES
from shared.kernel.errors import Refusal
from shared.web.problems import status_of


class CasePages(Controller):
    """What a human must look at."""

    path = "/cases"
    include_in_schema = False

    @get()
    async def cases(self, request: Asked, parts: Given, show: str = "open") -> Response[str]:
        """Open cases by how bad they are, or the closed ones."""
        me = request.user
        now = await parts.live.snapshot(me.org_id)
        closed = await parts.hub.many(me.org_id, CASES_CLOSED, most=CLOSED_SHOWN) if show == "closed" else None
        page = frame(now, me, "cases")
        return parts.pages.show("cases/cases.html", list_view(page, now, closed))

    @get("/{case_id:uuid}")
    async def case(self, request: Asked, parts: Given, case_id: UUID, done: str = "") -> Response[str]:
        """One case as it is now."""
        return await _case_page(parts, request.user, case_id, flash=DONE.get(done, ""))

    @get("/{case_id:uuid}/decide", guards=[may(DECIDES)])
    async def decide_form(self, request: Asked, parts: Given, case_id: UUID, fill: str = "") -> Response[str]:
        """The sales to decide; `fill` gives every one an answer to begin with."""
        return await _decide_page(parts, request.user, case_id, fill=fill)

    @post("/{case_id:uuid}/decide", guards=[may(DECIDES)])
    async def decide(self, request: Asked, parts: Given, case_id: UUID) -> Response[Any]:
        """Sign, or carry out; a refusal keeps every answer."""
        me, typed = request.user, await _typed(request)
        story = await story_at(parts, me, case_id)
        try:
            verdicts = page_verdicts(story.case.sales, typed)
            command_id = parse(PlainForm, typed).command_id or new_id(parts.hub)
            order = DecideSales(command_id=command_id, actor=me.person_id, case_id=case_id, verdicts=verdicts)
            said = await decide(parts, me, order)
        except Refusal as refusal:
            return await _decide_page(parts, me, case_id, typed=typed, refusal=refusal)
        return _back(case_id, said)

    @post("/{case_id:uuid}/{act:str}", guards=[may(DECIDES)])
    async def act(self, request: Asked, parts: Given, case_id: UUID, act: str) -> Response[Any]:
        """Do one act; a refusal stands at it and keeps what was typed."""
        me, typed = request.user, await _typed(request)
        try:
            said = await act_on(parts, me, case_id, act, typed)
        except Refusal as refusal:
            return await _case_page(parts, me, case_id, tried=Tried(act, refusal, typed))
        return _back(case_id, said)

    @get("/{case_id:uuid}/evidence/{unit_id:uuid}", guards=[may(DECIDES)])
    async def evidence(self, request: Asked, parts: Given, case_id: UUID, unit_id: UUID) -> Response[bytes]:
        """Every history of a unit that the case stands on, as a file that anybody can verify."""
        return await evidence_answer(parts, request.user, case_id, unit_id)


async def evidence_answer(parts: Parts, me: Person, case_id: UUID, unit_id: UUID) -> Response[bytes]:
    """The file, under the name of the case."""
    story = await read_story(parts.hub, me.org_id, case_id)
    epochs = evidence_epochs(story, unit_id) if story else set()
    if story is None or not epochs:
        raise NotFoundException
    data = await evidence_file(parts.hub, me.org_id, unit_id, epochs)
    name = f"{story.case.card.reference}.tillhouse"
    return Response(
        data, media_type="application/octet-stream", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _back(case_id: UUID, said: str) -> Redirect:
    return Redirect(f"/cases/{case_id}?done={said}", status_code=303)


async def _typed(request: Asked) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


async def _names(parts: Parts, me: Person) -> Names:
    now = await parts.live.snapshot(me.org_id)
    return Names(now, {**now.names, **await parts.access.names(me.org_id)})


async def _case_page(
    parts: Parts, me: Person, case_id: UUID, *, flash: str = "", tried: Tried | None = None
) -> Response[str]:
    story = await story_at(parts, me, case_id)
    names = await _names(parts, me)
    recovery = await recovery_of(parts.hub, me.org_id) if story.case.card.kind == "hub_restored" else None
    page = frame(names.now, me, "cases", flash=flash)
    view = case_view(page, story, names, recovery=recovery, may_act=me.role in DECIDES, tried=tried)
    return parts.pages.show("cases/case.html", view, status_of(tried.refusal) if tried else 200)


async def _decide_page(
    parts: Parts,
    me: Person,
    case_id: UUID,
    *,
    fill: str = "",
    typed: dict[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    story = await story_at(parts, me, case_id)
    names = await _names(parts, me)
    page, status = refused(frame(names.now, me, "cases"), refusal)
    view = decide_view(page, story, names, me=me.person_id, fill=fill, typed=typed, command_id=str(new_id(parts.hub)))
    return parts.pages.show("cases/decide.html", view, status)
