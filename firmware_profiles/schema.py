"""What a firmware profile says about a printer: device data that the one ESC/POS driver is steered by."""

from typing import Literal

import msgspec

Cutter = Literal["none", "partial", "full"]
StatusProtocol = Literal["none", "dle-eot"]
Proof = Literal["none", "gs-r"]


class Face(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One built-in font: its cell in dots at size one."""

    width_dots: int
    height_dots: int


class Fonts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The two built-in fonts that every ESC/POS printer has."""

    a: Face
    b: Face


class CodePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one character table that is pinned: its number for `ESC t`, and the codec with the same table."""

    name: str
    number: int
    codec: str


class PrinterProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the encoder, the transport and the virtual printer need to know of one model.

    Dots are those of the print head; `buffer_bytes` is the receive buffer; `size_max` is the largest multiple of a
    font that `GS !` may ask for; `tear_lines` bring the last line past the tear bar or the knife; `sources` name
    where each fact was read. `supported` stays false until bytes captured or composed for the model pass its test.
    """

    name: str
    title: str
    paper_mm: int
    paper_dots: int
    print_dots: int
    dpi: int
    line_dots: int
    fonts: Fonts
    size_max: int
    code_page: CodePage
    cutter: Cutter
    tear_lines: int
    native_qr: bool
    reverse_text: bool
    status: StatusProtocol
    proof: Proof
    clears_buffer: bool
    buffer_bytes: int
    supported: bool
    sources: tuple[str, ...]

    @property
    def columns(self) -> int:
        """Letters of font A in one line."""
        return self.print_dots // self.fonts.a.width_dots

    def dots(self, mm: float) -> int:
        """Millimetres as whole dots of this print head, rounded up."""
        return -int(-mm * self.dpi // 25.4)
