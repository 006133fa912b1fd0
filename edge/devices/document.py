"""What is on a piece of paper, without a width and without a printer: lines, a band, a code, a cut.

A Document is stored in the spool as msgpack in the sale's own transaction and laid out only when it is printed,
so a ticket may come out on any printer that is near.
"""

from typing import Literal

import msgspec

Align = Literal["left", "center", "right"]
Size = Literal["normal", "tall", "large"]
Mark = Literal["REPRINT", "VOID", "TRAINING"]

LETTERS_MAX = 500


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Words on lines of their own; `tall` is twice as high, `large` the largest face up to 2× that fits one line."""

    text: str
    align: Align = "left"
    bold: bool = False
    size: Size = "normal"


class Columns(msgspec.Struct, frozen=True, tag="columns"):
    """A label at the left edge and its value at the right; the value moves to the next line when both do not fit."""

    left: str
    right: str
    bold: bool = False


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A dashed line over the whole width."""


class Band(msgspec.Struct, frozen=True, tag="band"):
    """White on black over the whole width, as large as fits: readable from a metre."""

    text: str


class Qr(msgspec.Struct, frozen=True, tag="qr"):
    """A QR code of `payload` (error correction M), with 2 mm of white on all sides at least."""

    payload: str


class Feed(msgspec.Struct, frozen=True, tag="feed"):
    """Empty lines."""

    lines: int = 1


class Cut(msgspec.Struct, frozen=True, tag="cut"):
    """The end of a slip: the knife where there is one, else paper past the tear bar."""


Element = Text | Columns | Rule | Band | Qr | Feed | Cut


class Document(msgspec.Struct, frozen=True, tag="document"):
    """One slip. `marks` stand as black bars at its top and again at its bottom."""

    elements: tuple[Element, ...]
    marks: tuple[Mark, ...] = ()


def with_mark(document: Document, mark: Mark) -> Document:
    """The same slip with one mark more; a mark is never said twice."""
    if mark in document.marks:
        return document
    return msgspec.structs.replace(document, marks=(*document.marks, mark))


def marked_elements(document: Document) -> tuple[Element, ...]:
    """All elements as they come out, bars of the marks included; the bottom bars stand before the last feed and cut."""
    bars = tuple(Band(text=mark) for mark in document.marks)
    body = document.elements
    end = len(body)
    while end and isinstance(body[end - 1], Feed | Cut):
        end -= 1
    return (*bars, *body[:end], *bars, *body[end:])
