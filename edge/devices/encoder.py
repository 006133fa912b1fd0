"""Document and profile → bytes: the same document on the same profile gives the same bytes, always."""

from functools import cache
from itertools import pairwise
from typing import assert_never

from edge.devices.escpos_driver import EscposDriver, bars_width, writable
from firmware_profiles import PrinterProfile
from shared.paper.bars import Bars
from shared.paper.document import Document
from shared.paper.layout import Code, Dots, End, Letters, Piece, Space, Strip, lay_out
from shared.paper.raster import (
    QUIET_MM,
    bars_raster,
    letters_raster,
    module_dots,
    modules,
    picture_raster,
    qr_raster,
    strip_raster,
)
from shared.paper.typeface import Typeface


def encode(document: Document, profile: PrinterProfile, typeface: Typeface | None = None) -> bytes:
    """All bytes of one slip, from initialisation to cut. Some milliseconds; no I/O after the first call."""
    return b"".join(encode_in_pieces(document, profile, typeface))


def encode_in_pieces(
    document: Document, profile: PrinterProfile, typeface: Typeface | None = None
) -> tuple[bytes, ...]:
    """The same bytes, parted where a question to the printer may stand: between lines, never inside an order."""
    driver = EscposDriver(profile)
    letters = typeface or default_typeface()
    ends = [0]
    for piece in lay_out(document, profile):
        _write(piece, driver, profile, letters)
        ends.append(driver.length)
    job = driver.job
    return tuple(job[begin:end] for begin, end in pairwise(ends)) or (job,)


@cache
def default_typeface() -> Typeface:
    """The typeface of this machine, with its drawn letters kept."""
    return Typeface()


def _write(piece: Piece, driver: EscposDriver, profile: PrinterProfile, typeface: Typeface) -> None:
    match piece:
        case Letters():
            _write_letters(piece, driver, profile, typeface)
        case Strip():
            driver.raster(strip_raster(piece, profile))
        case Code():
            _write_code(piece.payload, driver, profile)
        case Bars():
            _write_bars(piece, driver, profile)
        case Dots():
            driver.raster(picture_raster(piece, profile))
        case Space():
            driver.space(piece.dots)
        case End():
            driver.end()
        case _:
            assert_never(piece)


def _write_letters(piece: Letters, driver: EscposDriver, profile: PrinterProfile, typeface: Typeface) -> None:
    by_printer = writable(piece.text, profile) and (profile.reverse_text or not piece.style.inverse)
    if by_printer:
        driver.letters(piece)
        return
    raster = letters_raster(piece, profile, typeface)
    driver.raster(raster)
    if not piece.tight:
        driver.space(max(profile.line_dots - raster.height_dots, 0))


def _write_code(payload: str, driver: EscposDriver, profile: PrinterProfile) -> None:
    quiet_dots = profile.dots(QUIET_MM)
    driver.space(quiet_dots)
    if profile.native_qr:
        driver.qr(payload, module_dots(len(modules(payload)), profile))
    else:
        driver.raster(qr_raster(payload, profile))
    driver.space(quiet_dots)


def _write_bars(bars: Bars, driver: EscposDriver, profile: PrinterProfile) -> None:
    """By the printer's own generator where its profile names the kind and the symbol fits as the printer makes it."""
    if bars.kind in (profile.barcodes or ()) and not bars.turned and bars_width(bars) <= profile.print_dots:
        driver.bars(bars)
    else:
        driver.raster(bars_raster(bars, profile))
