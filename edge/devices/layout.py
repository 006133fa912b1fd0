"""Document and profile → lines as they stand on this paper: what is large, what wraps, where the bars go. Pure.

A band is reverse text between two black strips, in the largest multiple of a built-in font that holds it, so the
number stays text for the printer and comes out fast; nothing here knows a byte of ESC/POS.
"""

from typing import Literal, assert_never

import msgspec

from edge.devices.document import (
    Align,
    Band,
    Columns,
    Cut,
    Document,
    Element,
    Feed,
    Qr,
    Rule,
    Size,
    Text,
    marked_elements,
)
from edge.devices.letters import aligned, cells, plain, wrap
from firmware_profiles import PrinterProfile

STRIP_MM = 1.25
AIR_MM = 0.75


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


class Space(msgspec.Struct, frozen=True):
    """White paper."""

    dots: int


class End(msgspec.Struct, frozen=True):
    """Knife or tear bar."""


Piece = Letters | Strip | Code | Space | End

PLAIN = Style()


def lay_out(document: Document, profile: PrinterProfile) -> list[Piece]:
    """All pieces of the slip from top to bottom; each line of letters fits the profile's width."""
    return [piece for element in marked_elements(document) for piece in _pieces(element, profile)]


def style_columns(style: Style, profile: PrinterProfile) -> int:
    """Cells of one line in this style."""
    return profile.print_dots // cell_dots(style, profile)[0]


def cell_dots(style: Style, profile: PrinterProfile) -> tuple[int, int]:
    """Width and height of one cell in this style, in dots."""
    face = profile.fonts.a if style.font == "a" else profile.fonts.b
    return face.width_dots * style.wide, face.height_dots * style.tall


def _pieces(element: Element, profile: PrinterProfile) -> list[Piece]:
    match element:
        case Text():
            return _text(element, profile)
        case Columns():
            return _columns(element, profile)
        case Rule():
            return [Letters("-" * profile.columns, PLAIN)]
        case Band():
            return _band(element, profile)
        case Qr():
            return [Code(element.payload)]
        case Feed():
            return [Space(element.lines * profile.line_dots)]
        case Cut():
            return [End()]
        case _:
            assert_never(element)


def _text(element: Text, profile: PrinterProfile) -> list[Piece]:
    text = plain(element.text)
    style = _first_fit(text, _styles_of(element.size), profile)
    style = msgspec.structs.replace(style, bold=element.bold, align=element.align)
    lines: list[Piece] = [Letters(line, style) for line in wrap(text, style_columns(style, profile))]
    air = Space(profile.dots(AIR_MM))
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


def _columns(element: Columns, profile: PrinterProfile) -> list[Piece]:
    left, right = plain(element.left), plain(element.right)
    style = Style(bold=element.bold)
    room = profile.columns - cells(left) - cells(right)
    if room >= 1:
        return [Letters(left + " " * room + right, style)]
    lines = wrap(left, profile.columns)
    lines += [aligned(line, profile.columns, "right") for line in wrap(right, profile.columns)]
    return [Letters(line, style) for line in lines]


def _band(element: Band, profile: PrinterProfile) -> list[Piece]:
    text = plain(element.text)
    styles = _band_styles(profile)
    style = _first_fit(f" {text} ", styles, profile)
    if style.tall == 1:
        text = text.replace(" - ", "-")
        style = _first_fit(f" {text} ", styles, profile)
    style = msgspec.structs.replace(style, bold=True, inverse=True, align="center")
    lines: list[Piece] = [_centred(line, style, profile) for line in wrap(text, style_columns(style, profile))]
    unit_dots = cell_dots(style, profile)[0] // style.wide
    strip = Strip(profile.print_dots // unit_dots * unit_dots, profile.dots(STRIP_MM))
    air = Space(profile.dots(AIR_MM))
    return [air, strip, *lines, strip, air]


def _centred(text: str, style: Style, profile: PrinterProfile) -> Letters:
    """The text in the middle of its black bar, to the nearest single cell."""
    spare = profile.print_dots // (cell_dots(style, profile)[0] // style.wide) - cells(text) * style.wide
    return Letters(text, style, margins=(spare // 2, spare - spare // 2), tight=True)


def _band_styles(profile: PrinterProfile) -> tuple[Style, ...]:
    """What a band may be set in, the largest first; three times font A would shout over the numbers."""
    styles = (Style("b", wide=3, tall=3), Style(wide=2, tall=2), Style("b", wide=2, tall=2), Style())
    return tuple(style for style in styles if style.wide <= profile.size_max)


def _first_fit(text: str, styles: tuple[Style, ...], profile: PrinterProfile) -> Style:
    """The first style whose line holds the text; the last one when none does (the text wraps)."""
    return next((style for style in styles if cells(text) <= style_columns(style, profile)), styles[-1])
