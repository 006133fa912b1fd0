"""What comes out of the virtual printer: slips of paper, each a 1-bit picture of its dots and the text on it."""

from io import BytesIO

from PIL import Image

SLIP_DOTS_MAX = 20_000
HEAD_MARGIN_DOTS = 36
FOOT_MARGIN_DOTS = 28


class Slip:
    """Paper from the tear bar to the next cut; `torn` when the roll ended inside it. Ink is 1 in its strips."""

    def __init__(self, number: int, paper_dots: int, print_dots: int) -> None:
        self.number = number
        self.torn = False
        self.finished = False
        self.lines: list[str] = []
        self._paper_dots = paper_dots
        self._print_dots = print_dots
        self._strips: list[Image.Image | int] = []
        self.height_dots = 0

    @property
    def text(self) -> str:
        """All lines of letters that were printed; the content of a native QR code stands as `[QR …]`."""
        return "\n".join(self.lines)

    @property
    def is_blank(self) -> bool:
        """Nothing but white so far."""
        return all(isinstance(strip, int) for strip in self._strips)

    def add(self, strip: Image.Image) -> None:
        """Print dots, as far as the longest slip allows."""
        if self.height_dots + strip.height <= SLIP_DOTS_MAX:
            self._strips.append(strip)
            self.height_dots += strip.height

    def feed(self, dots: int) -> None:
        """White paper."""
        if dots > 0 and self.height_dots + dots <= SLIP_DOTS_MAX:
            self._strips.append(dots)
            self.height_dots += dots

    def picture(self) -> Image.Image:
        """The paper at one pixel a dot, margins included: black on white, `1` mode."""
        left = (self._paper_dots - self._print_dots) // 2
        down = HEAD_MARGIN_DOTS
        foot = 0 if self.torn else FOOT_MARGIN_DOTS
        paper = Image.new("1", (self._paper_dots, down + self.height_dots + foot), 1)
        for strip in self._strips:
            if isinstance(strip, int):
                down += strip
                continue
            paper.paste(0, (left, down, left + strip.width, down + strip.height), strip)
            down += strip.height
        return paper

    def png(self) -> bytes:
        """The picture as a PNG file."""
        out = BytesIO()
        self.picture().save(out, "PNG", optimize=False)
        return out.getvalue()
