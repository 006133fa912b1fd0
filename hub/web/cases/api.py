"""`/api/cases`: cases, what they stand on, and the acts on them as JSON; the same forms as the pages."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import Parameter

from hub.sync.case_story import CaseStory
from hub.sync.recovery import recovery_of
from hub.web.cases.acts import DONE, act_on, story_at
from hub.web.cases.known import acts_now
from hub.web.cases.pages import evidence_answer
from hub.web.site.access import may
from hub.web.site.case_words import WHOLE
from hub.web.site.parts import Asked, Given
from shared.domain.cases.queries import CASES_CLOSED, CASES_OPEN
from shared.domain.cases.state import DECIDES, CaseCard

CASES_MAX = 1_000
State = Annotated[Literal["open", "closed"], Parameter(query="state")]


class CasesApi(Controller):
    """What a human must look at, and what people decided."""

    path = "/api/cases"
    tags = ("cases",)

    @get("/")
    async def cases(self, request: Asked, parts: Given, which: State = "open") -> list[dict[str, Any]]:
        """The open cases, or the latest closed ones, newest first; `reference` is what people say to each other."""
        asked, org_id = parts.hub.many, request.user.org_id
        found = await (asked(org_id, CASES_OPEN) if which == "open" else asked(org_id, CASES_CLOSED, most=CASES_MAX))
        recovering = (await recovery_of(parts.hub, org_id)).state.recovering
        return [_card(card, recovering) for card in found]

    @get("/{case_id:uuid}")
    async def case(self, request: Asked, parts: Given, case_id: UUID) -> dict[str, Any]:
        """One case with its sales, the acts that its state allows, and who did what."""
        story = await story_at(parts, request.user, case_id)
        return _whole(story, (await recovery_of(parts.hub, request.user.org_id)).state.recovering)

    @get("/{case_id:uuid}/evidence/{unit_id:uuid}", guards=[may(DECIDES)])
    async def evidence(self, request: Asked, parts: Given, case_id: UUID, unit_id: UUID) -> Response[bytes]:
        """Every history of a unit that the case stands on, as an archive for the verifier."""
        return await evidence_answer(parts, request.user, case_id, unit_id)

    @post("/{case_id:uuid}/{act:str}", guards=[may(DECIDES)], status_code=200)
    async def act(
        self, request: Asked, parts: Given, case_id: UUID, act: str, data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Paper, decide, held, retry, lost, close or reopen, with the fields of that act."""
        done = await act_on(parts, request.user, case_id, act, data or {})
        return {"case_id": case_id, "done": done, "sentence": DONE[done]}


def _card(card: CaseCard, recovering: bool) -> dict[str, Any]:
    is_whole = card.kind == "hub_restored" and not recovering
    note = f"{card.note} {WHOLE}" if is_whole else card.note
    return {"reference": card.reference, **msgspec.structs.asdict(card), "note": note}


def _whole(story: CaseStory, recovering: bool) -> dict[str, Any]:
    case = story.case
    return {
        **_card(case.card, recovering),
        "sales": [msgspec.structs.asdict(sale) for sale in case.sales],
        "sides": [
            {"node_id": side.owner.node_id, "epoch": side.owner.epoch, "branch": side.owner.branch, "count": side.count}
            for side in story.sides
        ],
        "acts": [msgspec.structs.asdict(act) for act in acts_now(case, recovering)],
        "steps": [
            {"act": step.act, "person_id": step.person_id, "at_ms": step.at_ms, "detail": step.detail}
            for step in case.steps
        ],
    }
