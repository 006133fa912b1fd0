"""Sales as pages show them: numbers, paper, upload, and the seconds in which the last one may be undone."""

from collections.abc import Sequence
from uuid import UUID

from edge.runtime.unit import Unit
from edge.web.raffle.stage import Stage
from edge.web.raffle.view import ChangeView, Paper, Ranges, SaleView, Tender, UndoView
from shared.domain.identity.queries import UNIT
from shared.domain.raffle import UNDO_MS_MAX
from shared.domain.raffle.queries import LAST_SALE
from shared.domain.raffle.queries_page import RANGES_OF_SALE, SALE, SaleLine
from shared.kernel.clock import SECOND_MS, at
from shared.kernel.digits import in_fours
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

COUNTER = "Counter"
BEGUN_PERCENT, QUEUED_PERCENT = 60, 10
PAPER_WORDS: dict[str, Paper] = {"issued": "printed", "voided": "printed", "last_try": "printing", "begun": "printing"}


def paper_of(unit: Unit, state: str | None) -> Paper:
    """Where a ticket is on its way to paper."""
    if state is None or state in PAPER_WORDS:
        return PAPER_WORDS.get(state or "", "waiting")
    if state == "held":
        return "asked"
    return "printing" if unit.desk.takes_paper else "waiting"


async def ranges_of(unit: Unit, line: SaleLine) -> Ranges:
    """All draw numbers of a sale; a second look only when they came from more than one lease."""
    if line.last - line.first + 1 == line.ticket_count:
        return ((line.first, line.last),)
    parts = await unit.reader.many(RANGES_OF_SALE, at_node=line.node_id, at_epoch=line.epoch, at_seq=line.seq)
    return tuple((part.first, part.last) for part in parts)


def is_sent(unit: Unit, line: SaleLine) -> bool:
    """Whether the hub confirmed it."""
    return line.node_id != unit.owner.node_id or line.seq <= unit.line.acked_seq


async def unit_name(unit: Unit, node_id: UUID) -> str:
    """The name of the unit that sold."""
    if node_id == unit.owner.node_id:
        return unit.membership.unit.name if unit.membership.unit.kind == "rsu" else COUNTER
    found = await unit.reader.one(UNIT, unit_id=node_id)
    return found.name if found else "another unit"


def tender_of(line: SaleLine) -> Tender:
    """The tender in the view's words."""
    return "card" if line.tender == "card" else "cash"


async def sale_views(unit: Unit, stage: Stage, lines: Sequence[SaleLine]) -> tuple[SaleView, ...]:
    """Sales of the stage's event as pages show them."""
    training = bool(stage.event and stage.event.training)
    states = await unit.spool.states(line.sale_id for line in lines)
    return tuple(
        [
            SaleView(
                sale_id=str(line.sale_id),
                clock=at(line.sold_ms, stage.zone).strftime("%H:%M:%S"),
                tickets=line.ticket_count,
                price=Money(line.amount_minor, line.currency),
                tender=tender_of(line),
                ranges=await ranges_of(unit, line),
                seller=await unit_name(unit, line.node_id),
                prefix="T" if training else "",
                paper=paper_of(unit, states.get(line.sale_id)),
                sent=None if training else is_sent(unit, line),
                voided=line.is_void,
                validation=in_fours(line.validation_number),
            )
            for line in lines
        ]
    )


async def last_sale(unit: Unit, stage: Stage) -> SaleLine | None:
    """The person's last sale here, when it was of this event."""
    last = await unit.reader.one(LAST_SALE, seller_id=stage.person.session.staff_id)
    if last is None or stage.event is None or last.event_id != stage.event.event_id:
        return None
    return await unit.reader.one(SALE, sale_id=last.sale_id)


def undo_view(unit: Unit, line: SaleLine | None) -> UndoView | None:
    """The undo of the last sale while its seconds run; its command id follows from the sale, so it happens once."""
    if line is None or line.is_void:
        return None
    left_ms = line.sold_ms + UNDO_MS_MAX - unit.now_ms
    if not 0 < left_ms <= UNDO_MS_MAX:
        return None
    return UndoView(str(line.sale_id), str(derived_id(line.sale_id, "undo")), -(-left_ms // SECOND_MS))


async def change_view(unit: Unit, stage: Stage, line: SaleLine) -> ChangeView:
    """What to give back, with the printing beside it."""
    (sale,) = await sale_views(unit, stage, [line])
    received = Money(line.received_minor, line.currency)
    last = await last_sale(unit, stage)
    undo = undo_view(unit, line) if last is not None and last.sale_id == line.sale_id else None
    percent = BEGUN_PERCENT if sale.paper == "printing" else QUEUED_PERCENT
    return ChangeView(sale, received, received - sale.price, undo, 100 if sale.paper == "printed" else percent)
