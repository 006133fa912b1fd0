"""Pages of the hub: templates, the frame around every page, and how a problem looks to a person."""

from pathlib import Path
from typing import Any

import jinja2
import msgspec
from litestar import Response
from litestar.enums import MediaType

from hub.web.site.view import HubPage, HubProblem
from shared.kernel.errors import Refusal
from shared.web.problems import Problem, status_of
from shared.web.templates import environment

WEB = Path(__file__).resolve().parents[1]


class Pages:
    """Renders views by their template."""

    def __init__(self) -> None:
        self._templates: jinja2.Environment = environment([WEB])

    def show(self, template: str, view: Any, status: int = 200) -> Response[str]:
        """The page of a view struct."""
        page = getattr(view, "page", None)
        html = self._templates.get_template(template).render(view=view, page=page)
        return Response(html, media_type=MediaType.HTML, status_code=status)

    def problem(self, found: Problem) -> Response[str]:
        """A refusal, fault or missing page that has no form of its own."""
        page = HubPage(found.title, "now", person="", role="", organisation="", live_at="–")
        view = HubProblem(page, found.title, found.detail, found.code)
        return self.show("site/problem.html", view, found.status)


def refused(page: HubPage, error: Refusal | None) -> tuple[HubPage, int]:
    """The frame with the refusal in it, and the status to answer with."""
    if error is None:
        return page, 200
    return msgspec.structs.replace(page, refused=str(error), refused_code=error.code), status_of(error)
