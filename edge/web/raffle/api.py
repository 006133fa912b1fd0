"""The raffle for scripts: the same forms, orders and refusals as the pages."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import Parameter

from edge.runtime.unit import Unit
from edge.web.raffle.answer import EventAnswer, SaleAnswer, TotalAnswer, event_answer, sale_answer, total_answer
from edge.web.raffle.forms import SaleForm, UndoForm, parse_undo
from edge.web.raffle.sell import sell_from
from edge.web.raffle.stage import load_stage
from edge.web.site.door import Person
from shared.domain.raffle.errors import UnknownSale
from shared.domain.raffle.queries_page import EVENTS, LATEST_MAX, MINE_LATEST, SALE, UNIT_TOTALS

Most = Annotated[int, Parameter(ge=1, le=LATEST_MAX)]


class RaffleApi(Controller):
    """Events, sales, totals of this unit. A refusal is 409, an unreadable order 422, each with code and sentence."""

    path = "/api/raffle"
    tags = ("raffle",)

    @get("/events", summary="Events with packages and the numbers left here")
    async def events(self, unit: Unit, person: Person) -> list[EventAnswer]:
        """Training comes last."""
        stages = [await load_stage(unit, person, event.event_id) for event in await unit.reader.many(EVENTS)]
        return [event_answer(unit, stage) for stage in stages if stage.event]

    @post("/sales", summary="Sell a package")
    async def sell(self, unit: Unit, person: Person, data: SaleForm) -> SaleAnswer:
        """The same `command_id` again gives the same sale. The ticket is queued for paper in the same transaction."""
        sold = await sell_from(unit, person, data)
        return await self._answer(unit, sold.sale_id)

    @get("/sales", summary="The latest sales of an event on this unit")
    async def sales(self, unit: Unit, person: Person, event_id: UUID, most: Most = LATEST_MAX) -> list[SaleAnswer]:  # noqa: ARG002
        """Newest first."""
        lines = await unit.reader.many(MINE_LATEST, event_id=event_id, most=most)
        return [await sale_answer(unit, line) for line in lines]

    @get("/sales/{sale_id:uuid}", summary="One sale of this unit")
    async def sale(self, unit: Unit, person: Person, sale_id: UUID) -> SaleAnswer:  # noqa: ARG002 - must be logged in
        """With its draw numbers, its place on paper, and whether it is printed and sent."""
        return await self._answer(unit, sale_id)

    @post("/sales/{sale_id:uuid}/undo", status_code=200, summary="Undo one's own last sale within 30 s")
    async def undo(self, unit: Unit, person: Person, sale_id: UUID, data: UndoForm) -> SaleAnswer:
        """A void with a refund in the sale's own tender."""
        form = msgspec.structs.replace(data, sale_id=str(sale_id))
        await unit.carry_out(parse_undo(form, seller=person.session.staff_id))
        return await self._answer(unit, sale_id)

    @get("/totals", summary="What this unit sold")
    async def totals(self, unit: Unit, person: Person) -> list[TotalAnswer]:  # noqa: ARG002 - must be logged in
        """One total an event, voids subtracted."""
        totals = await unit.reader.many(UNIT_TOTALS)
        return [total_answer(total) for total in totals if total.node_id == unit.owner.node_id]

    async def _answer(self, unit: Unit, sale_id: UUID) -> SaleAnswer:
        line = await unit.reader.one(SALE, sale_id=sale_id)
        if line is None:
            raise UnknownSale
        return await sale_answer(unit, line)
