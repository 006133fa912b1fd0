"""A logo as dots on a paper of some width; what cannot be read takes no room, for no slip waits for its decoration."""

import struct
from functools import lru_cache
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from shared.kernel.logo import logo_size

UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError)


def size_on(png: bytes, print_dots: int) -> tuple[int, int]:
    """Width and height on a paper of this width, never wider than it; (0, 0) for a picture that is none."""
    width, height = logo_size(png) if is_readable(png) else (0, 0)
    if width <= print_dots:
        return width, height
    return print_dots, max(height * print_dots // width, 1)


@lru_cache(maxsize=8)
def dots_on(png: bytes, print_dots: int) -> Image.Image:
    """The picture at that size; set dots are ink."""
    size = size_on(png, print_dots)
    with Image.open(BytesIO(png), formats=("PNG",)) as picture:
        ink = picture.convert("1").point([255, *[0] * 255], "1")
    return ink if ink.size == size else ink.resize(size, Image.Resampling.NEAREST)


@lru_cache(maxsize=8)
def is_readable(png: bytes) -> bool:
    """Whether the file holds a whole logo."""
    if logo_size(png) == (0, 0):
        return False
    try:
        with Image.open(BytesIO(png), formats=("PNG",)) as picture:
            picture.load()
    except UNREADABLE:
        return False
    return True
