"""The one question that only a person can answer: did the slip come out?"""

from typing import Annotated
from uuid import UUID

import msgspec
import structlog
from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.runtime.slips import counterfoil_id
from edge.runtime.spool import Answer, SpooledSlip
from edge.runtime.unit import Unit
from edge.web.devices.show import devices_page, may_change
from edge.web.devices.view import AskedPage
from edge.web.site.answers import go, show
from edge.web.site.door import Person
from edge.web.site.fields import parse_id
from edge.web.site.frame import venue_zone
from shared.domain.devices.commands import NoteSlipConfirmed, NoteSlipReprinted, NoteSlipVoided
from shared.domain.devices.queries import TROUBLES_OF_SLIP
from shared.domain.devices.state import ROLES
from shared.domain.raffle.queries_page import RANGES_OF_SALE, SALE
from shared.kernel.clock import clock_text
from shared.kernel.digits import range_text
from shared.kernel.errors import InputRefused, TillhouseError
from shared.kernel.money import Money
from shared.web.problems import NotAllowed, status_of
from shared.web.templates import count

log = structlog.get_logger()
COUNTERFOIL = "counterfoil"
Noted = NoteSlipConfirmed | NoteSlipReprinted | NoteSlipVoided
NOTED: dict[Answer, tuple[type[Noted], str]] = {
    "out": (NoteSlipConfirmed, "seen whole"),
    "again": (NoteSlipReprinted, "torn"),
    "void": (NoteSlipVoided, "given up"),
}


class AnswerForm(msgspec.Struct, frozen=True):
    """`out`: it came out whole; `again`: it did not, print it with REPRINT; `void`: it counts no more."""

    job_id: str = ""
    answer: str = ""


SentAnswer = Annotated[AnswerForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


async def held_slips(unit: Unit) -> list[SpooledSlip]:
    """Those of the business, oldest first; a test print is nobody's question."""
    return [slip for slip in await unit.spool.held() if slip.role in ROLES]


async def answer(unit: Unit, person: Person, form: AnswerForm) -> None:
    """Carry a person's word out, and write down who gave it. One that is answered already stays so."""
    job_id, said = parse_id(form.job_id, "Slip"), parse_answer(form.answer)
    async with unit.desk.answering:
        await _answer(unit, person, job_id, said)


async def _answer(unit: Unit, person: Person, job_id: UUID, said: Answer) -> None:
    slip = next((one for one in await held_slips(unit) if one.job_id == job_id), None)
    if slip is None:
        return
    if said == "void" and not may_change(person):
        raise NotAllowed
    if unit.incidents.stale:
        _note_beside(person, slip, said)
    else:
        await unit.carry_out(_order(unit, person, slip, said, await _printer_of(unit, slip)))
    await unit.spool.answer_held(job_id, said)
    await unit.desk.count_asked()


def _note_beside(person: Person, slip: SpooledSlip, said: Answer) -> None:
    """An older copy's journal takes nothing more, so the word stands in the log, by the same rules."""
    if said == "again" and slip.role == COUNTERFOIL and not may_change(person):
        raise NotAllowed
    log.warning("slip of an older copy answered", job_id=str(slip.job_id), said=said, by=str(person.session.staff_id))


def parse_answer(text: str) -> Answer:
    """One of the three answers; InputRefused otherwise."""
    match text:
        case "out" | "again" | "void":
            return text
    raise InputRefused(field="Answer", problem="choose one of the answers")


async def _printer_of(unit: Unit, slip: SpooledSlip) -> UUID | None:
    """The printer that cut it short, else the one that such slips come out of."""
    trouble = await unit.reader.one(TROUBLES_OF_SLIP, job_id=slip.job_id)
    holder = unit.desk.holder(slip.role)
    return trouble.device_id if trouble else holder.card.device_id if holder else None


def _order(unit: Unit, person: Person, slip: SpooledSlip, said: Answer, printer_id: UUID | None) -> Noted:
    kind, reason = NOTED[said]
    return kind(
        command_id=unit.new_id(),
        actor=person.session.staff_id,
        job_id=slip.job_id,
        entity_id=slip.entity_id,
        role=slip.role,
        device_id=printer_id,
        reason=reason,
    )


class AskedPages(Controller):
    """One question at a time."""

    path = "/devices/asked"
    include_in_schema = False

    @get()
    async def ask(self, unit: Unit, person: Person) -> Template:
        """The oldest."""
        return show("devices/asked.html", await _view(unit, person))

    @post(status_code=303)
    async def take(self, unit: Unit, person: Person, data: SentAnswer) -> Template | Redirect:
        """The next question, or back to selling."""
        try:
            await answer(unit, person, data)
        except TillhouseError as error:
            view = await _view(unit, person, error)
            return show("devices/asked.html", view, status=status_of(error), headers={"hx-push-url": "/devices/asked"})
        return go("/devices/asked" if await held_slips(unit) else "/sell")


class AskedApi(Controller):
    """The same for scripts."""

    path = "/api/devices/held"
    tags = ("devices",)

    @get(summary="Slips of which nobody knows whether they came out")
    async def held(self, unit: Unit, person: Person) -> list[SpooledSlip]:  # noqa: ARG002 - must be logged in
        """Oldest first; `entity_id` is the sale."""
        return await held_slips(unit)

    @post(status_code=200, summary="Say whether a slip came out")
    async def say(self, unit: Unit, person: Person, data: AnswerForm) -> list[SpooledSlip]:
        """`out`, `again` or, by a supervisor, `void`; what is held still is answered."""
        await answer(unit, person, data)
        return await held_slips(unit)


async def _view(unit: Unit, person: Person, error: TillhouseError | None = None) -> AskedPage:
    frame = await devices_page(unit, person, "Did it come out?")
    held = await held_slips(unit)
    if not held:
        return AskedPage(page=frame)
    slip = held[0]
    when = clock_text(slip.queued_ms, await venue_zone(unit))
    what, numbers = await _sale_words(unit, slip)
    return AskedPage(
        page=frame,
        job_id=str(slip.job_id),
        slip=slip.role,
        why=f"It was cut short. The slip is of {when}, of this sale:"
        if what
        else f"It was cut short. It is of {when}.",
        what=what,
        numbers=numbers,
        supervisor_only=slip.role == COUNTERFOIL and not may_change(person),
        may_void=may_change(person),
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
    )


async def _sale_words(unit: Unit, slip: SpooledSlip) -> tuple[str, str]:
    """The sale in a few words and its draw numbers, of a counterfoil the one that it bears; empty for what is none."""
    line = await unit.reader.one(SALE, sale_id=slip.entity_id)
    if line is None:
        return "", ""
    parts = await unit.reader.many(RANGES_OF_SALE, at_node=line.node_id, at_epoch=line.epoch, at_seq=line.seq)
    numbers = ", ".join(range_text(part.first, part.last) for part in parts)
    if slip.role == COUNTERFOIL:
        every = (number for part in parts for number in range(part.first, part.last + 1))
        mine = next((one for one in every if counterfoil_id(slip.entity_id, one) == slip.job_id), None)
        numbers = f"Number {range_text(mine, mine)}" if mine is not None else numbers
    return f"{count(line.ticket_count, 'ticket')} · {Money(line.amount_minor, line.currency).short()}", numbers
