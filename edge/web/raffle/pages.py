"""Beside selling: look up a ticket, one's till, and what belongs to the unit."""

from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.runtime.unit import Unit
from edge.web.raffle.find import LETTERS_MAX, find_ticket
from edge.web.raffle.more import NoTrainingNow, more_view, why_not_training
from edge.web.raffle.stage import frame, load_stage
from edge.web.raffle.till import till_view
from edge.web.raffle.view import LookupView
from edge.web.site.answers import go, show
from edge.web.site.door import Person


class TrainingForm(msgspec.Struct, frozen=True):
    """Whether this person practises from now on."""

    on: str = ""


SentTraining = Annotated[TrainingForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class OtherPages(Controller):
    """The tabs that are not Sell."""

    include_in_schema = False

    @get("/lookup")
    async def lookup(self, unit: Unit, person: Person, q: str = "") -> Template:
        """One number names a ticket."""
        base = frame(unit, await load_stage(unit, person), "Look up", "lookup")
        found = await find_ticket(unit, person, q) if q.strip() else ""
        view = (
            LookupView(base, q[:LETTERS_MAX], sentence=found)
            if isinstance(found, str)
            else LookupView(base, q[:LETTERS_MAX], found)
        )
        return show("raffle/lookup.html", view)

    @get("/till")
    async def till(self, unit: Unit, person: Person) -> Template:
        """What I sold today."""
        return show("raffle/till.html", await till_view(unit, await load_stage(unit, person)))

    @get("/more")
    async def more(self, unit: Unit, person: Person) -> Template:
        """Who is here, and how the unit is."""
        return show("raffle/more.html", await more_view(unit, await load_stage(unit, person)))

    @post("/more/training")
    async def training(self, unit: Unit, person: Person, data: SentTraining) -> Redirect:
        """The same taps in the venue's training event, or back to the real one."""
        why = await why_not_training(unit, await load_stage(unit, person))
        if why:
            raise NoTrainingNow(why=why)
        person.session.training = data.on == "true"
        unit.changes.tell()
        return go("/sell")
