"""Selling: packages, one order, the change, undo. Each act is one tap, each refusal a sentence where it was caused."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect, Template

from edge.runtime.unit import Unit
from edge.web.raffle.forms import SaleForm, UndoForm, parse_times, parse_undo
from edge.web.raffle.order import chosen_package, pay_view, refused_pay_view, step_of
from edge.web.raffle.sales import change_view
from edge.web.raffle.sell import sell_from, sell_view
from edge.web.raffle.stage import frame, load_stage
from edge.web.raffle.view import ChangePage, PayPage, PayView
from edge.web.site.answers import go, show
from edge.web.site.door import Person
from edge.web.site.fields import parse_id
from edge.web.site.frame import kind_of
from shared.domain.raffle.errors import UnknownSale
from shared.domain.raffle.queries_page import SALE
from shared.kernel.errors import TillhouseError
from shared.web.problems import status_of

SentSale = Annotated[SaleForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
SentUndo = Annotated[UndoForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
PackageParam = Annotated[str, Parameter(query="package")]
ADDRESS_HEADER = "hx-push-url"
"""Where a refused page stands, so that a page which refreshes itself stays what it is."""


class SellPages(Controller):
    """The whole job of a seller."""

    path = "/sell"
    include_in_schema = False

    @get()
    async def sell(self, unit: Unit, person: Person, sold: str = "", undone: str = "") -> Template:
        """Packages, the figure, the last sale; `sold` and `undone` name the sale that was just made or undone."""
        stage = await load_stage(unit, person)
        return show("raffle/sell.html", await sell_view(unit, stage, sold=sold, undone=undone))

    @get("/pay")
    async def pay(
        self, unit: Unit, person: Person, package: PackageParam = "", times: str = "1", step: str = "cash"
    ) -> Template:
        """One order: on a handheld its own page, on a counter beside the packages."""
        stage = await load_stage(unit, person)
        try:
            chosen = chosen_package(stage, parse_id(package, "Package"))
            order = pay_view(unit, stage, chosen, parse_times(times), step)
        except TillhouseError as error:
            return await self._refused_sell(unit, person, error)
        return await self._order(unit, person, order)

    @post(status_code=303)
    async def take(self, unit: Unit, person: Person, data: SentSale) -> Template | Redirect:
        """Sell and print. Exact money goes back to the packages, other money to the change."""
        try:
            sale = await sell_from(unit, person, data)
        except TillhouseError as error:
            return await self._refused_order(unit, person, data, error)
        change = sale.received_minor - sale.amount_minor
        return go(f"/sell/done/{sale.sale_id}" if change else f"/sell?sold={sale.sale_id}")

    @get("/done/{sale_id:uuid}")
    async def done(self, unit: Unit, person: Person, sale_id: UUID) -> Template:
        """What to give back."""
        line = await unit.reader.one(SALE, sale_id=sale_id)
        if line is None:
            raise UnknownSale
        stage = await load_stage(unit, person, line.event_id)
        done = await change_view(unit, stage, line)
        if kind_of(unit) == "rsu":
            return show("raffle/change.html", ChangePage(frame(unit, stage, "Change"), done))
        return show("raffle/sell.html", await sell_view(unit, stage, sold=str(sale_id), buyer=done))

    @post("/undo", status_code=303)
    async def undo(self, unit: Unit, person: Person, data: SentUndo) -> Template | Redirect:
        """Undo the own last sale within its seconds."""
        try:
            await unit.carry_out(parse_undo(data, seller=person.session.staff_id))
        except TillhouseError as error:
            return await self._refused_sell(unit, person, error)
        return go(f"/sell?undone={data.sale_id}")

    async def _order(
        self, unit: Unit, person: Person, order: PayView, *, status: int = 200, address: str = ""
    ) -> Template:
        stage = await load_stage(unit, person)
        headers = {ADDRESS_HEADER: address} if address else None
        if kind_of(unit) == "rsu":
            view = PayPage(frame(unit, stage, "Take money"), order)
            return show("raffle/pay.html", view, status=status, headers=headers)
        return show("raffle/sell.html", await sell_view(unit, stage, buyer=order), status=status, headers=headers)

    async def _refused_order(self, unit: Unit, person: Person, form: SaleForm, error: TillhouseError) -> Template:
        """The order again, with its sentence; the packages with it, where there is no such order."""
        try:
            stage = await load_stage(unit, person, parse_id(form.event_id, "Event"))
            package = chosen_package(stage, parse_id(form.package_id, "Package"))
            times = parse_times(form.times)
        except TillhouseError:
            return await self._refused_sell(unit, person, error)
        order = refused_pay_view(unit, stage, package, times, form=form, error=error)
        address = f"/sell/pay?package={package.package_id}&times={times}&step={step_of(form)}"
        return await self._order(unit, person, order, status=status_of(error), address=address)

    async def _refused_sell(self, unit: Unit, person: Person, error: TillhouseError) -> Template:
        view = await sell_view(unit, await load_stage(unit, person), refused=error)
        return show("raffle/sell.html", view, status=status_of(error), headers={ADDRESS_HEADER: "/sell"})
