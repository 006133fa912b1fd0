"""A scanner as settings, rows and pages write it: `serial:/dev/ttyACM0@9600`, `hid:/dev/input/by-id/…`, `virtual`."""

import msgspec

from edge.devices.scanners.evdev import EvdevSource
from edge.devices.scanners.serial import serial_source
from edge.devices.scanners.source import Source
from edge.devices.scanners.virtual import VirtualScanner
from firmware_profiles import ProfileInvalid, ProfileUnknown, ScannerProfile, load_scanner
from firmware_profiles.scanner_schema import ScannerLine
from shared.kernel.errors import TillhouseError

KINDS: dict[str, tuple[ScannerLine, ...]] = {
    "serial": ("serial", "usb-serial"),
    "hid": ("usb-keyboard",),
    "virtual": ("virtual",),
}
"""The kinds of lines, and what a profile calls them."""
USUAL = {"serial": "generic-serial", "hid": "generic-keyboard", "virtual": "virtual-scanner"}
SHOWN = 60


class ScannerSettingWrong(TillhouseError):
    """The setting names no scanner."""

    code = "edge.scanner_setting"
    sentence = (
        "The scanner “{scanner}” is not known: {problem}. Write virtual, serial:PATH@BAUDS or hid:PATH, and a profile "
        "after a blank if there is one."
    )


class ScannerLineText(msgspec.Struct, frozen=True):
    """A line read: its kind, the device's path, its speed where one was written."""

    kind: str
    path: str = ""
    bauds: int | None = None


def parse_scanner_line(text: str) -> ScannerLineText:
    """The line of this text; ScannerSettingWrong for any other form."""
    kind, _, rest = text.partition(":")
    if kind == "virtual" and not rest:
        return ScannerLineText("virtual")
    path, at, bauds = rest.partition("@") if kind == "serial" else (rest, "", "")
    if kind not in ("serial", "hid") or not path.startswith("/") or "\0" in path:
        raise ScannerSettingWrong(scanner=text[:SHOWN], problem="it has another form")
    if not at:
        return ScannerLineText(kind, path)
    if not (bauds.isascii() and bauds.isdigit() and 0 < int(bauds[:9]) <= 4_000_000):
        raise ScannerSettingWrong(scanner=text[:SHOWN], problem=f"“{bauds[:12]}” is no speed in bauds")
    return ScannerLineText(kind, path, int(bauds))


def load_profile(line: ScannerLineText, name: str) -> ScannerProfile:
    """The profile of this name, or the usual one of the line; ScannerSettingWrong where they do not fit."""
    try:
        profile = load_scanner(name or USUAL[line.kind])
    except (ProfileUnknown, ProfileInvalid) as error:
        raise ScannerSettingWrong(scanner=name[:SHOWN], problem=str(error)) from error
    if not set(profile.lines) & set(KINDS[line.kind]):
        problem = f"its profile speaks by {', '.join(profile.lines)} and not by {line.kind}"
        raise ScannerSettingWrong(scanner=name[:SHOWN], problem=problem)
    return profile


def source_of(line: ScannerLineText, profile: ScannerProfile) -> Source:
    """The source of a line, not open yet."""
    match line.kind:
        case "serial":
            return serial_source(line.path, line.bauds, profile)
        case "hid":
            return EvdevSource(line.path)
    return VirtualScanner(profile)
