"""The troubles that the virtual printer can be told to have, and the words for each."""

from edge.devices.virtual.printer import VirtualPrinter
from shared.kernel.errors import InputRefused

TROUBLES: tuple[tuple[str, str], ...] = (
    ("paper_out", "Paper out"),
    ("paper_ends", "Paper ends inside the next ticket"),
    ("paper_low", "Paper low"),
    ("cover_open", "Cover open"),
    ("stall", "Stalls"),
    ("unplug", "Unplugged"),
)
LINES_UNTIL_END = 12


async def set_trouble(printer: VirtualPrinter, trouble: str) -> None:
    """The one trouble from now on; an empty word is none. InputRefused for a word that names no trouble."""
    if trouble and trouble not in dict(TROUBLES):
        raise InputRefused(field="Trouble", problem=f"choose one of {', '.join(word for word, _ in TROUBLES)}")
    await _repair(printer)
    match trouble:
        case "paper_out":
            printer.take_paper()
        case "paper_ends":
            printer.paper_ends_after(LINES_UNTIL_END)
        case "paper_low":
            printer.paper_low()
        case "cover_open":
            printer.cover(is_open=True)
        case "stall":
            printer.stall()
        case "unplug":
            await printer.unplug()


async def _repair(printer: VirtualPrinter) -> None:
    if printer.troubles.unplugged:
        await printer.plug_in()
    if printer.troubles.stalled:
        printer.stall(False)
    if printer.troubles.cover_open:
        printer.cover(is_open=False)
    if printer.troubles.paper_out or printer.troubles.paper_low or printer.troubles.lines_left is not None:
        printer.put_in_roll()


def trouble_now(printer: VirtualPrinter) -> str:
    """The trouble in force; the worst where there are several."""
    now = printer.troubles
    holds = {
        "unplug": now.unplugged,
        "stall": now.stalled,
        "cover_open": now.cover_open,
        "paper_out": now.paper_out,
        "paper_ends": now.lines_left is not None,
        "paper_low": now.paper_low,
    }
    return next((word for word, true in holds.items() if true), "")
