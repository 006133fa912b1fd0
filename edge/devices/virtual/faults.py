"""The faults by name: one word a fault, for pages, scripts and the fault matrix."""

from collections.abc import Awaitable, Callable

import msgspec

from edge.devices.virtual.printer import VirtualPrinter
from edge.devices.virtual.troubles import Troubles


class Severity(msgspec.Struct, frozen=True):
    """How hard a fault strikes: lines that the roll has left, bytes until the power fails, millimetres a second, and

    how late a status comes (ms).
    """

    lines: int = 12
    bytes_left: int = 300
    slow_mm_s: int = 30
    late_ms: int = 1_500


async def _unplug(printer: VirtualPrinter, _: Severity) -> None:
    await printer.unplug()


def _at_once(order: Callable[[VirtualPrinter, Severity], None]) -> "Fault":
    async def give(printer: VirtualPrinter, severity: Severity) -> None:
        order(printer, severity)

    return give


Fault = Callable[[VirtualPrinter, Severity], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    "paper_out": _at_once(lambda printer, _: printer.take_paper()),
    "paper_ends": _at_once(lambda printer, hard: printer.paper_ends_after(hard.lines)),
    "paper_low": _at_once(lambda printer, _: printer.paper_low()),
    "cover_open": _at_once(lambda printer, _: printer.cover(is_open=True)),
    "cutter_jam": _at_once(lambda printer, _: printer.jam_cutter()),
    "overheat": _at_once(lambda printer, _: printer.overheat()),
    "broken": _at_once(lambda printer, _: printer.break_down()),
    "feed": _at_once(lambda printer, _: printer.hold_feed_button()),
    "stall": _at_once(lambda printer, _: printer.stall()),
    "slow": _at_once(lambda printer, hard: printer.slow_down(hard.slow_mm_s)),
    "half_line": _at_once(lambda printer, hard: printer.power_fails_after(hard.bytes_left)),
    "unplug": _unplug,
    "garbage": _at_once(lambda printer, _: printer.garble()),
    "late": _at_once(lambda printer, hard: printer.answer_late(hard.late_ms)),
}


def fault_now(troubles: Troubles) -> str:
    """The fault in force, the worst where there are several; empty for none."""
    holds = {
        "unplug": troubles.unplugged,
        "half_line": troubles.dark or troubles.bytes_left is not None,
        "stall": troubles.stalled,
        "broken": troubles.broken,
        "cutter_jam": troubles.cutter_jammed,
        "cover_open": troubles.cover_open,
        "paper_out": troubles.paper_out,
        "overheat": troubles.hot,
        "feed": troubles.feeding,
        "garbage": troubles.garbled,
        "late": troubles.late_ms > 0,
        "paper_ends": troubles.lines_left is not None,
        "slow": troubles.slow_mm_s is not None,
        "paper_low": troubles.paper_low,
    }
    return next((word for word, true in holds.items() if true), "")
