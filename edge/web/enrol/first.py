"""The small site of a unit that belongs to nobody yet: one page, one field, one button."""

from collections.abc import Callable
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.enums import RequestEncodingType
from litestar.params import Body, Dependency
from litestar.response import Redirect, Template

from edge.discovery.nodes import Neighbourhood
from edge.web.enrol.act import Enrolling
from edge.web.enrol.forms import EnrolForm
from edge.web.enrol.view import EnrolView, HeardView
from edge.web.site.answers import go, show
from shared.kernel.errors import TillhouseError
from shared.web.problems import status_of

SentCode = Annotated[EnrolForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
Taking = Annotated[Enrolling, Dependency(skip_validation=True)]
Done = Annotated[Callable[[], None], Dependency(skip_validation=True)]
HubText = Annotated[str, Dependency(skip_validation=True)]
Nearby = Annotated[Neighbourhood, Dependency(skip_validation=True)]


@get(["/", "/{path:path}"], include_in_schema=False)
async def elsewhere() -> Redirect:
    """Whatever is asked for: the unit must be enrolled first."""
    return go("/enrol")


class FirstPages(Controller):
    """Before anything else."""

    path = "/enrol"
    include_in_schema = False

    @get()
    async def ask(self, hub: HubText) -> Template:
        """The field for the code."""
        return show("enrol/enrol.html", EnrolView(hub))

    @get("/nearby")
    async def nearby(self, nearby: Nearby) -> Template:
        """The hubs that are heard on this network: of one of them the sixteen letters are enough."""
        heard = await nearby.hubs()
        return show("enrol/nearby.html", HeardView(tuple((hub.sign.mark, hub.url) for hub in heard)))

    @post(status_code=200)
    async def enter(self, data: SentCode, taking: Taking, done: Done, hub: HubText) -> Response[str] | Template:
        """A good code makes this the unit that head office made room for; any other stays in the field."""
        try:
            enrolled = await taking.take(data)
        except TillhouseError as error:
            view = EnrolView(hub, data.kept, str(error), error.code)
            return show("enrol/enrol.html", view, status=status_of(error), headers={"hx-push-url": "/enrol"})
        answer = show("enrol/enrolled.html", enrolled)
        answer.background = BackgroundTask(done)
        return answer
