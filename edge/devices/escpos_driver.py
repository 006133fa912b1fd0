"""The one module that knows python-escpos; it fences what that library does at import and pins what it would guess.

What is fenced: reading a pickle, configuring logging, a temporary folder left behind, a slow table of all printers.
What is pinned: the code page of the profile (the library would hunt through its tables, or send a whole line as
GB18030 because of one letter), and each line is asked first whether the page holds it: the library never gets a
letter that it would turn into a question mark.
"""

import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from firmware_profiles import PrinterProfile
from shared.paper.bars import QUIET_MODULES, Bars
from shared.paper.layout import Letters, Style
from shared.paper.raster import Raster

CANCEL_KANJI = b"\x1c."
OVERTAKING = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
"""How real-time orders begin: a printer obeys them wherever they stand."""
RASTER = b"\x1dv0\x00"
RASTER_HEIGHT_MAX = 65_535
BARS = b"\x1dk"
BAR_HEIGHT, BAR_WIDTH, NO_LETTERS = b"\x1dh", b"\x1dw", b"\x1dH\x00"
BAR_KINDS = {"ean13": 67, "ean8": 68, "code128": 73}
LINE_STEP = b"\x1b3"
LINE_STEP_DEFAULT = b"\x1b2"
STEP_DOTS = b"\x1bJ"
STEP_DOTS_MAX = 255
CAPABILITIES = {
    "profiles": {"default": {"name": "none", "codePages": {}, "fonts": {}, "features": {}}},
    "encodings": {},
}


class EscposDriver:
    """Collects the bytes of one job; made anew for each, so that the same job gives the same bytes."""

    def __init__(self, profile: PrinterProfile) -> None:
        self._profile = profile
        self._style = Style()
        library_profile, encoder = _prepared(profile)
        self._printer = _library().Dummy(profile=library_profile, magic_encode_args={"encoder": encoder})
        self._printer.hw("INIT")
        self._printer._raw(CANCEL_KANJI)  # noqa: SLF001  the library's own way to send what it has no word for
        self._printer.charcode(profile.code_page.name)

    @property
    def job(self) -> bytes:
        """All bytes so far."""
        return bytes(self._printer.output)

    @property
    def length(self) -> int:
        """How many they are."""
        return len(self._printer.output)

    def letters(self, letters: Letters) -> None:
        """One line by the printer's own letters; the caller has asked `writable` first."""
        narrow = msgspec.structs.replace(letters.style, wide=1)
        before, after = letters.margins
        for text, style in ((" " * before, narrow), (letters.text, letters.style), (" " * after, narrow)):
            if text:
                self._set(style)
                self._printer.text(text)
        self._raw(LINE_STEP + b"\x00\n" + LINE_STEP_DEFAULT if letters.tight else b"\n")

    def raster(self, raster: Raster) -> None:
        """Rows of dots; a pattern that a printer would take for a real-time order gets one dot more (unseen)."""
        rows = raster.rows
        for order in OVERTAKING:
            rows = rows.replace(order, b"\x18" + order[1:])
        limits = self._profile.raster
        step = (limits and limits.height_dots_max) or RASTER_HEIGHT_MAX
        self._set(Style())
        for top in range(0, raster.height_dots, step):
            height = min(step, raster.height_dots - top)
            size = raster.width_bytes.to_bytes(2, "little") + height.to_bytes(2, "little")
            self._raw(RASTER + size + rows[top * raster.width_bytes :][: height * raster.width_bytes])

    def bars(self, bars: Bars) -> None:
        """A barcode by the printer's own generator, centred by alignment, without its letters."""
        content = bars_content(bars)
        self._set(Style(align="center"))
        self._raw(
            BAR_HEIGHT + bytes((min(bars.height_dots, 255),)) + BAR_WIDTH + bytes((bars.module_dots,)) + NO_LETTERS
        )
        self._raw(BARS + bytes((BAR_KINDS[bars.kind], len(content))) + content)
        self._set(Style())

    def qr(self, payload: str, module_dots: int) -> None:
        """A code by the printer's own generator, centred by alignment."""
        self._set(Style(align="center"))
        self._printer.qr(payload, ec=_library().QR_ECLEVEL_M, size=module_dots, native=True)
        self._set(Style())

    def space(self, dots: int) -> None:
        """White paper."""
        while dots > 0:
            self._raw(STEP_DOTS + bytes((min(dots, STEP_DOTS_MAX),)))
            dots -= STEP_DOTS_MAX

    def end(self) -> None:
        """Feed to the knife and cut (`GS V 66`: the printer knows the way and its cut), or feed past the tear bar."""
        self._set(Style())
        if self._profile.cutter == "none":
            self._printer.print_and_feed(self._profile.tear_lines)
        else:
            self._printer.cut(feed=False)

    def _raw(self, data: bytes) -> None:
        self._printer._raw(data)  # noqa: SLF001  the library's own way to send what it has no word for

    def _set(self, style: Style) -> None:
        """Send only what differs from the style before."""
        old = self._style
        changed: dict[str, Any] = {}
        if style.font != old.font:
            changed["font"] = style.font
        if (style.wide, style.tall) != (old.wide, old.tall):
            changed |= {"custom_size": True, "width": style.wide, "height": style.tall}
        for name, now, before in (
            ("bold", style.bold, old.bold),
            ("invert", style.inverse, old.inverse),
            ("align", style.align, old.align),
        ):
            if now != before:
                changed[name] = now
        if changed:
            self._printer.set(**changed)
        self._style = style


def writable(text: str, profile: PrinterProfile) -> bool:
    """Whether the pinned code page holds every letter of the text."""
    if text.isascii():
        return True
    _, encoder = _prepared(profile)
    return all(encoder.can_encode(profile.code_page.name, letter) for letter in text)


def bars_content(bars: Bars) -> bytes:
    """What `GS k` takes: for Code 128 the set first, pairs of digits in set C where there is nothing else."""
    if bars.kind != "code128":
        return bars.text.encode("ascii")
    if _in_pairs(bars.text):
        return b"{C" + _pairs(bars.text)
    return b"{B" + bars.text.encode("ascii").replace(b"{", b"{{")


def bars_width(bars: Bars) -> int:
    """Dots of the printer's own symbol with its white ends: it may be wider than the best that can be drawn."""
    if bars.kind != "code128":
        modules = {"ean13": 95, "ean8": 67}[bars.kind]
    else:
        modules = (len(bars.text) // (2 if _in_pairs(bars.text) else 1) + 2) * 11 + 13
    return (modules + 2 * QUIET_MODULES) * bars.module_dots


def _in_pairs(text: str) -> bool:
    """Pairs that look like a real-time order would be obeyed as one, so such digits go one by one."""
    return text.isdigit() and len(text) % 2 == 0 and not any(order in _pairs(text) for order in OVERTAKING)


def _pairs(digits: str) -> bytes:
    return bytes(int(digits[place : place + 2]) for place in range(0, len(digits), 2))


@cache
def _prepared(profile: PrinterProfile) -> tuple[Any, Any]:
    """The library's own picture of our profile, and its encoder with the character table read once."""
    library = _library()
    page = profile.code_page
    library.CodePages.data[page.name] = {"name": page.name, "python_encode": page.codec}
    library_profile = library.Profile(columns=profile.columns)
    library_profile.profile_data = {
        "name": profile.name,
        "codePages": {str(page.number): page.name},
        "fonts": {
            "0": {"columns": profile.columns},
            "1": {"columns": profile.print_dots // profile.fonts.b.width_dots},
        },
        "media": {"dpi": profile.dpi, "width": {"pixels": profile.print_dots}},
    }
    library_profile.features = {"paperPartCut": profile.cutter == "partial", "paperFullCut": profile.cutter == "full"}
    return library_profile, library.Encoder({page.name: page.number})


class _Library:
    """The few names of python-escpos that this module uses."""

    def __init__(self) -> None:
        self.Dummy: Any = import_module("escpos.printer.dummy").Dummy
        self.Profile: Any = import_module("escpos.capabilities").Profile
        self.Encoder: Any = import_module("escpos.magicencode").Encoder
        self.CodePages: Any = import_module("escpos.codepages").CodePages
        self.QR_ECLEVEL_M: Any = import_module("escpos.constants").QR_ECLEVEL_M


@cache
def _library() -> _Library:
    with _fence():
        return _Library()


@contextmanager
def _fence() -> Iterator[None]:
    """A folder that is removed, a table of our own, and logging as it was: all for the length of one import."""
    names = ("ESCPOS_CAPABILITIES_PICKLE_DIR", "ESCPOS_CAPABILITIES_FILE")
    before = {name: os.environ.get(name) for name in names}
    handlers, folder_before = logging.root.handlers[:], tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="tillhouse-escpos-") as folder:
        table = Path(folder) / "capabilities.json"
        table.write_text(json.dumps(CAPABILITIES), encoding="utf-8")
        tempfile.tempdir = folder
        os.environ.update(dict(zip(names, (folder, str(table)), strict=True)))
        try:
            yield
        finally:
            tempfile.tempdir = folder_before
            logging.root.handlers[:] = handlers
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
