"""Dots for `GS v 0`: QR codes, black strips, and lines that a printer's own letters cannot write. Pure."""

import msgspec
import segno
from PIL import Image

from edge.devices.layout import Letters, Strip, cell_dots
from edge.devices.typeface import Typeface
from firmware_profiles import PrinterProfile

CODE_MM = 27
MODULE_DOTS_MIN = 3
QUIET_MM = 2.5
MASK = 3
"""One mask for all codes: choosing the prettiest costs five times the time, and every reader reads any (ISO 18004)."""


class Raster(msgspec.Struct, frozen=True):
    """Rows of packed dots, most significant bit left, set bits are ink."""

    width_bytes: int
    height_dots: int
    rows: bytes


def modules(payload: str) -> tuple[bytearray, ...]:
    """The QR code's modules without quiet zone, 1 is dark; error correction M."""
    code = segno.make_qr(payload, error="M", mask=MASK, boost_error=False)
    matrix: tuple[bytearray, ...] = code.matrix
    return matrix


def module_dots(count: int, profile: PrinterProfile) -> int:
    """Dots of one module, so that the code is near 27 mm and never meets the edge of the paper."""
    room = min(profile.dots(CODE_MM), profile.print_dots - 2 * profile.dots(QUIET_MM))
    return max(room // count, MODULE_DOTS_MIN)


def qr_raster(payload: str, profile: PrinterProfile) -> Raster:
    """The code with its left margin in the dots, so it is centred on printers that align only text."""
    matrix = modules(payload)
    size = module_dots(len(matrix), profile)
    left = (profile.print_dots - size * len(matrix)) // 2
    width_bytes = -(-(left + size * len(matrix)) // 8)
    spare = width_bytes * 8 - left - size * len(matrix)
    dark, light = "1" * size, "0" * size
    rows = (int("".join(dark if module else light for module in row), 2) << spare for row in matrix)
    return Raster(width_bytes, size * len(matrix), b"".join(row.to_bytes(width_bytes, "big") * size for row in rows))


def strip_raster(strip: Strip, profile: PrinterProfile) -> Raster:
    """A centred black strip."""
    width_bytes = -(-profile.print_dots // 8)
    right = width_bytes * 8 - (profile.print_dots - strip.width_dots) // 2 - strip.width_dots
    row = ((1 << strip.width_dots) - 1) << right
    return Raster(width_bytes, strip.height_dots, row.to_bytes(width_bytes, "big") * strip.height_dots)


def letters_raster(letters: Letters, profile: PrinterProfile, typeface: Typeface) -> Raster:
    """A whole line drawn by us, in the same cells that the printer's own letters would take."""
    style = letters.style
    cell = cell_dots(style, profile)
    before, after = (spaces * cell[0] // style.wide for spaces in letters.margins)
    text = typeface.line(letters.text, cell, bold=style.bold)
    line = Image.new("1", (before + text.width + after, text.height), 0)
    line.paste(text, (before, 0))
    spare = max(profile.print_dots - line.width, 0)
    left = {"left": 0, "center": spare // 2, "right": spare}[style.align]
    width_bytes = -(-profile.print_dots // 8)
    paper = Image.new("1", (width_bytes * 8, line.height), 0)
    paper.paste(line.point([255, *[0] * 255], "1") if style.inverse else line, (left, 0))
    return Raster(width_bytes, paper.height, paper.tobytes())
