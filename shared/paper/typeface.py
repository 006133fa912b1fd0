"""Letters as dots, for what a printer's own tables lack and for the virtual printer's paper.

The monospaced face is the one that comes with python-barcode (DejaVu Sans Mono, free licence), so it is there on
every machine. Letters it lacks are taken from fonts of the system where present, then from the two that come with the
pages: Noto Sans Devanagari, and Unifont, which has every letter of the basic plane (both OFL). A letter that no font
has becomes a box with its code point, which is honest and can be looked up, and never a question mark.

Scripts whose letters join, change places or run from right to left are drawn word by word (`joined`), all others
letter by letter.
"""

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from shared.paper.joined import draw_run, runs
from shared.paper.letters import cells, letter_cells

ADVANCE_PER_SIZE = 0.602
BASELINE_PER_CELL = 0.79
CELL_RATIO = 2
SYSTEM_FONTS = tuple(
    Path("/usr/share/fonts") / name
    for name in (
        "opentype/noto/NotoSansCJK-Regular.ttc",
        "truetype/noto/NotoSansMono-Regular.ttf",
        "truetype/droid/DroidSansFallbackFull.ttf",
        "truetype/wqy/wqy-microhei.ttc",
        "opentype/ipafont-gothic/ipag.ttf",
        "opentype/unifont/unifont.otf",
    )
)


def wheel_font() -> Path:
    """The monospaced font file of the python-barcode wheel; found without importing the package."""
    spec = find_spec("barcode")
    assert spec is not None, "python-barcode is missing; run `make install`"
    assert spec.submodule_search_locations, "python-barcode is a package"
    return Path(spec.submodule_search_locations[0]) / "fonts" / "DejaVuSansMono.ttf"


def shipped_fonts() -> tuple[Path, ...]:
    """The fonts for paper that are built with the pages; none where those are not built."""
    spec = find_spec("shared.web")
    folder = Path(spec.submodule_search_locations[0]) / "built" if spec and spec.submodule_search_locations else None
    manifest = folder / "manifest.json" if folder else None
    if folder is None or manifest is None or not manifest.exists():
        return ()
    paper = folder / json.loads(manifest.read_text(encoding="utf-8"))["version"] / "paper"
    return (paper / "devanagari.woff2", paper / "unifont.woff2")


class Typeface:
    """Draws letters into cells; the same letter twice costs one drawing. `fallbacks` are tried in their order."""

    def __init__(self, fallbacks: tuple[Path, ...] | None = None) -> None:
        files = (*SYSTEM_FONTS, *shipped_fonts()) if fallbacks is None else fallbacks
        self._files = (wheel_font(), *(path for path in files if path.exists()))
        self._font = lru_cache(maxsize=64)(self._load)
        self._cell = lru_cache(maxsize=2_048)(self._draw)
        self._run = lru_cache(maxsize=256)(self._draw_run)

    def letter(self, letter: str, cell: tuple[int, int], *, bold: bool) -> Image.Image:
        """One letter as a 1-bit picture (set dots are ink) of its cells, each `cell` (width, height) in dots."""
        return self._cell(letter, cell, bold)

    def line(self, text: str, cell: tuple[int, int], *, bold: bool) -> Image.Image:
        """A line of letters as a 1-bit picture (set dots are ink)."""
        picture = Image.new("1", (max(cells(text) * cell[0], 1), cell[1]), 0)
        across = 0
        for run, joins in runs(text):
            drawn = self._run(run, cell, bold) if joins else None
            for part in (run,) if drawn else run:
                picture.paste(drawn or self.letter(part, cell, bold=bold), (across, 0))
                across += cells(part) * cell[0]
        return picture

    def _draw_run(self, run: str, cell: tuple[int, int], bold: bool) -> Image.Image | None:
        """Letters that join, in as many cells as they have; None where no font holds them all."""
        size = round(cell[0] / ADVANCE_PER_SIZE / max(round(cell[0] / cell[1] * CELL_RATIO), 1))
        file = next((path for path in self._files if self._holds(path, run, size)), None)
        if file is None:
            return None
        return draw_run(run, (cells(run) * cell[0], cell[1]), lambda size: self._font(file, size), size, bold=bold)

    def _holds(self, path: Path, run: str, size: int) -> bool:
        font = self._font(path, size)
        missing = bytes(font.getmask("\uffff"))
        shapes = (bytes(font.getmask(letter)) for letter in run if letter_cells(letter) and not letter.isspace())
        return missing not in shapes

    def _load(self, path: Path, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(path), size)

    def _draw(self, letter: str, cell: tuple[int, int], bold: bool) -> Image.Image:
        """Stretched letters are drawn whole, then stretched dot by dot as a print head does it; blanks are no ink."""
        if letter.isspace():
            return Image.new("1", (cell[0] * max(letter_cells(letter), 1), cell[1]), 0)
        tall = max(round(cell[1] / cell[0] / CELL_RATIO), 1)
        wide = max(round(cell[0] / cell[1] * CELL_RATIO), 1)
        if tall > 1 or wide > 1:
            drawn = self._cell(letter, (cell[0] // wide, cell[1] // tall), bold)
            return drawn.resize((drawn.width * wide, drawn.height * tall), Image.Resampling.NEAREST)
        width, height = cell[0] * max(letter_cells(letter), 1), cell[1]
        font = self._holder(letter, round(cell[0] / ADVANCE_PER_SIZE))
        if font is None:
            return _code_point_box(letter, (width, height), self._font(self._files[0], max(round(height * 0.4), 6)))
        drawn = Image.new("1", (width, height), 0)
        pen = ImageDraw.Draw(drawn)
        pen.fontmode = "1"
        left = (width - round(font.getlength(letter))) // 2
        for step in range(2 if bold else 1):
            pen.text((left + step * max(height // 24, 1), round(height * BASELINE_PER_CELL)), letter, 1, font, "ls")
        return drawn

    def _holder(self, letter: str, size: int) -> ImageFont.FreeTypeFont | None:
        for path in self._files:
            font = self._font(path, size)
            if bytes(font.getmask(letter)) != bytes(font.getmask("\uffff")):
                return font
        return None


def _code_point_box(letter: str, size: tuple[int, int], font: ImageFont.FreeTypeFont) -> Image.Image:
    picture = Image.new("1", size, 0)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"
    pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=1)
    digits = f"{ord(letter):04X}"
    half = (len(digits) + 1) // 2
    pen.text((size[0] // 2, size[1] // 2 - 1), digits[:half], 1, font, "mb")
    pen.text((size[0] // 2, size[1] // 2 + 1), digits[half:], 1, font, "mt")
    return picture
