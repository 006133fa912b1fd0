"""The report of a till: what one person, or everybody, sold on this unit since the business day began, on paper."""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from edge.effects.raffle.wording import position_text
from edge.runtime.unit import Unit
from edge.web.raffle.stage import Stage
from edge.web.raffle.till import day_start_ms
from shared.domain.identity.queries import BADGES, ORGANIZATION, SLIP_TEXT, VENUE
from shared.domain.identity.state import SUPERVISES
from shared.domain.raffle.queries_day import DAY_TOTALS, DAY_VOIDS, DayTotal, DayVoid
from shared.domain.raffle.queries_page import EVENTS
from shared.kernel.clock import clock_text, paper_text
from shared.kernel.errors import Refusal
from shared.kernel.money import Money
from shared.paper.document import Document
from shared.paper.imprint import Imprint
from shared.paper.report import ReportView, TillPart, VoidLine, report_document
from shared.web.problems import NotAllowed

REPORT = "report"
SOMEBODY = "Somebody who left"


class NoReportPrinter(Refusal):
    """A report that no printer takes would wait for ever."""

    code = "raffle.no_report_printer"
    sentence = "No printer here prints reports. Give one the role Reports under More, Devices."


class NotYourReport(NotAllowed):
    """A seller sees what they sold."""

    code = "raffle.report_by_supervisor"
    sentence = "Only a supervisor prints the report of everybody. Print your own."


class TillReport(msgspec.Struct, frozen=True):
    """The report's words, and what it says of its own making."""

    view: ReportView
    everybody: bool

    @property
    def document(self) -> Document:
        """The slip."""
        return report_document(self.view)


async def till_report(unit: Unit, stage: Stage, *, everybody: bool) -> TillReport:
    """The report as of now; NotYourReport where a seller asks for everybody's."""
    me = stage.person.session
    if everybody and me.role not in SUPERVISES:
        raise NotYourReport
    venue = await unit.reader.one(VENUE, venue_id=unit.membership.unit.venue_id)
    since_ms = day_start_ms(unit.now_ms, stage.zone, venue.cutoff_min if venue else 0)
    house, text = await unit.reader.one(ORGANIZATION), await unit.reader.one(SLIP_TEXT)
    parts, totals = await _parts(unit, stage, since_ms, None if everybody else me.staff_id)
    view = ReportView(
        organisation=house.name if house else "",
        title="Unit report" if everybody else "Till report",
        venue=", ".join(filter(None, (venue.name, venue.place))) if venue else "",
        unit_name=unit.membership.unit.name,
        since_text=paper_text(since_ms, stage.zone),
        printed_text=paper_text(unit.now_ms, stage.zone),
        parts=parts,
        totals=totals,
        waiting=stage.sales_waiting,
        training=stage.person.training,
        imprint=Imprint(logo=text.logo) if text else Imprint(),
    )
    return TillReport(view, everybody)


async def print_report(unit: Unit, report: TillReport, command_id: UUID) -> None:
    """Queue it for the printer of reports; the same order again prints nothing more."""
    if unit.desk.holder(REPORT) is None:
        raise NoReportPrinter
    await unit.spool.add_once(entity_id=command_id, role=REPORT, document=report.document)


async def _parts(
    unit: Unit, stage: Stage, since_ms: int, seller_id: UUID | None
) -> tuple[tuple[TillPart, ...], tuple[tuple[str, str], ...]]:
    """A part an event and person, and what was taken in each currency."""
    events = {one.event_id: one for one in await unit.reader.many(EVENTS) if one.training == stage.person.training}
    names = {badge.staff_id: badge.name for badge in await unit.reader.many(BADGES)}

    def wanted(line: DayTotal | DayVoid) -> bool:
        return line.event_id in events and seller_id in (None, line.seller_id)

    lines = [one for one in await unit.reader.many(DAY_TOTALS, since_ms=since_ms) if wanted(one)]
    voids = [one for one in await unit.reader.many(DAY_VOIDS, since_ms=since_ms) if wanted(one)]
    keys = sorted(
        {(one.event_id, one.seller_id) for one in lines},
        key=lambda key: (events[key[0]].name, names.get(key[1], SOMEBODY), key[1].bytes),
    )
    parts = tuple(
        _part(
            events[event_id].name,
            names.get(person, SOMEBODY),
            [one for one in lines if (one.event_id, one.seller_id) == (event_id, person)],
            [_void_line(unit, stage.zone, one) for one in voids if (one.event_id, one.seller_id) == (event_id, person)],
        )
        for event_id, person in keys
    )
    return parts, _taken(lines)


def _part(event_name: str, person: str, lines: Sequence[DayTotal], voids: Sequence[VoidLine]) -> TillPart:
    currency = lines[0].currency
    kept, void = [one for one in lines if not one.is_void], [one for one in lines if one.is_void]

    def money(those: Sequence[DayTotal], which: Callable[[DayTotal], bool] = lambda _: True) -> str:
        return Money(sum(one.amount_minor for one in those if which(one)), currency).exact()

    return TillPart(
        event_name=event_name,
        person=person,
        sales=sum(one.sale_count for one in kept),
        tickets=sum(one.ticket_count for one in kept),
        cash=money(kept, lambda one: one.tender == "cash"),
        card=money(kept, lambda one: one.tender == "card"),
        total=money(kept),
        voids=sum(one.sale_count for one in void),
        voided=money(void),
        void_lines=tuple(voids),
    )


def _void_line(unit: Unit, zone: str, void: DayVoid) -> VoidLine:
    position = position_text(unit.membership.unit.code, void.epoch, void.seq)
    return VoidLine(clock_text(void.sold_ms, zone), position, Money(void.amount_minor, void.currency).exact())


def _taken(lines: Sequence[DayTotal]) -> tuple[tuple[str, str], ...]:
    """The sum in each currency; its name is said only where there are several."""
    currencies = sorted({one.currency for one in lines})
    sums = {
        currency: sum(one.amount_minor for one in lines if one.currency == currency and not one.is_void)
        for currency in currencies
    }
    return tuple(
        (currency if len(sums) > 1 else "", Money(total, currency).exact()) for currency, total in sums.items()
    )
