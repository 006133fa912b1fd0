"""Enrolling a unit anew from its own page: the way out when it was stopped for good, else a supervisor's act."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.background_tasks import BackgroundTask
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template

from edge.runtime.unit import Unit
from edge.web.enrol.act import Enrolling
from edge.web.enrol.forms import EnrolForm
from edge.web.enrol.view import EnrolView
from edge.web.site.answers import show
from edge.web.site.door import AnyRequest, who
from edge.web.site.frame import page, plain_scene
from edge.web.site.stops import Stops, read_stops
from shared.domain.identity.state import SUPERVISES
from shared.kernel.errors import TillhouseError
from shared.web.problems import NotAllowed, NotLoggedIn, status_of

SentCode = Annotated[EnrolForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class AgainPages(Controller):
    """Under More, and where the stop line sends whoever holds the unit."""

    path = "/enrol"
    include_in_schema = False

    @get()
    async def ask(self, request: AnyRequest, unit: Unit) -> Template:
        """The field for the code."""
        stops = await _admitted(request, unit)
        return show("enrol/enrol.html", await _view(unit, stops, EnrolForm()))

    @post(status_code=200)
    async def enter(self, request: AnyRequest, unit: Unit, data: SentCode) -> Template:
        """A good code gives this unit a new epoch with new keys; then it opens anew."""
        stops = await _admitted(request, unit)
        taking: Enrolling = request.app.state.enrolling
        try:
            enrolled = await taking.take(data)
        except TillhouseError as error:
            view = await _view(unit, stops, data, error)
            return show("enrol/enrol.html", view, status=status_of(error), headers={"hx-push-url": "/enrol"})
        answer = show("enrol/enrolled.html", enrolled)
        answer.background = BackgroundTask(unit.reopen)
        return answer


async def _admitted(request: AnyRequest, unit: Unit) -> Stops:
    """A unit that only a new enrolment brings back asks for no PIN; any other for a supervisor's session."""
    stops = await read_stops(unit)
    if stops.ended:
        return stops
    person = await who(request, unit)
    if person is None:
        raise NotLoggedIn
    if person.session.role not in SUPERVISES:
        raise NotAllowed
    return stops


async def _view(unit: Unit, stops: Stops, form: EnrolForm, error: TillhouseError | None = None) -> EnrolView:
    scene = await plain_scene(unit)
    return EnrolView(
        hub=unit.hub_url,
        typed=form.kept,
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
        name=unit.membership.unit.name,
        why=stops.ended,
        revoked="hub:revoked" in stops.holds,
        page=page(unit, "Enrol this unit anew", scene, tab=None),
    )
