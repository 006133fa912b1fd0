"""The one way to a profile of any kind: by its name, read once, whole."""

from functools import cache
from importlib.resources import files
from typing import Any

from firmware_profiles.drawer_schema import DrawerProfile
from firmware_profiles.facts import Facts
from firmware_profiles.handheld_schema import HandheldProfile
from firmware_profiles.scanner_schema import ScannerFacts, ScannerProfile
from firmware_profiles.schema import PrinterFacts, PrinterProfile
from firmware_profiles.shelf import F, Kind, ProfileUnsupported, Shelf

PRINTERS = Kind("printers", "printer", PrinterFacts, ("generic-58", "generic-80", "virtual-58", "virtual-80"))
SCANNERS = Kind("scanners", "scanner", ScannerFacts, ("generic-serial", "generic-keyboard", "virtual-scanner"))
DRAWERS = Kind("drawers", "drawer", DrawerProfile, ("printer-driven", "by-hand"))
HANDHELDS = Kind("handhelds", "handheld", HandheldProfile, ("reference-linux-58", "virtual-handheld"))

SHELF = Shelf(files("firmware_profiles"))


@cache
def models(kind: Kind[F]) -> tuple[str, ...]:
    """Names of all profiles of a kind, also of those that are not supported, sorted."""
    return SHELF.models(kind)


def facts(kind: Kind[F], name: str) -> F:
    """What is known of a model, supported or not; ProfileUnknown, or ProfileInvalid with file, line, expectation."""
    found = _facts(kind, name)
    assert isinstance(found, kind.struct)
    return found


@cache
def names(kind: Kind[F]) -> tuple[str, ...]:
    """Names of the profiles by which a device can be driven, sorted."""
    return tuple(name for name in models(kind) if facts(kind, name).supported)


@cache
def load_printer(name: str) -> PrinterProfile:
    """The printer profile of this name; ProfileUnknown (also when it is not supported), ProfileInvalid."""
    return PrinterProfile.of(_supported(PRINTERS, name))


@cache
def load_scanner(name: str) -> ScannerProfile:
    """The scanner profile of this name; ProfileUnknown (also when it is not supported), ProfileInvalid."""
    return ScannerProfile.of(_supported(SCANNERS, name))


def load_drawer(name: str) -> DrawerProfile:
    """The cash drawer profile of this name; ProfileUnknown (also when it is not supported), ProfileInvalid."""
    return _supported(DRAWERS, name)


def load_handheld(name: str) -> HandheldProfile:
    """The handheld profile of this name; ProfileUnknown (also when it is not supported), ProfileInvalid."""
    return _supported(HANDHELDS, name)


def printer_names() -> tuple[str, ...]:
    """Names of the printer profiles that can be printed by, sorted."""
    return names(PRINTERS)


def scanner_names() -> tuple[str, ...]:
    """Names of the scanner profiles that can be scanned by, sorted."""
    return names(SCANNERS)


@cache
def _facts(kind: Kind[Any], name: str) -> Facts:
    found: Facts = SHELF.facts(kind, name)
    return found


def _supported(kind: Kind[F], name: str) -> F:
    found = facts(kind, name)
    if not found.supported:
        unknown = ", ".join(found.unknown_essentials())
        raise ProfileUnsupported(f"the {kind.word} “{found.title}” is not supported; unknown are: {unknown}")
    return found
