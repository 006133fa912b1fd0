"""How slips look here: ticket, counterfoil, receipt and report as pictures of the paper they come out on."""

import asyncio
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Template

from edge.runtime.event_now import event_now
from edge.runtime.unit import Unit
from edge.web.devices.show import devices_page
from edge.web.devices.view import SlipsPage, SlipView
from edge.web.site.answers import show
from edge.web.site.door import Person
from edge.web.site.frame import venue_zone
from firmware_profiles import PrinterProfile, load_printer
from shared.domain.identity.queries import ORGANIZATION, SLIP_TEXT, VENUE
from shared.domain.raffle.queries_page import EVENTS
from shared.kernel.clock import at
from shared.paper.imprint import NO_IMPRINT, Imprint
from shared.paper.picture import picture_png
from shared.paper.sample import SAMPLES, Whose

PAPERS_MM = (58, 80)
NARROW_COLUMNS = 36
LABELS = {"ticket": "Ticket", "counterfoil": "Counterfoil", "receipt": "Refund receipt", "report": "Till report"}
NOBODY = {
    "ticket": "No printer prints tickets. Sales wait for paper.",
    "counterfoil": "No printer has this role, so none comes out.",
    "receipt": "No printer has this role, so none comes out.",
    "report": "No printer has this role, so none comes out.",
}


class SlipPages(Controller):
    """Samples, in the organisation's own words and with its logo, as this unit knows them."""

    path = "/devices/slips"
    include_in_schema = False

    @get()
    async def slips(self, unit: Unit, person: Person, paper_mm: int = 0) -> Template:
        """All four; on both widths of paper, or as each comes out here."""
        chosen = paper_mm if paper_mm in PAPERS_MM else 0
        view = SlipsPage(
            page=await devices_page(unit, person, "How slips look"),
            paper_mm=chosen,
            slips=tuple(_slip_view(unit, kind, chosen) for kind in SAMPLES),
        )
        return show("devices/slips.html", view)

    @get("/{kind:str}/{paper_mm:int}")
    async def picture(self, unit: Unit, person: Person, kind: str, paper_mm: int) -> Response[bytes]:  # noqa: ARG002 - must be logged in
        """One of them, as a picture; with 0 mm on the paper of its own printer."""
        return await _picture(unit, kind, paper_mm)


class SlipsApi(Controller):
    """The same for scripts."""

    path = "/api/devices/slips"
    tags = ("devices",)

    @get("/{kind:str}", summary="A sample of ticket, counterfoil, receipt or report as a picture (PNG)")
    async def picture(self, unit: Unit, person: Person, kind: str, paper_mm: int = 0) -> Response[bytes]:  # noqa: ARG002 - must be logged in
        """On paper of 58 or 80 mm, or (0) of the printer that has the role."""
        return await _picture(unit, kind, paper_mm)


async def _picture(unit: Unit, kind: str, paper_mm: int) -> Response[bytes]:
    if kind not in SAMPLES or paper_mm not in (0, *PAPERS_MM):
        raise NotFoundException
    document = SAMPLES[kind](await whose_slips(unit))
    profile = load_printer(f"virtual-{paper_mm}") if paper_mm else _profile(unit, kind)
    return Response(await asyncio.to_thread(picture_png, document, profile), media_type="image/png")


async def whose_slips(unit: Unit) -> Whose:
    """The words of this unit, its venue and the event that it sells."""
    house, text = await unit.reader.one(ORGANIZATION), await unit.reader.one(SLIP_TEXT)
    event = event_now(await unit.reader.many(EVENTS), unit.now_ms, training=False)
    whose = Whose(
        organisation=house.name if house else "",
        site=house.site if house else "",
        unit_name=unit.membership.unit.name,
        imprint=Imprint(text.logo, text.licence_lines, text.responsible_line) if text else NO_IMPRINT,
        place=await _place(unit, event.venue_id if event else unit.membership.unit.venue_id),
    )
    if event is None:
        return whose
    zone = await venue_zone(unit)
    return msgspec.structs.replace(
        whose,
        event_name=event.name,
        licence=event.licence,
        day=f"{at(event.draw_ms, zone).date()}",
        claim_by=f"{at(event.claim_by_ms, zone).date()}",
    )


async def _place(unit: Unit, venue_id: UUID) -> str:
    venue = await unit.reader.one(VENUE, venue_id=venue_id)
    return ", ".join(filter(None, (venue.name, venue.place))) if venue else ""


def _profile(unit: Unit, kind: str) -> PrinterProfile:
    station = unit.desk.serving(kind) or unit.desk.holder(kind)
    return station.profile if station is not None and station.profile is not None else load_printer("virtual-80")


def _slip_view(unit: Unit, kind: str, paper_mm: int) -> SlipView:
    station = unit.desk.serving(kind) or unit.desk.holder(kind)
    width = paper_mm or (58 if _profile(unit, kind).columns <= NARROW_COLUMNS else 80)
    return SlipView(
        label=LABELS[kind],
        href=f"/devices/slips/{kind}/{paper_mm}",
        paper_mm=width,
        printer=f"Comes out of {station.card.name}." if station else NOBODY[kind],
        printed=station is not None,
    )
