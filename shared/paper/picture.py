"""A Document as a picture of its paper, drawn dot by dot from the same lines that a printer is sent. Pure."""

from functools import cache
from io import BytesIO
from typing import assert_never

from PIL import Image

from shared.paper.bars import Bars
from shared.paper.document import Document
from shared.paper.layout import Code, Dots, End, Letters, Piece, Space, Strip, lay_out
from shared.paper.raster import QUIET_MM, Raster, bars_raster, letters_raster, picture_raster, qr_raster, strip_raster
from shared.paper.sheet import Sheet
from shared.paper.typeface import Typeface

TOP_MM, END_MM = 4, 8
PIECES_MAX = 5_000
PAPER, INK, CUT = (252, 251, 247), (28, 27, 26), (190, 186, 174)
CUT_DASH_DOTS = 12


@cache
def typeface() -> Typeface:
    """The typeface of this machine, with its drawn letters kept."""
    return Typeface()


def paper_picture(document: Document, sheet: Sheet) -> Image.Image:
    """The slip as it comes out, on light paper, a dashed line where it is cut; a dot is a dot of the print head."""
    pieces = lay_out(document, sheet)[:PIECES_MAX]
    drawn = [_drawn(piece, sheet) for piece in pieces]
    left, down = (sheet.paper_dots - sheet.print_dots) // 2, sheet.dots(TOP_MM)
    picture = Image.new("RGB", (sheet.paper_dots, down + sum(height for _, height in drawn)), PAPER)
    for piece, (raster, height) in zip(pieces, drawn, strict=True):
        if raster is not None:
            mask = Image.frombytes("1", (raster.width_bytes * 8, raster.height_dots), raster.rows)
            picture.paste(INK, (left, down), mask)
        down += height
        if isinstance(piece, End) and down < picture.height:
            _cut_mark(picture, down)
    return picture


def picture_png(document: Document, sheet: Sheet) -> bytes:
    """The picture as a PNG file of few colours."""
    file = BytesIO()
    paper_picture(document, sheet).quantize(4).save(file, "PNG", optimize=True)
    return file.getvalue()


def _drawn(piece: Piece, sheet: Sheet) -> tuple[Raster | None, int]:
    """The piece's dots, and how far the paper moves on; a cut is empty paper of exactly the end's height."""
    match piece:
        case Letters():
            raster = letters_raster(piece, sheet, typeface())
            return raster, raster.height_dots if piece.tight else max(raster.height_dots, sheet.line_dots)
        case Strip():
            raster = strip_raster(piece, sheet)
            return raster, raster.height_dots
        case Code():
            return _code(piece, sheet)
        case Bars():
            raster = bars_raster(piece, sheet)
            return raster, raster.height_dots
        case Dots():
            raster = picture_raster(piece, sheet)
            return raster, raster.height_dots
        case Space():
            return None, piece.dots
        case End():
            return None, sheet.dots(END_MM)
        case _:
            assert_never(piece)


def _code(piece: Code, sheet: Sheet) -> tuple[Raster, int]:
    """The code with its quiet zone above and below."""
    code, quiet = qr_raster(piece.payload, sheet), sheet.dots(QUIET_MM)
    white = bytes(code.width_bytes * quiet)
    height = code.height_dots + 2 * quiet
    return Raster(code.width_bytes, height, white + code.rows + white), height


def _cut_mark(picture: Image.Image, down: int) -> None:
    """A dashed line where one slip ends and the next begins."""
    for left in range(0, picture.width, 2 * CUT_DASH_DOTS):
        picture.paste(CUT, (left, down - 2, left + CUT_DASH_DOTS, down))
