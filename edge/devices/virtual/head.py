"""The print head: carries out orders as the firmware profile says and puts dots on the slip.

Nothing of what sets documents or makes bytes is known here (an import contract holds it): what the paper shows is a
second opinion of what the bytes mean.
"""

from collections.abc import Callable

import msgspec
from PIL import Image

from edge.devices.virtual.character_tables import CHINESE, SHIFT_JIS, START, letters_of, table_of
from edge.devices.virtual.codes import Symbols
from edge.devices.virtual.dots import Graphics, columns_of, packed, stretched
from edge.devices.virtual.face import RomFace
from edge.devices.virtual.line import Line
from edge.devices.virtual.paper import Slip
from edge.devices.virtual.tokens import Letters, Token
from firmware_profiles import PrinterProfile

ALIGNS = ("left", "center", "right")


class State(msgspec.Struct):
    """What orders have set since `ESC @`; `area_dots` 0 is the whole width, `wide_table` a double-byte codec."""

    font: int = 0
    wide: int = 1
    tall: int = 1
    bold: bool = False
    inverse: bool = False
    underline: int = 0
    spacing_dots: int = 0
    align: str = "left"
    margin_dots: int = 0
    area_dots: int = 0
    line_dots: int = 30
    table: str = START
    wide_table: str = ""
    wide_codec: str = CHINESE


class PrintHead:
    """Turns tokens into dots; `on_cut` is told when a slip is finished."""

    def __init__(self, profile: PrinterProfile, slip: Slip, on_cut: Callable[[], None]) -> None:
        self.slip = slip
        self._profile = profile
        self._face = rom_face()
        self._on_cut = on_cut
        self._line = Line()
        self._graphics = Graphics()
        self._symbols = Symbols(profile)
        self._state = State(line_dots=profile.line_dots)

    def carry_out(self, token: Token) -> None:
        """Do one token; an order without meaning for paper does nothing."""
        if isinstance(token, Letters):
            self._letters(token.text)
            return
        act = ACTS.get(token.name)
        if act is not None:
            act(self, token.parameters)

    def reset(self, _: bytes = b"") -> None:
        """`ESC @`: settings as after power-on; without a knife, someone has torn off the slip before by now."""
        self._line.clear()
        self._graphics = Graphics()
        self._symbols = Symbols(self._profile)
        self._state = State(line_dots=self._profile.line_dots)
        if self._profile.cutter == "none" and not self.slip.is_blank:
            self._on_cut()

    def reset_line(self) -> None:
        """Forget the line that is being set; paper stays as it is."""
        self._line.clear()

    def burn_line(self) -> None:
        """What is set of the line comes out as it is: the power fails in the middle of it."""
        self._print_line()

    def settle(self, **changes: object) -> None:
        """Set fields of the state."""
        for name, value in changes.items():
            setattr(self._state, name, value)

    # Letters --------------------------------------------------------------------------------------------------

    def _letters(self, data: bytes) -> None:
        state = self._state
        text = data.decode(state.wide_table, "replace") if state.wide_table else letters_of(data, state.table)
        cell = self._cell()
        for letter in text:
            drawn = self._drawn(letter, cell)
            if self._line.across + drawn.width > self._room:
                self.new_line()
            self._line.put(letter, drawn, state.spacing_dots)

    def _cell(self) -> tuple[int, int]:
        fonts = self._profile.fonts
        face = {0: fonts.a, 1: fonts.b}.get(self._state.font, fonts.c or fonts.a)
        return face.width_dots, face.height_dots

    def _drawn(self, letter: str, cell: tuple[int, int]) -> Image.Image:
        state = self._state
        drawn = stretched(self._face.letter(letter, cell, state.bold), state.wide, state.tall)
        if state.underline and not state.inverse:
            drawn = drawn.copy()
            drawn.paste(1, (0, drawn.height - state.underline, drawn.width, drawn.height))
        return drawn.point([255, *[0] * 255], "1") if state.inverse else drawn

    @property
    def _room(self) -> int:
        room = self._profile.print_dots - min(self._state.margin_dots, self._profile.print_dots)
        return min(room, self._state.area_dots or room)

    def _left(self, width: int) -> int:
        spare = max(self._room - width, 0)
        return self._state.margin_dots + {"left": 0, "center": spare // 2, "right": spare}[self._state.align]

    def place(self, parameters: bytes, *, relative: bool) -> None:
        """`ESC $` and `ESC \\`: where the next letter stands on its line, in dots."""
        dots = int.from_bytes(parameters, "little", signed=relative)
        self._line.across = min(max(self._line.across + dots if relative else dots, 0), self._room)

    def wide_mode(self, *, on: bool) -> None:
        """`FS &` and `FS .`: letters of two bytes each, or of one again."""
        self._state.wide_table = self._state.wide_codec if on else ""

    # Paper ----------------------------------------------------------------------------------------------------

    def new_line(self, _: bytes = b"") -> None:
        """`LF`: print the line and step to the next one."""
        height = self._print_line()
        self.slip.feed(max(self._state.line_dots - height, 0))

    def _print_line(self) -> int:
        if self._line.is_empty:
            self._line.clear()
            return 0
        left = self._left(self._line.width)
        strip = self._line.strip(self._profile.print_dots, left)
        self.slip.lines.append(self._line.text(left, self._profile.fonts.a.width_dots))
        self.slip.add(strip)
        self._line.clear()
        return strip.height

    def step_default(self, _: bytes = b"") -> None:
        """`ESC 2`: back to the printer's own line step."""
        self._state.line_dots = self._profile.line_dots

    def step_dots(self, parameters: bytes) -> None:
        """`ESC J`: print the line and step so many dots."""
        height = self._print_line()
        self.slip.feed(max(parameters[0] - height, 0))

    def step_lines(self, parameters: bytes) -> None:
        """`ESC d`: print the line and step so many lines."""
        for _ in range(parameters[0]):
            self.new_line()

    def cut(self, parameters: bytes) -> None:
        """`GS V`: with a knife the slip is finished; functions 65 and 66 feed to the knife first."""
        self._print_line()
        if parameters[0] in (65, 66):
            self.slip.feed(self._profile.tear_lines * self._profile.line_dots)
        if self._profile.cutter != "none":
            self._on_cut()

    # Dots -----------------------------------------------------------------------------------------------------

    def raster(self, parameters: bytes) -> None:
        """`GS v 0`: rows of dots, doubled as the mode says."""
        dots = packed(parameters[6:], int.from_bytes(parameters[2:4], "little") * 8)
        mode = parameters[1] & 3
        self._stamp(stretched(dots, 1 + (mode & 1), 1 + (mode >> 1)) if dots else None)

    def columns(self, parameters: bytes) -> None:
        """`ESC *`: columns of 8 or 24 dots, set on the line like a letter."""
        drawn = columns_of(parameters)
        if drawn is not None and self._line.across + drawn.width <= self._room:
            self._line.put("", drawn, 0)

    def graphics(self, parameters: bytes) -> None:
        """`GS ( L` and `GS 8 L`: a picture is stored, then printed."""
        self._stamp(self._graphics.take(parameters))

    def barcode(self, parameters: bytes) -> None:
        """`GS k`: bars where the printer can, else the letters themselves, as cheap ones do."""
        found = self._symbols.barcode(parameters)
        if found.dots is None:
            self._letters(found.text.encode("ascii", "replace"))
            self.new_line()
            return
        above, below = found.said
        self._say_content(found.text, above)
        self._stamp(found.dots)
        self.slip.lines.append(f"[{found.kind} {found.text}]")
        self._say_content(found.text, below)

    def _say_content(self, text: str, wanted: bool) -> None:
        if wanted:
            self._letters(text.encode("ascii", "replace"))
            self.new_line()

    def two_dimensional(self, parameters: bytes) -> None:
        """`GS ( k`: the printer's own QR generator (cn 49); other `GS (` orders mean something else or nothing."""
        match parameters[:1]:
            case b"k":
                self._qr(parameters)
            case b"L":
                self.graphics(parameters[3:])

    def _qr(self, parameters: bytes) -> None:
        found = self._symbols.qr(parameters)
        if found is not None and found.dots is not None and found.dots.width <= self._profile.print_dots:
            self._stamp(found.dots)
            self.slip.lines.append(f"[QR {found.text}]")

    def _stamp(self, dots: Image.Image | None) -> None:
        if dots is None:
            return
        self._print_line()
        strip = Image.new("1", (self._profile.print_dots, dots.height), 0)
        strip.paste(dots, (self._left(dots.width), 0))
        self.slip.add(strip)

    def symbol_setting(self, **changes: int) -> None:
        """`GS h`, `GS w`, `GS H`: how bars are drawn."""
        self._symbols.set(**changes)

    def choose_table(self, parameters: bytes) -> None:
        """`ESC t`: the character table with this number."""
        self._state.table = table_of(self._profile, parameters[0])


def rom_face() -> RomFace:
    """One for all printers of this process: its drawn letters are kept."""
    return _ROM_FACE


_ROM_FACE = RomFace()


def _mode(head: PrintHead, p: bytes) -> None:
    head.settle(font=p[0] & 1, bold=bool(p[0] & 8), tall=2 if p[0] & 16 else 1, wide=2 if p[0] & 32 else 1)
    head.settle(underline=1 if p[0] & 128 else 0)


def _wide_codec(head: PrintHead, p: bytes) -> None:
    """`FS C`: 0 for JIS, 1 for Shift JIS, which needs no mode of its own."""
    shift_jis = p[0] % 48 == 1
    head.settle(wide_codec=SHIFT_JIS if shift_jis else CHINESE, wide_table=SHIFT_JIS if shift_jis else "")


def _dots(p: bytes) -> int:
    return int.from_bytes(p, "little")


ACTS: dict[bytes, Callable[[PrintHead, bytes], None]] = {
    b"\n": PrintHead.new_line,
    b"\x1b@": PrintHead.reset,
    b"\x1bJ": PrintHead.step_dots,
    b"\x1bd": PrintHead.step_lines,
    b"\x1b*": PrintHead.columns,
    b"\x1dv": PrintHead.raster,
    b"\x1dk": PrintHead.barcode,
    b"\x1d(": PrintHead.two_dimensional,
    b"\x1d8": lambda head, p: head.graphics(p[5:]),
    b"\x1dV": PrintHead.cut,
    b"\x1bi": lambda head, _: head.cut(b"\0"),
    b"\x1bm": lambda head, _: head.cut(b"\1"),
    b"\x1b!": _mode,
    b"\x1b2": PrintHead.step_default,
    b"\x1b3": lambda head, p: head.settle(line_dots=p[0]),
    b"\x1bE": lambda head, p: head.settle(bold=bool(p[0] & 1)),
    b"\x1bG": lambda head, p: head.settle(bold=bool(p[0] & 1)),
    b"\x1b-": lambda head, p: head.settle(underline=p[0] % 48 % 3),
    b"\x1b ": lambda head, p: head.settle(spacing_dots=p[0]),
    b"\x1bM": lambda head, p: head.settle(font=p[0] % 48 if p[0] < 97 else p[0] - 97),
    b"\x1ba": lambda head, p: head.settle(align=ALIGNS[p[0] % 48 % 3]),
    b"\x1bt": PrintHead.choose_table,
    b"\x1b$": lambda head, p: head.place(p, relative=False),
    b"\x1b\\": lambda head, p: head.place(p, relative=True),
    b"\x1dL": lambda head, p: head.settle(margin_dots=_dots(p)),
    b"\x1dW": lambda head, p: head.settle(area_dots=_dots(p)),
    b"\x1d!": lambda head, p: head.settle(wide=(p[0] >> 4 & 7) + 1, tall=(p[0] & 7) + 1),
    b"\x1dB": lambda head, p: head.settle(inverse=bool(p[0] & 1)),
    b"\x1dh": lambda head, p: head.symbol_setting(bar_height_dots=p[0]),
    b"\x1dw": lambda head, p: head.symbol_setting(bar_dots=p[0]),
    b"\x1dH": lambda head, p: head.symbol_setting(said=p[0] % 48 % 4),
    b"\x1c&": lambda head, _: head.wide_mode(on=True),
    b"\x1c.": lambda head, _: head.wide_mode(on=False),
    b"\x1cC": _wide_codec,
}
