"""`/api/cases`: what a human must look at, as JSON."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get
from litestar.params import Parameter

from hub.web.site.parts import Asked, Given
from shared.domain.cases.queries import CASES_CLOSED, CASES_OPEN

CASES_MAX = 1_000
State = Annotated[Literal["open", "closed"], Parameter(query="state")]


class CasesApi(Controller):
    """Cases as head office sees them."""

    path = "/api/cases"
    tags = ("cases",)

    @get("/")
    async def cases(self, request: Asked, parts: Given, which: State = "open") -> list[Any]:
        """The open cases, or the latest closed ones, newest first; `reference` is what people say to each other."""
        asked, org_id = parts.hub.many, request.user.org_id
        found = await (asked(org_id, CASES_OPEN) if which == "open" else asked(org_id, CASES_CLOSED, most=CASES_MAX))
        return [{"reference": case.reference, **msgspec.structs.asdict(case)} for case in found]
