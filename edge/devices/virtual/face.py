"""The virtual printer's built-in letters: one outline font, drawn into the cells that the profile names.

It knows nothing of the letters that an encoder draws by itself; both take the same font file, as data.
"""

import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE_PER_WIDTH = 1 / 0.602
BASELINE = 0.79
NO_SUCH_LETTER = "\U0010ffff"
Cell = tuple[int, int]


class RomFace:
    """Letters as 1-bit pictures, set dots are ink; the same letter twice costs one drawing."""

    def __init__(self) -> None:
        self._font = lru_cache(maxsize=16)(_font)
        self.letter = lru_cache(maxsize=4_096)(self._letter)

    def _letter(self, letter: str, cell: Cell, bold: bool) -> Image.Image:
        """One letter at size one; a letter of East Asia takes two cells, one without a shape is an empty box."""
        width, height = cell[0] * (2 if unicodedata.east_asian_width(letter) in "WF" else 1), cell[1]
        drawn = Image.new("1", (width, height), 0)
        if letter.isspace():
            return drawn
        pen = ImageDraw.Draw(drawn)
        pen.fontmode = "1"
        font = self._font(round(cell[0] * SIZE_PER_WIDTH))
        if bytes(font.getmask(letter)) == bytes(font.getmask(NO_SUCH_LETTER)):
            pen.rectangle((1, 1, width - 2, height - 2), outline=1)
            return drawn
        left, baseline = (width - round(font.getlength(letter))) // 2, round(height * BASELINE)
        for step in range(2 if bold else 1):
            pen.text((left + step, baseline), letter, 1, font, "ls")
        return drawn


def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans Mono, which comes with a package that every edge has; its code is not loaded."""
    package = find_spec("barcode")
    assert package is not None, "python-barcode is missing; run `make install`"
    assert package.submodule_search_locations, "python-barcode is a package"
    return ImageFont.truetype(str(Path(package.submodule_search_locations[0]) / "fonts" / "DejaVuSansMono.ttf"), size)
