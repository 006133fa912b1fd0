"""What is on a piece of paper, without a width and without a printer: lines, a band, a code, a cut.

A Document is stored in the spool as msgpack in the sale's own transaction and laid out only when it is printed,
so a ticket may come out on any printer that is near.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

Align = Literal["left", "center", "right"]
Size = Literal["normal", "tall", "large"]
Mark = Literal["REPRINT", "VOID", "TRAINING"]
BarcodeKind = Literal["code128", "ean13", "ean8"]

LETTERS_MAX = 500
TABLE_COLUMNS_MAX = 8
CODE_128_LETTERS_MAX = 48
EAN_DIGITS = {"ean13": 13, "ean8": 8}


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


class Table(msgspec.Struct, frozen=True, tag="table"):
    """Rows of words in columns over the whole width; a column that needs more than there is wraps.

    `aligns` is for each column, left where it says nothing; `head` sets the first row in bold.
    """

    rows: tuple[tuple[str, ...], ...]
    aligns: tuple[Align, ...] = ()
    head: bool = False

    def __post_init__(self) -> None:
        if any(len(row) > TABLE_COLUMNS_MAX for row in self.rows):
            raise ValueError(f"a table on paper has at most {TABLE_COLUMNS_MAX} columns")


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A dashed line over the whole width."""


class Band(msgspec.Struct, frozen=True, tag="band"):
    """White on black over the whole width, as large as fits: readable from a metre."""

    text: str


class Qr(msgspec.Struct, frozen=True, tag="qr"):
    """A QR code of `payload` (error correction M), with 2 mm of white on all sides at least."""

    payload: str


class Barcode(msgspec.Struct, frozen=True, tag="barcode"):
    """Code 128 of printable ASCII, or EAN with its check digit (ISO/IEC 15417, 15420), and the same in letters below.

    On paper that is too narrow it stands turned by a quarter, so that it can be scanned all the same.
    """

    kind: BarcodeKind
    text: str

    def __post_init__(self) -> None:
        if self.kind == "code128":
            if not (self.text.isascii() and self.text.isprintable() and 0 < len(self.text) <= CODE_128_LETTERS_MAX):
                raise ValueError(f"a barcode holds 1 to {CODE_128_LETTERS_MAX} printable ASCII letters")
        elif not _is_ean(self.text, EAN_DIGITS[self.kind]):
            raise ValueError(f"an EAN has {EAN_DIGITS[self.kind]} digits, the last one makes its sum right")


class Picture(msgspec.Struct, frozen=True, tag="picture"):
    """A black and white picture (PNG of one bit a dot), dot by dot, centred; smaller where the paper is narrower."""

    png: bytes


class Feed(msgspec.Struct, frozen=True, tag="feed"):
    """Empty lines."""

    lines: int = 1


class Cut(msgspec.Struct, frozen=True, tag="cut"):
    """The end of a slip: the knife where there is one, else paper past the tear bar."""


Element = Text | Columns | Table | Rule | Band | Qr | Barcode | Picture | Feed | Cut


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
    """All elements as they come out, bars of the marks included, on each slip where a document is cut into several.

    The bottom bars stand before the last feed and cut.
    """
    bars = tuple(Band(text=mark) for mark in document.marks)
    if not bars:
        return document.elements
    return tuple(element for slip in _slips(document.elements) for element in _between(bars, slip))


def _slips(elements: tuple[Element, ...]) -> Iterator[tuple[Element, ...]]:
    begin = 0
    for place, element in enumerate(elements, start=1):
        if isinstance(element, Cut) or place == len(elements):
            yield elements[begin:place]
            begin = place
    if not elements:
        yield ()


def _between(bars: tuple[Band, ...], slip: tuple[Element, ...]) -> tuple[Element, ...]:
    end = len(slip)
    while end and isinstance(slip[end - 1], Feed | Cut):
        end -= 1
    return (*bars, *slip[:end], *bars, *slip[end:])


def _is_ean(text: str, digits: int) -> bool:
    if not (text.isascii() and text.isdigit() and len(text) == digits):
        return False
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(text))) % 10 == 0
