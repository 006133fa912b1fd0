"""What belongs to this unit and to the person at it."""

from importlib.metadata import version

from edge.devices.status import PrinterState
from edge.runtime.event_now import event_now
from edge.runtime.unit import Unit
from edge.web.raffle.sales import last_sale, undo_view
from edge.web.raffle.stage import Stage, frame
from edge.web.raffle.view import FactView, MoreView
from shared.domain.identity.state import SUPERVISES
from shared.domain.raffle.queries_page import EVENTS
from shared.kernel.clock import SECOND_MS, clock_text
from shared.kernel.errors import Refusal

PRINTER_FACTS: dict[PrinterState, FactView] = {
    PrinterState.READY: FactView("Printer", "Ready", "done"),
    PrinterState.BUSY: FactView("Printer", "Printing", "done"),
    PrinterState.PAPER_LOW: FactView("Printer", "Paper low", "attn"),
    PrinterState.PAPER_OUT: FactView("Printer", "Paper out", "stop"),
    PrinterState.COVER_OPEN: FactView("Printer", "Cover open", "stop"),
    PrinterState.WAITING: FactView("Printer", "Waiting: another unit is printing", "wait"),
    PrinterState.DISABLED: FactView("Printer", "None on this unit"),
}


class NoTrainingNow(Refusal):
    """The mode stays as it is."""

    code = "raffle.no_training_now"
    sentence = "Training is not possible now: {why}. Try again then."


async def why_not_training(unit: Unit, stage: Stage) -> str:
    """What keeps the mode from changing; empty when nothing does."""
    if undo_view(unit, await last_sale(unit, stage)) is not None:
        return "the last sale can still be undone"
    if event_now(await unit.reader.many(EVENTS), unit.now_ms, training=True) is None:
        return "" if stage.person.training else "this unit has no training event yet"
    return ""


def _states(unit: Unit, stage: Stage, unprinted: int) -> tuple[FactView, ...]:
    line = unit.line
    age_s = max(0, unit.now_ms - line.heard_ms) // SECOND_MS
    hub = (
        FactView("Hub", f"Reached {age_s} s ago", "done")
        if line.connected
        else FactView("Hub", f"Not reached since {clock_text(line.heard_ms or line.since_ms, stage.zone)}", "wait")
    )
    printer = PRINTER_FACTS.get(unit.desk.status.state, FactView("Printer", "Does not answer", "attn"))
    no_phones = FactView("Buyers' phones", "After the next contact with the hub", "wait")
    phones = (no_phones,) if unit.contacts.why_not else ()
    paused = FactView("Waiting to go up", f"{line.waiting:,}, paused by head office", "wait")
    paper = (FactView("Waiting for paper", f"{unprinted:,}"),) if unprinted else ()
    return (
        hub,
        paused if line.paused else FactView("Waiting to go up", f"{line.waiting:,}"),
        FactView("Numbers left", f"{stage.left:,}"),
        printer,
        *paper,
        *phones,
    )


async def more_view(unit: Unit, stage: Stage) -> MoreView:
    """The More page."""
    session, own = stage.person.session, unit.membership.unit
    drawer = unit.drawers.for_sales
    return MoreView(
        page=frame(unit, stage, "More", "more"),
        person=session.name,
        role=session.role.capitalize(),
        training_on=session.training,
        why_not_training=await why_not_training(unit, stage),
        states=_states(unit, stage, await unit.spool.unprinted()),
        versions=(FactView("Tillhouse", version("tillhouse")), FactView("Unit", f"{own.code}-{unit.owner.epoch}")),
        virtual_printer=unit.desk.virtual() is not None,
        virtual_scanner=unit.scanning.virtual() is not None,
        drawer_id=str(drawer.device_id) if drawer else "",
        clock_jumped=unit.clock.doubt is not None,
        may_enrol=session.role in SUPERVISES or bool(stage.stops.ended),
    )
