"""What a firmware profile says about a printer: device data that the one ESC/POS driver is steered by."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec

from firmware_profiles.facts import FOUND, Count, Facts, Flow

Cutter = Literal["none", "partial", "full"]
StatusProtocol = Literal["none", "dle-eot", "asb"]
Proof = Literal["none", "gs-r"]
FirmwareQuery = Literal["none", "gs-i"]
Line = Literal["usb", "serial", "tcp", "bluetooth", "cups", "file"]
Barcode = Literal["upc-a", "upc-e", "ean13", "ean8", "code39", "itf", "codabar", "code93", "code128"]
PageNumber = Annotated[int, msgspec.Meta(ge=0, le=255)]

FACE_HEIGHT_DOTS = 24


class FaceFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One built-in font as a source describes it."""

    width_dots: Count
    height_dots: Count | None = None


class Face(FaceFacts, frozen=True, forbid_unknown_fields=True):
    """One built-in font: its cell in dots at size one."""

    height_dots: Count


class FontFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The built-in fonts as sources describe them."""

    a: FaceFacts
    b: FaceFacts
    c: FaceFacts | None = None


class Fonts(FontFacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The two built-in fonts that every ESC/POS printer has, and a third where there is one."""

    a: Face
    b: Face
    c: Face | None = None


class CodePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one character table that is pinned: its number for `ESC t`, and the codec with the same table."""

    name: str
    number: PageNumber
    codec: str


class DrawerPort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The connector for a cash drawer: pins that `ESC p` drives, steps of its times, the longest pulse it may give."""

    pins: tuple[Literal[2, 5], ...]
    step_ms: Count = 2
    on_ms_max: Count | None = None


class RasterLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That the printer takes pictures by `GS v 0`, and the largest that one order may hold."""

    width_dots_max: Count | None = None
    height_dots_max: Count | None = None


class PrinterSources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the facts of each group were read."""

    found: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    paper: tuple[str, ...] = ()
    fonts: tuple[str, ...] = ()
    code_pages: tuple[str, ...] = ()
    cutter: tuple[str, ...] = ()
    drawer: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    raster: tuple[str, ...] = ()
    buffer: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


class PrinterFacts(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A printer's file, with None for what is unknown.

    Dots are those of the print head; `buffer_bytes` is the receive buffer; `size_max` is the largest multiple of a
    font that `GS !` may ask for; `tear_lines` bring the last line past the tear bar or the knife. `status` is how the
    driver learns of paper and cover, `asb` whether the printer also tells by itself (`GS a`), `process_id` whether it
    names a job that came out (`GS ( H`). `firmware_min` is the oldest firmware that was approved.
    """

    GROUPS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "found": FOUND,
        "line": ("transports", "bauds", "flow"),
        "paper": ("paper_mm", "print_dots", "dpi", "line_dots"),
        "fonts": (
            *("fonts.a.width_dots", "fonts.a.height_dots", "fonts.b.width_dots", "fonts.b.height_dots"),
            *("size_max", "reverse_text"),
        ),
        "code_pages": ("code_page", "code_pages"),
        "cutter": ("cutter", "tear_lines"),
        "drawer": ("drawer", "drawer.on_ms_max"),
        "codes": ("native_qr", "barcodes"),
        "raster": ("raster", "raster.width_dots_max", "raster.height_dots_max"),
        "buffer": ("buffer_bytes", "clears_buffer"),
        "status": ("status", "asb", "proof", "process_id"),
        "firmware": ("firmware_query", "firmware_min"),
        "faults": ("faults",),
    }
    ESSENTIALS: ClassVar[tuple[str, ...]] = (
        *("paper_mm", "print_dots", "dpi", "fonts.a.width_dots", "fonts.b.width_dots"),
        "code_page",
    )

    sources: PrinterSources = PrinterSources()
    transports: tuple[Line, ...] | None = None
    bauds: tuple[Count, ...] | None = None
    flow: tuple[Flow, ...] | None = None
    paper_mm: Count | None = None
    paper_dots: Count | None = None
    print_dots: Count | None = None
    dpi: Count | None = None
    line_dots: Count | None = None
    fonts: FontFacts | None = None
    size_max: Annotated[int, msgspec.Meta(ge=1, le=8)] | None = None
    reverse_text: bool | None = None
    code_page: CodePage | None = None
    code_pages: tuple[tuple[PageNumber, str], ...] | None = None
    cutter: Cutter | None = None
    tear_lines: Count | None = None
    drawer: DrawerPort | None = None
    native_qr: bool | None = None
    barcodes: tuple[Barcode, ...] | None = None
    raster: RasterLimits | None = None
    buffer_bytes: Count | None = None
    clears_buffer: bool | None = None
    status: StatusProtocol | None = None
    asb: bool | None = None
    proof: Proof | None = None
    process_id: bool | None = None
    firmware_query: FirmwareQuery | None = None
    firmware_min: str | None = None


CAUTIOUS: Mapping[str, Any] = {
    "line_dots": 30,
    "size_max": 2,
    "reverse_text": False,
    "cutter": "none",
    "tear_lines": 5,
    "native_qr": False,
    "buffer_bytes": 256,
    "clears_buffer": False,
    "status": "none",
    "proof": "none",
}
"""What the driver assumes where a source is silent: always the least that the printer might be able to do, so that a
wrong guess costs paper or speed and never a ticket. Whoever pairs a printer may ask it and know better."""


class PrinterProfile(PrinterFacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the encoder, the transport and the virtual printer need to know of one model, gaps filled cautiously.

    Only a supported profile becomes one of these. `unknown()` still names what no source establishes.
    """

    paper_mm: Count
    paper_dots: Count
    print_dots: Count
    dpi: Count
    line_dots: Count
    fonts: Fonts
    size_max: Annotated[int, msgspec.Meta(ge=1, le=8)]
    reverse_text: bool
    code_page: CodePage
    cutter: Cutter
    tear_lines: Count
    native_qr: bool
    buffer_bytes: Count
    clears_buffer: bool
    status: StatusProtocol
    proof: Proof
    unknown_facts: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: PrinterFacts) -> Self:
        """The facts of a supported printer, made whole."""
        assert not facts.unknown_essentials(), facts.name
        values = {field: getattr(facts, field) for field in facts.__struct_fields__}
        values |= {field: value for field, value in CAUTIOUS.items() if values[field] is None}
        if values["paper_dots"] is None:
            values["paper_dots"] = dots_of(values["paper_mm"], values["dpi"])
        values["fonts"] = _whole(values["fonts"])
        return cls(**values, unknown_facts=facts.unknown())

    def unknown(self) -> tuple[str, ...]:
        """Names of the facts that were filled cautiously or are still None."""
        return self.unknown_facts

    @property
    def proves(self) -> bool:
        """Whether it says when a job came out: by a byte (`GS r`), or by the job's own name (`GS ( H`)."""
        return self.proof != "none" or bool(self.process_id)

    @property
    def columns(self) -> int:
        """Letters of font A in one line."""
        return self.columns_of(self.fonts.a)

    def columns_of(self, face: Face) -> int:
        """Letters of this font in one line."""
        return self.print_dots // face.width_dots

    def dots(self, mm: float) -> int:
        """Millimetres as whole dots of this print head, rounded up."""
        return dots_of(mm, self.dpi)


def dots_of(mm: float, dpi: int) -> int:
    """Millimetres as whole dots, rounded up."""
    return -int(-mm * dpi // 25.4)


def _whole(fonts: FontFacts) -> Fonts:
    faces = {name: getattr(fonts, name) for name in fonts.__struct_fields__}
    return Fonts(
        **{name: face and Face(face.width_dots, face.height_dots or FACE_HEIGHT_DOTS) for name, face in faces.items()}
    )
