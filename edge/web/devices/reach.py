"""Which lines a person may let the unit write to: whoever names a path, has the unit write there."""

from pathlib import Path

from edge.runtime.unit import Unit
from edge.web.devices.show import may_change
from edge.web.site.door import Person
from shared.kernel.errors import Refusal
from shared.web.problems import NotAllowed

PATHS = ("file", "serial", "hid")
FOR_ALL = ("tcp", "serial", "usb", "virtual")
"""Lines that lead to a device and to nothing else, so whoever works here may type them in the middle of service."""


class LineForSupervisor(NotAllowed):
    """A line by which a unit could be made to write where no printer is."""

    code = "edge.device_line_by_supervisor"
    sentence = "Only a supervisor types this line. Tap a device of the list, or write tcp, serial or usb."


class LineIntoFolder(Refusal):
    """The journal, its keys and its database are there."""

    code = "edge.device_line_into_folder"
    sentence = "This line leads into the folder of the unit itself. Choose the path of a device."


def check_reach(unit: Unit, person: Person, line: str) -> None:
    """LineForSupervisor for what only a supervisor asks or stores; LineIntoFolder for whoever it is."""
    kind, _, rest = line.partition(":")
    if not (may_change(person) or kind in FOR_ALL or any(one.line == line for one in unit.meetings.found)):
        raise LineForSupervisor
    if kind in PATHS and _is_inside(rest.partition("@")[0] if kind == "serial" else rest, unit.settings.folder):
        raise LineIntoFolder


def _is_inside(path: str, folder: Path) -> bool:
    """Also by a link or by dots; what is no path is refused by whoever reads the line."""
    try:
        return Path(path).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return False
