"""Takes a picture of a page and writes it to docs/pictures, small."""

import io
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.support.browser import Scheme

OUT = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLOURS = 192
BYTES_MAX = 80_000


def keep(name: str, png: bytes) -> None:
    """Write a picture with a palette: these pages have few colours."""
    small = with_palette(Image.open(io.BytesIO(png)).convert("RGB"))
    small.save(OUT / f"{name}.png", optimize=True)
    size = (OUT / f"{name}.png").stat().st_size
    assert size < BYTES_MAX, f"{name}.png has {size} bytes"
    sys.stderr.write(f"  {name}.png {size // 1_000} kB\n")


def with_palette(picture: Image.Image) -> Image.Image:
    """The most frequent colours stay exactly what they are; the rest, edges of letters, take the nearest of them."""
    raw = picture.tobytes()
    pixels = list(zip(raw[0::3], raw[1::3], raw[2::3], strict=True))
    counts = Counter(pixels)
    kept = [colour for colour, _ in counts.most_common(COLOURS)]
    place = {colour: number for number, colour in enumerate(kept)}
    for colour in counts.keys() - place.keys():
        nearest = min(kept, key=partial(distance, colour))
        place[colour] = place[nearest]
    small = Image.frombytes("P", picture.size, bytes(place[pixel] for pixel in pixels))
    small.putpalette([value for colour in kept for value in colour])
    return small


def distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How different two colours are."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def shoot(page: Page, name: str, schemes: tuple[Scheme, ...] = ("light", "dark")) -> None:
    """The page as it stands, in light and in dark."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate("() => document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        keep(f"{name}-{scheme}", page.screenshot())
