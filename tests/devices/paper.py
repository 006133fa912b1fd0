"""Bytes as paper, without a network: what stands on each line, and the dots of it."""

from collections.abc import Callable

import zxingcpp
from PIL import Image

from edge.devices.virtual.head import PrintHead
from edge.devices.virtual.paper import Slip
from edge.devices.virtual.tokens import Token, next_token
from firmware_profiles import PrinterProfile


class ReadSlip(Slip):
    """A slip that keeps the dots of each strip, with the letters on it where it is a line of them."""

    def __init__(self, profile: PrinterProfile) -> None:
        super().__init__(1, profile.paper_dots, profile.print_dots)
        self.strips: list[tuple[str, Image.Image]] = []
        self._lines_seen = 0

    def add(self, strip: Image.Image) -> None:
        """Print dots."""
        text = self.lines[-1] if len(self.lines) > self._lines_seen else ""
        self._lines_seen = len(self.lines)
        self.strips.append((text.strip(), strip))
        super().add(strip)

    def strip(self, text: str) -> Image.Image:
        """The dots of the line with these letters."""
        (found,) = [strip for line, strip in self.strips if line == text]
        return found

    @property
    def drawn(self) -> list[Image.Image]:
        """What came as dots and not as letters."""
        return [strip for line, strip in self.strips if not line]

    def codes(self) -> list[tuple[str, str]]:
        """Kind and content of each code on the paper, as an independent reader sees it, from above to below."""
        found = zxingcpp.read_barcodes(self.picture().convert("L"))
        return [(code.format.name, code.text) for code in sorted(found, key=lambda code: code.position.top_left.y)]


def tokens_of(data: bytes) -> list[Token]:
    """The stream as letters and orders; it ends with a whole one."""
    buffer, tokens = bytearray(data), list[Token]()
    while (token := next_token(buffer)) is not None:
        tokens.append(token)
    assert not buffer, "the stream ends inside an order"
    return tokens


def read_paper(data: bytes, profile: PrinterProfile, on_cut: Callable[[], None] = lambda: None) -> ReadSlip:
    """All that the bytes print, on one slip."""
    slip = ReadSlip(profile)
    head = PrintHead(profile, slip, on_cut)
    for token in tokens_of(data):
        head.carry_out(token)
    return slip


def rows_of(dots: Image.Image) -> list[str]:
    """Each row of dots as `#` for ink and `.` for none."""
    flat = dots.convert("L").tobytes().translate(bytes.maketrans(b"\x00\xff", b".#")).decode("ascii")
    return [flat[start : start + dots.width] for start in range(0, len(flat), dots.width)]


def holds(dots: Image.Image, wanted: list[str]) -> bool:
    """Whether this pattern of dots stands somewhere in the picture, dot for dot."""
    rows = rows_of(dots)
    for top in range(len(rows) - len(wanted) + 1):
        left = rows[top].find(wanted[0])
        while left >= 0:
            if all(rows[top + down].startswith(row, left) for down, row in enumerate(wanted)):
                return True
            left = rows[top].find(wanted[0], left + 1)
    return False


def ink(dots: Image.Image) -> int:
    """How many dots are black."""
    return dots.convert("L").tobytes().count(b"\xff")
