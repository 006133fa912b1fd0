"""Barcodes and QR codes that the virtual printer draws by itself, where its profile says that it can."""

import msgspec
import segno
from PIL import Image

from edge.devices.virtual.bars import bars_of
from edge.devices.virtual.dots import stretched
from firmware_profiles import PrinterProfile

BAR_KINDS = ("upc-a", "upc-e", "ean13", "ean8", "code39", "itf", "codabar", "code93", "code128")
QR = 49
LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}


class Symbol(msgspec.Struct, frozen=True):
    """One code: `dots` is None where the printer cannot draw it; `said` above and below it in letters."""

    kind: str
    text: str
    dots: Image.Image | None
    said: tuple[bool, bool] = (False, False)


class Settings(msgspec.Struct):
    """As after `ESC @`; `said` is 0 nowhere, 1 above, 2 below, 3 both."""

    bar_height_dots: int = 162
    bar_dots: int = 3
    said: int = 0
    module_dots: int = 3
    level: str = "L"
    content: bytes = b""


class Symbols:
    """The settings of codes, and the codes by them."""

    def __init__(self, profile: PrinterProfile) -> None:
        self._profile = profile
        self._settings = Settings()

    def set(self, **changes: int) -> None:
        """Change how bars are drawn."""
        for name, value in changes.items():
            setattr(self._settings, name, value)

    def barcode(self, parameters: bytes) -> Symbol:
        """`GS k` with a length (kinds from 65) or with a zero at the end (kinds from 0)."""
        with_length = parameters[0] >= 65
        number = parameters[0] - 65 if with_length else parameters[0]
        content = parameters[2:] if with_length else parameters[1:-1]
        kind = BAR_KINDS[number] if number < len(BAR_KINDS) else ""
        now = self._settings
        text = said_text(kind, content)
        said = (bool(now.said & 1), bool(now.said & 2))
        modules = bars_of(kind, content) if kind in (self._profile.barcodes or ()) else ""
        if not modules or len(modules) * now.bar_dots > self._profile.print_dots:
            return Symbol(kind, text, None)
        row = Image.new("1", (len(modules), 1), 0)
        row.putdata([int(module) for module in modules])
        return Symbol(kind, text, stretched(row, now.bar_dots, max(now.bar_height_dots, 1)), said)

    def qr(self, parameters: bytes) -> Symbol | None:
        """`GS ( k`: settings, content, and at last the code itself."""
        if not self._profile.native_qr or len(parameters) < 6 or parameters[3] != QR:
            return None
        function, rest, now = parameters[4], parameters[5:], self._settings
        match function:
            case 67:
                now.module_dots = max(rest[0], 1)
            case 69:
                now.level = LEVELS.get(rest[0], "L")
            case 80:
                now.content = rest[1:]
            case 81 if now.content:
                return self._drawn_qr()
        return None

    def _drawn_qr(self) -> Symbol:
        now = self._settings
        text = now.content.decode("utf-8", errors="replace")
        rows = segno.make_qr(now.content.decode("latin-1"), error=now.level, boost_error=False).matrix
        dots = Image.new("1", (len(rows), len(rows)), 0)
        dots.putdata([int(module) for row in rows for module in row])
        return Symbol("qr", text, stretched(dots, now.module_dots, now.module_dots))


def said_text(kind: str, content: bytes) -> str:
    """What stands beside the bars in letters: check digits too, orders of Code 128 not."""
    if kind == "code128":
        return _said_by_128(content)
    text = content.decode("ascii", "replace")
    whole = {"ean13": 13, "ean8": 8, "upc-a": 12}.get(kind, 0)
    if len(text) == whole - 1 and text.isdigit():
        text += str(-sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(text))) % 10)
    return text


def _said_by_128(content: bytes) -> str:
    """Pairs of set C as digits."""
    said, now, place = "", "", 0
    while place < len(content):
        byte, after = content[place], content[place + 1 : place + 2].decode("latin-1")
        if byte == ord("{"):
            said += "{" if after == "{" else ""
            now = after if after in "ABC" else now
            place += 2
            continue
        said += f"{byte:02d}" if now == "C" else chr(byte)
        place += 1
    return said
