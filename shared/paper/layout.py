"""Document and sheet → lines as they stand on this paper: what is large, what wraps, where the bars go. Pure.

A band is reverse text between two black strips, in the largest multiple of a built-in font that holds it, so the
number stays text for the printer and comes out fast; nothing here knows a byte of ESC/POS.
"""

from typing import Literal, assert_never

import msgspec

from shared.paper.bars import QUIET_MODULES, Bars, bars_on
from shared.paper.document import (
    Align,
    Band,
    Barcode,
    Columns,
    Cut,
    Document,
    Element,
    Feed,
    Picture,
    Qr,
    Rule,
    Size,
    Table,
    Text,
    marked_elements,
)
from shared.paper.letters import aligned, balanced, cells, plain, wrap
from shared.paper.logo import size_on
from shared.paper.sheet import Sheet
from shared.paper.table_lines import table_lines

STRIP_MM = 1.25
AIR_MM = 0.75
PICTURE_AIR_MM = 2.5
BAND_DOTS = 24
"""Rows of a picture that leave as one: as many as a line of letters has."""


class Style(msgspec.Struct, frozen=True):
    """How letters are set: built-in font, multiples of its cell, and the three switches."""

    font: Literal["a", "b"] = "a"
    wide: int = 1
    tall: int = 1
    bold: bool = False
    inverse: bool = False
    align: Align = "left"


class Letters(msgspec.Struct, frozen=True):
    """One line of letters that fits the paper in its style.

    `margins` are spaces at its left and right in the same style but one cell wide; a `tight` line touches the next.
    """

    text: str
    style: Style
    margins: tuple[int, int] = (0, 0)
    tight: bool = False


class Strip(msgspec.Struct, frozen=True):
    """A black strip, centred."""

    width_dots: int
    height_dots: int


class Code(msgspec.Struct, frozen=True):
    """A QR code, centred."""

    payload: str


class Dots(msgspec.Struct, frozen=True):
    """Some rows of a picture, centred: a part that a printer's buffer holds."""

    png: bytes
    top: int
    height_dots: int


class Space(msgspec.Struct, frozen=True):
    """White paper."""

    dots: int


class End(msgspec.Struct, frozen=True):
    """Knife or tear bar."""


Piece = Letters | Strip | Code | Bars | Dots | Space | End

PLAIN = Style()


def lay_out(document: Document, sheet: Sheet) -> list[Piece]:
    """All pieces of the slip from top to bottom; each line of letters fits the sheet."""
    return [piece for element in marked_elements(document) for piece in _pieces(element, sheet)]


def style_columns(style: Style, sheet: Sheet) -> int:
    """Cells of one line in this style."""
    return sheet.print_dots // cell_dots(style, sheet)[0]


def cell_dots(style: Style, sheet: Sheet) -> tuple[int, int]:
    """Width and height of one cell in this style, in dots."""
    face = sheet.fonts.a if style.font == "a" else sheet.fonts.b
    return face.width_dots * style.wide, face.height_dots * style.tall


def _pieces(element: Element, sheet: Sheet) -> list[Piece]:
    match element:
        case Text():
            return _text(element, sheet)
        case Columns():
            return _columns(element, sheet)
        case Table():
            return _table(element, sheet)
        case Rule():
            return [Letters("-" * sheet.columns, PLAIN)]
        case Band():
            return _band(element, sheet)
        case Qr():
            return [Code(element.payload)]
        case Barcode():
            return _barcode(element, sheet)
        case Picture():
            return _picture(element.png, sheet)
        case Feed():
            return [Space(element.lines * sheet.line_dots)]
        case Cut():
            return [End()]
        case _:
            assert_never(element)


def _text(element: Text, sheet: Sheet) -> list[Piece]:
    text = plain(element.text)
    style = _first_fit(text, _styles_of(element.size), sheet)
    style = msgspec.structs.replace(style, bold=element.bold, align=element.align)
    break_up = balanced if element.align == "center" else wrap
    lines: list[Piece] = [Letters(line, style) for line in break_up(text, style_columns(style, sheet))]
    air = Space(sheet.dots(AIR_MM))
    return lines if style.tall == 1 else [air, *lines, air]


def _styles_of(size: Size) -> tuple[Style, ...]:
    match size:
        case "normal":
            return (PLAIN,)
        case "tall":
            return (Style(tall=2),)
        case "large":
            return (Style(wide=2, tall=2), Style("b", wide=2, tall=2), Style(tall=2))
        case _:
            assert_never(size)


def _columns(element: Columns, sheet: Sheet) -> list[Piece]:
    left, right = plain(element.left), plain(element.right)
    style = Style(bold=element.bold)
    room = sheet.columns - cells(left) - cells(right)
    if room >= 1:
        return [Letters(left + " " * room + right, style)]
    lines = wrap(left, sheet.columns)
    lines += [aligned(line, sheet.columns, "right") for line in wrap(right, sheet.columns)]
    return [Letters(line, style) for line in lines]


def _table(element: Table, sheet: Sheet) -> list[Piece]:
    rows = table_lines(element, sheet.columns)
    return [
        Letters(line, Style(bold=element.head and place == 0)) for place, lines in enumerate(rows) for line in lines
    ]


def _barcode(element: Barcode, sheet: Sheet) -> list[Piece]:
    bars = bars_on(element.kind, element.text, sheet)
    said: list[Piece] = [Letters(line, Style(align="center")) for line in wrap(element.text, sheet.columns)]
    air = Space(sheet.dots(AIR_MM) if not bars.turned else QUIET_MODULES * bars.module_dots)
    return [air, bars, air, *said]


def _band(element: Band, sheet: Sheet) -> list[Piece]:
    text = plain(element.text)
    styles = _band_styles(sheet)
    style = _first_fit(f" {text} ", styles, sheet)
    if style.tall == 1:
        text = text.replace(" - ", "-")
        style = _first_fit(f" {text} ", styles, sheet)
    style = msgspec.structs.replace(style, bold=True, inverse=True, align="center")
    lines: list[Piece] = [_centred(line, style, sheet) for line in wrap(text, style_columns(style, sheet))]
    unit_dots = cell_dots(style, sheet)[0] // style.wide
    strip = Strip(sheet.print_dots // unit_dots * unit_dots, sheet.dots(STRIP_MM))
    air = Space(sheet.dots(AIR_MM))
    return [air, strip, *lines, strip, air]


def _picture(png: bytes, sheet: Sheet) -> list[Piece]:
    """The picture in bands; nothing where it is none, for no slip waits for its decoration."""
    height = size_on(png, sheet.print_dots)[1]
    if not height:
        return []
    bands = [Dots(png, top, min(BAND_DOTS, height - top)) for top in range(0, height, BAND_DOTS)]
    return [Space(sheet.dots(AIR_MM)), *bands, Space(sheet.dots(PICTURE_AIR_MM))]


def _centred(text: str, style: Style, sheet: Sheet) -> Letters:
    """The text in the middle of its black bar, to the nearest single cell."""
    spare = sheet.print_dots // (cell_dots(style, sheet)[0] // style.wide) - cells(text) * style.wide
    return Letters(text, style, margins=(spare // 2, spare - spare // 2), tight=True)


def _band_styles(sheet: Sheet) -> tuple[Style, ...]:
    """What a band may be set in, the largest first; three times font A would shout over the numbers."""
    styles = (Style("b", wide=3, tall=3), Style(wide=2, tall=2), Style("b", wide=2, tall=2), Style())
    return tuple(style for style in styles if style.wide <= sheet.size_max)


def _first_fit(text: str, styles: tuple[Style, ...], sheet: Sheet) -> Style:
    """The first style whose line holds the text; the last one when none does (the text wraps)."""
    return next((style for style in styles if cells(text) <= style_columns(style, sheet)), styles[-1])
