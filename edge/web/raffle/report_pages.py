"""The report of a till as a page with its picture, and for scripts; printed on the printer that has the role."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.runtime.station import Station
from edge.runtime.unit import Unit
from edge.web.raffle.report import REPORT, TillReport, print_report, till_report
from edge.web.raffle.stage import frame, load_stage
from edge.web.raffle.view import ReportPage
from edge.web.site.answers import go, show
from edge.web.site.door import Person
from firmware_profiles import PrinterProfile, load_printer
from shared.domain.identity.state import SUPERVISES
from shared.kernel.errors import InputRefused
from shared.paper.picture import picture_png
from shared.paper.report import ReportView

ROLL = "virtual-80"
"""The paper of pictures where no printer has the role."""


class PrintForm(msgspec.Struct, frozen=True):
    """Whose report, and the id of the order, so that two taps are one."""

    command_id: str
    everybody: str = ""


class PrintOrder(msgspec.Struct, frozen=True):
    """The same for scripts."""

    command_id: UUID
    everybody: bool = False


SentForm = Annotated[PrintForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class ReportPages(Controller):
    """Under Till."""

    path = "/till/report"
    include_in_schema = False

    @get()
    async def report(self, unit: Unit, person: Person, everybody: bool = False, sent: bool = False) -> Template:
        """The report as it would come out now."""
        stage = await load_stage(unit, person)
        report = await till_report(unit, stage, everybody=everybody)
        station = unit.desk.serving(REPORT) or unit.desk.holder(REPORT)
        view = ReportPage(
            page=frame(unit, stage, report.view.title, "till"),
            everybody=everybody,
            may_all=person.session.role in SUPERVISES,
            printer=station.card.name if station else "",
            command_id=str(unit.new_id()),
            sent=sent,
            sales=sum(part.sales for part in report.view.parts),
        )
        return show("raffle/report.html", view)

    @get("/picture")
    async def picture(self, unit: Unit, person: Person, everybody: bool = False) -> Response[bytes]:
        """Its picture, on the paper of the printer that has the role."""
        return await _picture(unit, await _report(unit, person, everybody=everybody))

    @post(status_code=303)
    async def print(self, unit: Unit, person: Person, data: SentForm) -> Redirect:
        """Print it."""
        everybody = data.everybody == "true"
        await print_report(unit, await _report(unit, person, everybody=everybody), _id_in(data.command_id))
        return go(f"/till/report?sent=true{'&everybody=true' if everybody else ''}")


class ReportApi(Controller):
    """The report for scripts."""

    path = "/api/raffle/report"
    tags = ("raffle",)

    @get(summary="What was sold on this unit since the business day began")
    async def report(self, unit: Unit, person: Person, everybody: bool = False) -> ReportView:
        """One part an event and person, in the words of the paper; the logo is left out."""
        view = (await _report(unit, person, everybody=everybody)).view
        return msgspec.structs.replace(view, imprint=msgspec.structs.replace(view.imprint, logo=b""))

    @get("/picture", summary="The same as a picture of its paper")
    async def picture(self, unit: Unit, person: Person, everybody: bool = False) -> Response[bytes]:
        """A PNG, a dot for each dot of the print head."""
        return await _picture(unit, await _report(unit, person, everybody=everybody))

    @post(status_code=200, summary="Print it")
    async def print(self, unit: Unit, person: Person, data: PrintOrder) -> dict[str, Any]:
        """On the printer of reports; the same `command_id` again prints nothing more."""
        report = await _report(unit, person, everybody=data.everybody)
        await print_report(unit, report, data.command_id)
        return {"command_id": data.command_id, "paper": (await unit.spool.states([data.command_id]))[data.command_id]}


async def _report(unit: Unit, person: Person, *, everybody: bool) -> TillReport:
    return await till_report(unit, await load_stage(unit, person), everybody=everybody)


async def _picture(unit: Unit, report: TillReport) -> Response[bytes]:
    profile = _profile(unit.desk.serving(REPORT) or unit.desk.holder(REPORT))
    png = await asyncio.to_thread(picture_png, report.document, profile)
    return Response(png, media_type="image/png")


def _profile(station: Station | None) -> PrinterProfile:
    return station.profile if station is not None and station.profile is not None else load_printer(ROLL)


def _id_in(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as problem:
        raise InputRefused(field="Order", problem="it has no id. Open the page again") from problem
