"""What was typed or scanned into the number box: which ticket it names, or a sentence that says what it is."""

import re
from uuid import UUID

from edge.effects.raffle.wording import QR_FORM, position_text
from edge.runtime.unit import Unit
from edge.web.raffle.sales import sale_views, unit_name
from edge.web.raffle.stage import load_stage
from edge.web.raffle.view import FoundTicket
from edge.web.site.door import Person
from shared.domain.raffle.queries_page import RANGE_OF, SALE_AT, SALE_BY_VALIDATION, SaleLine
from shared.kernel.clock import paper_text
from shared.kernel.validation import DRAW_NUMBER_MAX, draw_number_in, tidy

LETTERS_MAX = 80
SCANNED = re.compile(rf"{QR_FORM}-(.{{1,20}})-(\d{{1,9}})-(\d{{1,12}})-([0-9A-Z]{{21}})")
POSITION = re.compile(r"(.{1,20})-(\d{1,9})-(\d{1,12})")
NOT_HERE = "This ticket was not sold on this unit. Look it up on {where}, or at the hub."
NOT_A_NUMBER = (
    "This is no number of a ticket. Type its validation number, one draw number, or the small one at its foot."
)
MISTYPED = "A character is wrong: no validation number reads like this. Compare it with the paper."
NOT_SOLD = "{number} was not sold on this unit. Type the ticket's validation number to be sure."


async def find_ticket(unit: Unit, person: Person, typed: str) -> FoundTicket | str:
    """The ticket that `typed` names, or what to do when it names none here."""
    text = typed.strip().upper()[:LETTERS_MAX]
    if match := SCANNED.fullmatch(text):
        text = match[4]
    if draw_number_in(text) is not None:
        line = await unit.reader.one(SALE_BY_VALIDATION, validation_number=tidy(text))
        return await _found(unit, person, line) if line else NOT_HERE.format(where="the unit that its paper names")
    if match := POSITION.fullmatch(text):
        return await _at_position(unit, person, match[1], int(match[2]), int(match[3]))
    digits = tidy(text).removeprefix("T")
    if digits.isascii() and digits.isdigit() and len(digits) <= len(str(DRAW_NUMBER_MAX)):
        return await _by_draw_number(unit, person, int(digits))
    return MISTYPED if len(tidy(text)) == 21 else NOT_A_NUMBER


async def _at_position(unit: Unit, person: Person, code: str, epoch: int, seq: int) -> FoundTicket | str:
    if code != unit.membership.unit.code.upper():
        return NOT_HERE.format(where=f"unit {code}")
    line = await unit.reader.one(SALE_AT, at_node=unit.owner.node_id, at_epoch=epoch, at_seq=seq)
    return await _found(unit, person, line) if line else f"{position_text(code, epoch, seq)} is no sale of this unit."


async def _by_draw_number(unit: Unit, person: Person, number: int) -> FoundTicket | str:
    stage = await load_stage(unit, person)
    event_id: UUID | None = stage.event.event_id if stage.event else None
    parts = await unit.reader.many(RANGE_OF, event_id=event_id, number=number) if event_id else []
    if not parts:
        return NOT_SOLD.format(number=number)
    part = parts[0]
    line = await unit.reader.one(SALE_AT, at_node=part.node_id, at_epoch=part.epoch, at_seq=part.sale_seq)
    return await _found(unit, person, line) if line else NOT_SOLD.format(number=number)


async def _found(unit: Unit, person: Person, line: SaleLine) -> FoundTicket:
    """The card of a ticket; another event's says so before anything else."""
    now = await load_stage(unit, person)
    stage = await load_stage(unit, person, line.event_id)
    other = now.event is not None and now.event.event_id != line.event_id
    (sale,) = await sale_views(unit, stage, [line])
    return FoundTicket(
        sale=sale,
        state="void" if line.is_void else "other_event" if other else "valid",
        event=stage.event.name if stage.event else "",
        unit=await unit_name(unit, line.node_id),
        issued=paper_text(line.sold_ms, stage.zone),
        position=position_text(unit.membership.unit.code, line.epoch, line.seq),
        chain=line.chain,
    )
