"""Device data, never device code: what models of printers can do, with the source of each fact."""

from firmware_profiles.loader import ProfileInvalid, ProfileUnknown, load_printer, printer_names
from firmware_profiles.schema import CodePage, Face, Fonts, PrinterProfile

__all__ = [
    "CodePage",
    "Face",
    "Fonts",
    "PrinterProfile",
    "ProfileInvalid",
    "ProfileUnknown",
    "load_printer",
    "printer_names",
]
