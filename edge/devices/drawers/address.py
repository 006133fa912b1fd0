"""Where a drawer hangs, as rows and pages write it: `printer:ID:2` on pin 2 of a printer, `serial:…`, `none` for a key.

The printer is named by its device id, so a drawer stays on the one that takes its printer's place.
"""

from typing import assert_never
from uuid import UUID

import msgspec

from edge.devices.lines.address import PrinterSettingWrong, Serial, line_text, parse_line
from firmware_profiles import DrawerProfile
from shared.kernel.errors import TillhouseError

PINS = (2, 5)
BY_KEY = "none"


class DrawerSettingWrong(TillhouseError):
    """The text names no place of a drawer, or no drawer like this one can be there."""

    code = "edge.drawer_setting"
    sentence = "The drawer “{drawer}” cannot be: {problem}. Tap a drawer of the list of found devices."


class AtPrinter(msgspec.Struct, frozen=True, tag="printer"):
    """On a pin of the drawer connector of a printer of this unit."""

    printer_id: UUID
    pin: int


class ByKey(msgspec.Struct, frozen=True, tag="key"):
    """Opened by hand alone."""


DrawerLine = AtPrinter | Serial | ByKey


def parse_drawer_line(text: str) -> DrawerLine:
    """The place that this text writes; DrawerSettingWrong when it writes none."""
    if text == BY_KEY:
        return ByKey()
    kind, _, rest = text.partition(":")
    if kind == "printer":
        return _at_printer(text, rest)
    if kind == "serial":
        try:
            line = parse_line(text)
        except PrinterSettingWrong as error:
            raise _wrong(text, str(error).rstrip(".")) from error
        assert isinstance(line, Serial)
        return line
    raise _wrong(text, "it hangs on a printer or a serial port, or has a key")


def drawer_line_text(line: DrawerLine) -> str:
    """The one text that `parse_drawer_line` reads as this place."""
    match line:
        case AtPrinter(printer_id, pin):
            return f"printer:{printer_id}:{pin}"
        case Serial():
            return line_text(line)
        case ByKey():
            return BY_KEY
        case _:
            assert_never(line)


def check_drawer(text: str, profile: DrawerProfile) -> DrawerLine:
    """The place, where such a drawer can be there; DrawerSettingWrong otherwise."""
    line = parse_drawer_line(text)
    match line:
        case AtPrinter(pin=pin):
            if profile.kick is None or profile.kick.pin != pin:
                raise _wrong(profile.title, f"it is not opened by pin {pin} of a printer")
        case Serial():
            if profile.opened_by != "serial" or not profile.letters:
                raise _wrong(profile.title, "it is not known to open by a word on a serial line")
        case ByKey():
            if profile.opened_by != "hand":
                raise _wrong(profile.title, "it does not open by hand, so say what it hangs on")
    return line


def _at_printer(text: str, rest: str) -> AtPrinter:
    printer, _, pin = rest.partition(":")
    try:
        place = AtPrinter(UUID(printer), int(pin))
    except ValueError:
        raise _wrong(text, "a printer has an id and a pin, 2 or 5") from None
    if place.pin not in PINS or drawer_line_text(place) != text:
        raise _wrong(text, "a printer has an id and a pin, 2 or 5")
    return place


def _wrong(drawer: str, problem: str) -> DrawerSettingWrong:
    return DrawerSettingWrong(drawer=drawer[:60], problem=problem)
