"""Words of scripts whose letters join, change places or run from right to left: drawn whole, for no cell holds one.

HarfBuzz and FriBiDi behind Pillow know the rules of each script. Where they are missing, letters stand side by side.
"""

import re
from collections.abc import Callable, Iterator

from PIL import Image, ImageDraw, ImageFont, features

SCRIPTS = (
    "\u0590-\u08ff"  # Hebrew, Arabic, Syriac, Thaana, N'Ko and more
    "\u0900-\u109f"  # the scripts of India, Thai, Lao, Tibetan, Burmese
    "\u1780-\u18af"  # Khmer, Mongolian
    "\ufb1d-\ufdff\ufe70-\ufefc"  # forms of Hebrew and Arabic
    "\u200c\u200d"
)
MARKS = "\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
RUN = re.compile(f"[{SCRIPTS}]+(?: +[{SCRIPTS}]+)*|[^\\s{MARKS}][{MARKS}]+")
BASELINE_PER_CELL = 0.79
SIZE_MIN = 6
Font = Callable[[int], ImageFont.FreeTypeFont]


def joins_letters() -> bool:
    """Whether the libraries that know the rules are there; FriBiDi is the machine's own."""
    return features.check("raqm") is True


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether its letters join."""
    end = 0
    for found in RUN.finditer(text):
        if found.start() > end:
            yield text[end : found.start()], False
        yield found[0], joins_letters()
        end = found.end()
    if end < len(text):
        yield text[end:], False


def draw_run(run: str, room: tuple[int, int], font: Font, size: int, *, bold: bool) -> Image.Image:
    """The words as a 1-bit picture of `room` dots (set dots are ink), in the largest size up to `size` that fits it."""
    width, height = room
    tall = max(height // (2 * size), 1)
    while size > SIZE_MIN and not _fits(font(size), run, width, height // tall):
        size -= 1
    drawn = Image.new("1", (width, height // tall), 0)
    pen = ImageDraw.Draw(drawn)
    pen.fontmode = "1"
    baseline = round(drawn.height * BASELINE_PER_CELL)
    for step in range(2 if bold else 1):
        pen.text((step, baseline), run, 1, font(size), "ls")
    return drawn if drawn.size == room else drawn.resize(room, Image.Resampling.NEAREST)


def _fits(font: ImageFont.FreeTypeFont, run: str, width: int, height: int) -> bool:
    left, top, right, bottom = font.getbbox(run, anchor="ls")
    baseline = round(height * BASELINE_PER_CELL)
    inside = baseline + top >= 0 and baseline + bottom <= height
    return inside and max(right, font.getlength(run)) - min(left, 0) <= width + 1
