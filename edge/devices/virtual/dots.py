"""Dots in the forms that ESC/POS has for them: rows, columns, and pictures that are stored and then printed."""

from PIL import Image

COLUMN_HEADS = {0: (8, 2, 3), 1: (8, 1, 3), 32: (24, 2, 1), 33: (24, 1, 1)}
"""`ESC *` by mode: dots of a column, and how often each is repeated to the right and down."""
STORE, PRINT = (112, 48), (50, 2)


def packed(data: bytes, width: int) -> Image.Image | None:
    """Rows of packed dots, most significant bit left; None for none."""
    height = len(data) * 8 // width if width else 0
    return Image.frombytes("1", (width, height), data) if height else None


def stretched(dots: Image.Image, wide: int, tall: int) -> Image.Image:
    """Each dot as a block of dots."""
    if wide == tall == 1:
        return dots
    return dots.resize((dots.width * wide, dots.height * tall), Image.Resampling.NEAREST)


def columns_of(parameters: bytes) -> Image.Image | None:
    """`ESC *`: columns from left to right, each from above to below; None where mode or bytes make none."""
    head, data = COLUMN_HEADS.get(parameters[0]), parameters[3:]
    if head is None or not data:
        return None
    high, wide, tall = head
    lying = Image.frombytes("1", (high, len(data) * 8 // high), data)
    return stretched(lying.transpose(Image.Transpose.TRANSPOSE), wide, tall)


class Graphics:
    """What `GS ( L` and `GS 8 L` have stored; printing leaves it empty."""

    def __init__(self) -> None:
        self._stored: Image.Image | None = None

    def take(self, parameters: bytes) -> Image.Image | None:
        """Do one order (from `m` on); the dots to print now, if it says so."""
        if len(parameters) < 2 or parameters[0] != 48:
            return None
        if parameters[1] in PRINT:
            dots, self._stored = self._stored, None
            return dots
        if parameters[1] == STORE[0] and len(parameters) >= 10:
            width, height = int.from_bytes(parameters[6:8], "little"), int.from_bytes(parameters[8:10], "little")
            whole = packed(parameters[10 : 10 + -(-width // 8) * height], -(-width // 8) * 8)
            self._stored = whole and stretched(whole.crop((0, 0, width, whole.height)), *parameters[3:5])
        return None
