"""The troubles that the virtual printer can be told to have, and the words for each."""

from edge.devices.virtual.faults import FAULTS, Severity, fault_now
from edge.devices.virtual.printer import VirtualPrinter
from shared.kernel.errors import InputRefused

TROUBLES: tuple[tuple[str, str], ...] = (
    ("paper_out", "Paper out"),
    ("paper_ends", "Paper ends inside the next ticket"),
    ("paper_low", "Paper low"),
    ("cover_open", "Cover open"),
    ("stall", "Stalls"),
    ("unplug", "Unplugged"),
    ("half_line", "Power fails inside a line"),
    ("slow", "Slow"),
    ("cutter_jam", "Knife jammed"),
    ("overheat", "Head too hot"),
    ("broken", "Broken"),
    ("feed", "Someone holds the feed button"),
    ("garbage", "Speaks gibberish"),
    ("late", "Answers late"),
)
SEVERITY = Severity()


async def set_trouble(printer: VirtualPrinter, trouble: str) -> None:
    """The one trouble from now on; an empty word is none. InputRefused for a word that names no trouble."""
    if trouble and trouble not in dict(TROUBLES):
        raise InputRefused(field="Trouble", problem=f"choose one of {', '.join(word for word, _ in TROUBLES)}")
    await printer.repair()
    if trouble:
        await FAULTS[trouble](printer, SEVERITY)


def trouble_now(printer: VirtualPrinter) -> str:
    """The trouble in force; the worst where there are several."""
    return fault_now(printer.troubles)
