"""Reads letters back from dots: each is held against the shapes that a font has, and the nearest one is what it says.

Nothing of the product's own drawing is used, only the font files. Letters are compared in their bounding boxes, so it
does not matter where in a cell they stand.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Box = tuple[int, int]
SURE_MIN = 0.9


class ReadWord(str):
    """What was read, with how sure that is (1 is dot for dot)."""

    sureness: float = 0.0

    @classmethod
    def of(cls, text: str, sureness: float) -> "ReadWord":
        """The text and its sureness."""
        word = cls(text)
        word.sureness = sureness
        return word


def read_cells(
    dots: Image.Image, widths: Iterable[int], cell: int, among: tuple[str, ...], fonts: tuple[Path, ...]
) -> str:
    """A line of single letters of so many cells each; a cell without ink is a space, one like no letter U+FFFD."""
    return "".join(_letters(dots, widths, cell, among, fonts))


def cells_of(letter: str) -> int:
    """Two for letters of East Asia."""
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def read_line(dots: Image.Image, among: Iterable[str], font: Path, sizes: Iterable[int]) -> ReadWord:
    """Which of these texts a line of joined letters is, as far as its ink reaches."""
    seen = _inked(dots)
    assert seen is not None, "nothing is on the paper"
    rated = [(_likeness(seen, shape), text) for text in among for size in sizes if (shape := _shape(text, font, size))]
    best, text = max(rated)
    return ReadWord.of(text, best)


def _letters(
    dots: Image.Image, widths: Iterable[int], cell: int, among: tuple[str, ...], fonts: tuple[Path, ...]
) -> Iterator[str]:
    across = 0
    for width in widths:
        seen = _inked(dots.crop((across, 0, across + width * cell, dots.height)))
        across += width * cell
        known = tuple(letter for letter in among if cells_of(letter) == width)
        yield _nearest(seen.size, seen.tobytes(), known, fonts, round(cell / 0.602)) if seen else " "


@cache
def _nearest(box: Box, data: bytes, among: tuple[str, ...], fonts: tuple[Path, ...], size: int) -> str:
    seen = Image.frombytes("1", box, data)
    rated = [(_likeness(seen, shape), letter) for letter in among if (shape := _first_shape(letter, fonts, size))]
    best, letter = max(rated, default=(0.0, ""))
    return letter if best > SURE_MIN else "\ufffd"


def _inked(dots: Image.Image) -> Image.Image | None:
    box = dots.getbbox()
    return dots.crop(box) if box else None


def _first_shape(letter: str, fonts: tuple[Path, ...], size: int) -> Image.Image | None:
    """The letter by the first font that has it."""
    return next((_shape(letter, font, size) for font in fonts if _has(font, letter)), None)


@cache
def _has(font: Path, letter: str) -> bool:
    drawn = _face(font, 16)
    return bytes(drawn.getmask(letter)) != bytes(drawn.getmask("\U0010ffff"))


@cache
def _shape(text: str, font: Path, size: int) -> Image.Image | None:
    face = _face(font, size)
    dots = Image.new("1", (round(face.getlength(text)) + 4 * size, 4 * size), 0)
    pen = ImageDraw.Draw(dots)
    pen.fontmode = "1"
    pen.text((2 * size, 2 * size), text, 1, face, "ls")
    return _inked(dots)


@cache
def _face(font: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font), size)


def _likeness(left: Image.Image, right: Image.Image) -> float:
    """Dots that both have of those that one has; 0 where their boxes differ."""
    if left.size != right.size:
        return 0.0
    one, other = (int.from_bytes(dots.tobytes(), "big") for dots in (left, right))
    return (one & other).bit_count() / (one | other).bit_count()
