"""The print head: carries out orders as the firmware profile says and puts dots on the slip."""

from collections.abc import Callable

import msgspec
from PIL import Image

from edge.devices.raster import modules
from edge.devices.typeface import Typeface
from edge.devices.virtual.paper import Slip
from edge.devices.virtual.tokens import Letters, Token
from firmware_profiles import PrinterProfile

ALIGNS = ("left", "center", "right")
CODECS = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
}


class State(msgspec.Struct):
    """What orders have set since `ESC @`."""

    font: int = 0
    wide: int = 1
    tall: int = 1
    bold: bool = False
    inverse: bool = False
    align: str = "left"
    line_dots: int = 30
    codec: str = "cp437"
    code_payload: str = ""
    module_dots: int = 3


class PrintHead:
    """Turns tokens into dots; `on_cut` is told when a slip is finished."""

    def __init__(self, profile: PrinterProfile, slip: Slip, typeface: Typeface, on_cut: Callable[[], None]) -> None:
        self.slip = slip
        self._profile = profile
        self._typeface = typeface
        self._on_cut = on_cut
        self._line: list[tuple[str, Image.Image]] = []
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
        self._state = State(line_dots=self._profile.line_dots)
        if self._profile.cutter == "none" and not self.slip.is_blank:
            self._on_cut()

    def reset_line(self) -> None:
        """Forget the line that is being set; paper stays as it is."""
        self._line.clear()

    def burn_line(self) -> None:
        """What is set of the line comes out as it is: the power fails in the middle of it."""
        self._print_line()

    def _letters(self, data: bytes) -> None:
        cell, across = self._cell(), self._line_dots()
        for letter in data.decode(self._state.codec, errors="replace"):
            if across + cell[0] > self._profile.print_dots:
                self.new_line()
                across = 0
            across += cell[0]
            drawn = self._typeface.letter(letter, cell, bold=self._state.bold)
            self._line.append((letter, drawn.point([255, *[0] * 255], "1") if self._state.inverse else drawn))

    def _cell(self) -> tuple[int, int]:
        face = self._profile.fonts.b if self._state.font == 1 else self._profile.fonts.a
        return face.width_dots * self._state.wide, face.height_dots * self._state.tall

    def _line_dots(self) -> int:
        return sum(drawn.width for _, drawn in self._line)

    def _left(self, width: int) -> int:
        spare = self._profile.print_dots - width
        return max({"left": 0, "center": spare // 2, "right": spare}[self._state.align], 0)

    def new_line(self, _: bytes = b"") -> None:
        """`LF`: print the line and step to the next one."""
        height = self._print_line()
        self.slip.feed(max(self._state.line_dots - height, 0))

    def _print_line(self) -> int:
        if not self._line:
            return 0
        height = max(drawn.height for _, drawn in self._line)
        strip = Image.new("1", (self._profile.print_dots, height), 0)
        left = across = self._left(self._line_dots())
        for _, drawn in self._line:
            strip.paste(drawn, (across, height - drawn.height))
            across += drawn.width
        margin = " " * round(left / self._profile.fonts.a.width_dots)
        self.slip.lines.append((margin + "".join(letter for letter, _ in self._line)).rstrip())
        self.slip.add(strip)
        self._line.clear()
        return height

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

    def raster(self, parameters: bytes) -> None:
        """`GS v 0`: rows of dots, doubled as the mode says."""
        width, height = int.from_bytes(parameters[2:4], "little"), int.from_bytes(parameters[4:6], "little")
        if not width or not height:
            return
        dots = Image.frombytes("1", (width * 8, height), parameters[6:])
        mode = parameters[1] & 3
        self._stamp(dots.resize((dots.width << (mode & 1), height << (mode >> 1)), Image.Resampling.NEAREST))

    def _stamp(self, dots: Image.Image) -> None:
        self._print_line()
        strip = Image.new("1", (self._profile.print_dots, dots.height), 0)
        strip.paste(dots, (self._left(dots.width), 0))
        self.slip.add(strip)

    def two_dimensional(self, parameters: bytes) -> None:
        """`GS ( k`: the printer's own QR generator (cn 49)."""
        if parameters[:1] != b"k" or len(parameters) < 6 or parameters[3] != 49:
            return
        function, rest = parameters[4], parameters[5:]
        if function == 67:
            self._state.module_dots = max(rest[0], 1)
        elif function == 80:
            self._state.code_payload = rest[1:].decode("utf-8", errors="replace")
        elif function == 81 and self._state.code_payload:
            self._code(self._state.code_payload)

    def _code(self, payload: str) -> None:
        matrix = modules(payload)
        dots = Image.new("1", (len(matrix), len(matrix)), 0)
        dots.putdata([255 if module else 0 for row in matrix for module in row])
        side = len(matrix) * self._state.module_dots
        if side <= self._profile.print_dots:
            self._stamp(dots.resize((side, side), Image.Resampling.NEAREST))
            self.slip.lines.append(f"[QR {payload}]")

    def cut(self, parameters: bytes) -> None:
        """`GS V`: with a knife the slip is finished; functions 65 and 66 feed to the knife first."""
        self._print_line()
        if parameters[0] in (65, 66):
            self.slip.feed(self._profile.tear_lines * self._profile.line_dots)
        if self._profile.cutter != "none":
            self._on_cut()

    def settle(self, **changes: object) -> None:
        """Set fields of the state."""
        for name, value in changes.items():
            setattr(self._state, name, value)


def _mode(head: PrintHead, p: bytes) -> None:
    head.settle(font=p[0] & 1, bold=bool(p[0] & 8), tall=2 if p[0] & 16 else 1, wide=2 if p[0] & 32 else 1)


ACTS: dict[bytes, Callable[[PrintHead, bytes], None]] = {
    b"\n": PrintHead.new_line,
    b"\x1b@": PrintHead.reset,
    b"\x1bJ": PrintHead.step_dots,
    b"\x1bd": PrintHead.step_lines,
    b"\x1dv": PrintHead.raster,
    b"\x1d(": PrintHead.two_dimensional,
    b"\x1dV": PrintHead.cut,
    b"\x1b!": _mode,
    b"\x1b2": PrintHead.step_default,
    b"\x1b3": lambda head, p: head.settle(line_dots=p[0]),
    b"\x1bE": lambda head, p: head.settle(bold=bool(p[0] & 1)),
    b"\x1bG": lambda head, p: head.settle(bold=bool(p[0] & 1)),
    b"\x1bM": lambda head, p: head.settle(font=p[0] & 1),
    b"\x1ba": lambda head, p: head.settle(align=ALIGNS[p[0] % 48 % 3]),
    b"\x1bt": lambda head, p: head.settle(codec=CODECS.get(p[0], "cp437")),
    b"\x1d!": lambda head, p: head.settle(wide=(p[0] >> 4 & 7) + 1, tall=(p[0] & 7) + 1),
    b"\x1dB": lambda head, p: head.settle(inverse=bool(p[0] & 1)),
}
