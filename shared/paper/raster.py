"""Rows of dots: QR codes, black strips, pictures, and lines that a printer's own letters cannot write. Pure."""

import msgspec
import segno
from PIL import Image

from shared.paper.bars import Bars, modules_of
from shared.paper.layout import Dots, Letters, Strip, cell_dots
from shared.paper.logo import dots_on
from shared.paper.sheet import Sheet
from shared.paper.typeface import Typeface

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


def module_dots(count: int, sheet: Sheet) -> int:
    """Dots of one module, so that the code is near 27 mm and never meets the edge of the paper."""
    room = min(sheet.dots(CODE_MM), sheet.print_dots - 2 * sheet.dots(QUIET_MM))
    return max(room // count, MODULE_DOTS_MIN)


def qr_raster(payload: str, sheet: Sheet) -> Raster:
    """The code with its left margin in the dots, so it is centred on printers that align only text."""
    matrix = modules(payload)
    size = module_dots(len(matrix), sheet)
    left = (sheet.print_dots - size * len(matrix)) // 2
    width_bytes = -(-(left + size * len(matrix)) // 8)
    spare = width_bytes * 8 - left - size * len(matrix)
    dark, light = "1" * size, "0" * size
    rows = (int("".join(dark if module else light for module in row), 2) << spare for row in matrix)
    return Raster(width_bytes, size * len(matrix), b"".join(row.to_bytes(width_bytes, "big") * size for row in rows))


def strip_raster(strip: Strip, sheet: Sheet) -> Raster:
    """A centred black strip."""
    width_bytes = -(-sheet.print_dots // 8)
    right = width_bytes * 8 - (sheet.print_dots - strip.width_dots) // 2 - strip.width_dots
    row = ((1 << strip.width_dots) - 1) << right
    return Raster(width_bytes, strip.height_dots, row.to_bytes(width_bytes, "big") * strip.height_dots)


def bars_raster(bars: Bars, sheet: Sheet) -> Raster:
    """A barcode with its left margin in the dots; turned, its bars lie across the paper one above the other."""
    modules = modules_of(bars.kind, bars.text)
    line = Image.new("1", (len(modules), 1), 0)
    line.putdata([int(module) for module in modules])
    dots = line.resize((len(modules) * bars.module_dots, bars.height_dots), Image.Resampling.NEAREST)
    dots = dots.transpose(Image.Transpose.ROTATE_90) if bars.turned else dots
    left = (sheet.print_dots - dots.width) // 2
    paper = Image.new("1", (-(-(left + dots.width) // 8) * 8, dots.height), 0)
    paper.paste(dots, (left, 0))
    return Raster(paper.width // 8, paper.height, paper.tobytes())


def letters_raster(letters: Letters, sheet: Sheet, typeface: Typeface) -> Raster:
    """A whole line drawn by us, in the same cells that the printer's own letters would take."""
    style = letters.style
    cell = cell_dots(style, sheet)
    before, after = (spaces * cell[0] // style.wide for spaces in letters.margins)
    text = typeface.line(letters.text, cell, bold=style.bold)
    line = Image.new("1", (before + text.width + after, text.height), 0)
    line.paste(text, (before, 0))
    spare = max(sheet.print_dots - line.width, 0)
    left = {"left": 0, "center": spare // 2, "right": spare}[style.align]
    width_bytes = -(-sheet.print_dots // 8)
    paper = Image.new("1", (width_bytes * 8, line.height), 0)
    paper.paste(line.point([255, *[0] * 255], "1") if style.inverse else line, (left, 0))
    return Raster(width_bytes, paper.height, paper.tobytes())


def picture_raster(dots: Dots, sheet: Sheet) -> Raster:
    """Some rows of a picture, with the left margin in the dots."""
    picture = dots_on(dots.png, sheet.print_dots)
    width_bytes = -(-sheet.print_dots // 8)
    paper = Image.new("1", (width_bytes * 8, dots.height_dots), 0)
    paper.paste(picture.crop((0, dots.top, picture.width, dots.top + dots.height_dots)), (_left(picture, sheet), 0))
    return Raster(width_bytes, paper.height, paper.tobytes())


def _left(picture: Image.Image, sheet: Sheet) -> int:
    return (sheet.print_dots - picture.width) // 2
