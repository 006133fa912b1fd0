"""Device data, never device code: what models of printers, scanners, drawers and handhelds can do, with each source."""

from firmware_profiles.claims import Claim, candidates, double_claims
from firmware_profiles.drawer_schema import DrawerProfile, Kick
from firmware_profiles.facts import Facts, Found, UsbId, octets
from firmware_profiles.handheld_schema import HandheldProfile
from firmware_profiles.loader import (
    DRAWERS,
    HANDHELDS,
    PRINTERS,
    SCANNERS,
    facts,
    load_drawer,
    load_handheld,
    load_printer,
    load_scanner,
    models,
    names,
    printer_names,
    scanner_names,
)
from firmware_profiles.scanner_schema import Framing, Order, ScannerFacts, ScannerProfile, Trigger
from firmware_profiles.schema import CodePage, DrawerPort, Face, Fonts, PrinterFacts, PrinterProfile, RasterLimits
from firmware_profiles.shelf import Kind, ProfileInvalid, ProfileUnknown, ProfileUnsupported

__all__ = [
    "DRAWERS",
    "HANDHELDS",
    "PRINTERS",
    "SCANNERS",
    "Claim",
    "CodePage",
    "DrawerPort",
    "DrawerProfile",
    "Face",
    "Facts",
    "Fonts",
    "Found",
    "Framing",
    "HandheldProfile",
    "Kick",
    "Kind",
    "Order",
    "PrinterFacts",
    "PrinterProfile",
    "ProfileInvalid",
    "ProfileUnknown",
    "ProfileUnsupported",
    "RasterLimits",
    "ScannerFacts",
    "ScannerProfile",
    "Trigger",
    "UsbId",
    "candidates",
    "double_claims",
    "facts",
    "load_drawer",
    "load_handheld",
    "load_printer",
    "load_scanner",
    "models",
    "names",
    "octets",
    "printer_names",
    "scanner_names",
]
