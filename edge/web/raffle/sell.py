"""The sell page, filled; and the one way from a form to a sale."""

import msgspec

from edge.runtime.event_now import sells
from edge.runtime.unit import Unit
from edge.web.raffle.forms import SaleForm, parse_contact, parse_sale
from edge.web.raffle.order import package_views
from edge.web.raffle.sales import last_sale, sale_views, undo_view
from edge.web.raffle.stage import Stage, frame, jackpot, load_stage, sold_amount
from edge.web.raffle.view import ChangeView, ClosedView, PayView, SaleView, SellView
from edge.web.site.door import Person
from edge.web.site.fields import parse_id
from edge.web.site.frame import kind_of
from shared.domain.raffle.facts import TicketsSold
from shared.domain.raffle.queries_page import LATEST, UNIT_TOTALS
from shared.domain.raffle.state import EventCard
from shared.kernel.clock import clock_text
from shared.kernel.errors import TillhouseError

LATEST_SHOWN = 4
NO_EVENT = "No event sells now. Head office starts one at the hub; it appears here by itself."
NO_TRAINING = "No training event is on this unit yet. Head office opens one at the hub; it appears here by itself."


async def sell_from(unit: Unit, person: Person, form: SaleForm) -> TicketsSold:
    """Carry out the sale of a form; a refusal or fault says what to do next."""
    stage = await load_stage(unit, person, parse_id(form.event_id, "Event"))
    package = stage.package(parse_id(form.package_id, "Package"))
    order = parse_sale(
        form,
        seller=person.session.staff_id,
        price_minor=package.price_minor if package else 0,
        currency=stage.event.currency if stage.event else "USD",
    )
    phone = parse_contact(form, zone=stage.zone, training=bool(stage.event and stage.event.training))
    with unit.contacts.holding(phone) as contact:
        entries = await unit.carry_out(msgspec.structs.replace(order, contact=contact))
    sold = entries[0].body
    assert isinstance(sold, TicketsSold)
    return sold


async def sell_view(
    unit: Unit,
    stage: Stage,
    *,
    sold: str = "",
    undone: str = "",
    buyer: PayView | ChangeView | None = None,
    refused: TillhouseError | None = None,
) -> SellView:
    """The page in the state of its event."""
    base = frame(unit, stage, "Sell", "sell")
    event = stage.event
    if event is None:
        return SellView(base, empty=NO_TRAINING if stage.person.training else NO_EVENT)
    if not sells(event, unit.now_ms):
        return await _not_selling(unit, stage, event)
    last = await last_sale(unit, stage)
    views = await sale_views(unit, stage, [last] if last else [])
    sound, sound_id = _sound(sold, undone, refused)
    return SellView(
        page=base,
        event_id=str(event.event_id),
        jackpot=await jackpot(unit, stage, event),
        packages=package_views(
            stage, unit.now_ms, sold=last.package_id if last and str(last.sale_id) == sold else None
        ),
        last=views[0] if views else None,
        undo=undo_view(unit, last),
        latest=await _latest(unit, stage, event),
        buyer=buyer,
        refused=str(refused) if refused else "",
        refused_code=refused.code if refused else "",
        sound=sound,
        sound_id=sound_id,
    )


def _sound(sold: str, undone: str, refused: TillhouseError | None) -> tuple[str, str]:
    """What the page plays, once."""
    if refused:
        return "refused", ""
    if undone:
        return "undone", f"undone-{undone}"
    return ("sold", sold) if sold else ("", "")


async def _latest(unit: Unit, stage: Stage, event: EventCard) -> tuple[SaleView, ...]:
    if kind_of(unit) == "rsu":
        return ()
    lines = await unit.reader.many(LATEST, event_id=event.event_id, most=LATEST_SHOWN)
    return await sale_views(unit, stage, lines)


async def _not_selling(unit: Unit, stage: Stage, event: EventCard) -> SellView:
    base = frame(unit, stage, "Sell", "sell")
    if event.state == "active" and unit.now_ms < event.sales_open_ms:
        opens = clock_text(event.sales_open_ms, stage.zone)
        return SellView(base, empty=f"Sales of {event.name} open at {opens}. Practise in training until then.")
    line, totals = unit.line, await unit.reader.many(UNIT_TOTALS)
    mine = [part for part in totals if (part.event_id, part.node_id) == (event.event_id, unit.owner.node_id)]
    uploaded = line.waiting == 0
    amount, _ = await sold_amount(unit, event)
    closed = ClosedView(
        closed_at=clock_text(event.ended_ms, stage.zone),
        sales=sum(part.sale_count for part in mine),
        uploaded=uploaded,
        waiting=line.waiting,
        confirmed_seq=line.acked_seq if uploaded else None,
        figure=amount.share(percent=event.prize_percent),
    )
    return SellView(base, closed=closed)
