"""A picture that somebody chose, made into a logo that thermal paper shows: cropped, small, black on white."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from shared.kernel.errors import InputRefused
from shared.kernel.logo import LOGO_BYTES_MAX, LOGO_HEIGHT_MAX, LOGO_WIDTH_MAX
from shared.paper.logo import UNREADABLE

FILE_BYTES_MAX = 2 * 1_024 * 1_024
SOURCE_DOTS_MAX = 25_000_000
SIDE_DOTS_MIN = 24
INK_PERCENT_MAX = 75
BLACK_BELOW = 150
PAPER_FROM = 240
"""Lighter than this is the border around it."""
NOTHING = "nothing of it would be black on paper. Choose one with dark signs on white"
MID_TONES = range(64, 192)
MID_PERCENT_MIN = 15
"""With so many greys it is a photograph, and dots of different density say more than black and white."""
SCALES = (1.0, 0.85, 0.7, 0.55, 0.4)
STRIP_DOTS = 1_000_000
"""So many dots are laid on white at a time; a whole large picture in colours with alpha takes 100 MB."""
THREADS = "logo"
_threads = ThreadPoolExecutor(1, thread_name_prefix=THREADS)
"""One at a time; also one whose request was given up meanwhile counts until it is done."""


async def logo_of(file: bytes) -> bytes:
    """What `make_logo` makes of it, beside the event loop; others wait, for a large picture takes much memory."""
    return await asyncio.get_running_loop().run_in_executor(_threads, make_logo, file)


def make_logo(file: bytes) -> bytes:
    """The logo as `shared/kernel/logo.py` wants it; InputRefused says what is wrong with the file and what helps."""
    if len(file) > FILE_BYTES_MAX:
        raise _refused(f"the file is larger than {FILE_BYTES_MAX // 1_024**2} MB. Save it smaller and choose it again")
    grey = _cropped(_read(file))
    tones = grey.histogram()
    mid = sum(tones[tone] for tone in MID_TONES) * 100 // (grey.width * grey.height)
    if mid < MID_PERCENT_MIN:
        grey = grey.point([0] * BLACK_BELOW + [255] * (256 - BLACK_BELOW))
    for scale in SCALES:
        png = _one_bit(grey, scale, dithered=mid >= MID_PERCENT_MIN)
        if len(png) <= LOGO_BYTES_MAX:
            return png
    raise _refused("it has too many details for narrow paper. Choose a plainer one")


def _read(file: bytes) -> Image.Image:
    """The picture in greys on white, upright."""
    try:
        with Image.open(BytesIO(file), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > SOURCE_DOTS_MAX:
                raise _refused("it has more than 25 million dots. Save it smaller and choose it again")
            picture.draft("L", picture.size)
            return _upright(_on_white(picture), picture.info)
    except UNREADABLE as problem:
        raise _refused(
            "it is no PNG or JPEG picture, or it is damaged. Save it as PNG and choose it again"
        ) from problem


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture in greys on white."""
    grey = Image.new("L", picture.size)
    lines = max(STRIP_DOTS // picture.width, 1)
    for top in range(0, picture.height, lines):
        strip = picture.crop((0, top, picture.width, min(top + lines, picture.height))).convert("RGBA")
        white = Image.new("RGBA", strip.size, "white")
        grey.paste(Image.alpha_composite(white, strip).convert("L"), (0, top))
    return grey


def _upright(grey: Image.Image, info: dict[str | tuple[int, int], Any]) -> Image.Image:
    """Turned as the file's own notes say; turned when it is grey, for that is a quarter of the memory."""
    grey.info = dict(info)
    upright = ImageOps.exif_transpose(grey)
    upright.info = {}
    return upright


def _cropped(grey: Image.Image) -> Image.Image:
    """Without its white border; refused where nothing would be left."""
    box = grey.point([255] * PAPER_FROM + [0] * (256 - PAPER_FROM)).getbbox()
    if box is None:
        raise _refused(NOTHING)
    cropped = grey.crop(box)
    if cropped.width < SIDE_DOTS_MIN or cropped.height < SIDE_DOTS_MIN:
        raise _refused(f"it is smaller than {SIDE_DOTS_MIN} × {SIDE_DOTS_MIN} dots. Choose a larger one")
    return cropped


def _one_bit(grey: Image.Image, scale: float, *, dithered: bool) -> bytes:
    """The PNG at most as large as a logo may be, times `scale`; never larger than the source."""
    small = grey.copy()
    small.thumbnail((round(LOGO_WIDTH_MAX * scale), round(LOGO_HEIGHT_MAX * scale)), Image.Resampling.LANCZOS)
    how = Image.Dither.FLOYDSTEINBERG if dithered else Image.Dither.NONE
    file = BytesIO()
    dots = small.convert("1", dither=how)
    if not dots.histogram()[0]:
        raise _refused(NOTHING)
    if dots.histogram()[0] * 100 > INK_PERCENT_MAX * dots.width * dots.height:
        raise _refused("it is nearly all black, which burns the print head. Choose one with dark signs on white")
    dots.save(file, "PNG", optimize=True)
    return file.getvalue()


def _refused(problem: str) -> InputRefused:
    return InputRefused(field="Logo", problem=problem)
