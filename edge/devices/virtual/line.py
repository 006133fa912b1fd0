"""The line that is being set: letters and columns of dots side by side, until an order prints it."""

from itertools import pairwise

import msgspec
from PIL import Image


class _Placed(msgspec.Struct, frozen=True):
    letter: str
    across: int
    drawn: Image.Image


class Line:
    """`across` is where the next letter stands, in dots from the margin."""

    def __init__(self) -> None:
        self.across = 0
        self._placed: list[_Placed] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands on it."""
        return not self._placed

    @property
    def width(self) -> int:
        """Dots to the right end of what stands on it."""
        return max((one.across + one.drawn.width for one in self._placed), default=0)

    def put(self, letter: str, drawn: Image.Image, spacing_dots: int) -> None:
        """The next letter; `letter` is empty for dots without meaning."""
        self._placed.append(_Placed(letter, self.across, drawn))
        self.across += drawn.width + spacing_dots

    def clear(self) -> None:
        """A new line."""
        self._placed.clear()
        self.across = 0

    def strip(self, width_dots: int, left: int) -> Image.Image:
        """All of it on one strip, standing on its lower edge."""
        height = max(one.drawn.height for one in self._placed)
        strip = Image.new("1", (width_dots, height), 0)
        for one in self._placed:
            strip.paste(one.drawn, (left + one.across, height - one.drawn.height))
        return strip

    def text(self, left: int, cell_dots: int) -> str:
        """Its letters, with spaces for the white before and between them."""
        letters = [one for one in sorted(self._placed, key=lambda one: one.across) if one.letter]
        if not letters:
            return ""
        gaps = [after.across - before.across - before.drawn.width for before, after in pairwise(letters)]
        spaces = [" " * (gap // cell_dots) for gap in gaps]
        text = "".join(one.letter + space for one, space in zip(letters, [*spaces, ""], strict=True))
        return (" " * round((left + letters[0].across) / cell_dots) + text).rstrip()
