"""Barcodes: their bars as modules, and how they stand on a width of paper. Pure."""

from functools import lru_cache
from typing import assert_never

import msgspec
from barcode.codex import Code128
from barcode.ean import EAN8, EAN13

from shared.paper.document import BarcodeKind
from shared.paper.sheet import Sheet

BAR_MM = 10
QUIET_MODULES = 10
MODULE_DOTS = (3, 2)
"""A module of three dots where the paper is wide enough, else of two: thinner bars run into each other in the head."""


class Bars(msgspec.Struct, frozen=True):
    """A barcode, centred; `turned` by a quarter where the paper is too narrow for it, its bars one above the other."""

    kind: BarcodeKind
    text: str
    module_dots: int
    height_dots: int
    turned: bool = False


def bars_on(kind: BarcodeKind, text: str, sheet: Sheet) -> Bars:
    """The bars as they stand on this paper, with white at both ends."""
    count = len(modules_of(kind, text)) + 2 * QUIET_MODULES
    fitting = [dots for dots in MODULE_DOTS if count * dots <= sheet.print_dots]
    return Bars(kind, text, (fitting or MODULE_DOTS[-1:])[0], sheet.dots(BAR_MM), turned=not fitting)


@lru_cache(maxsize=64)
def modules_of(kind: BarcodeKind, text: str) -> str:
    """Bars and gaps as ones and zeros, without quiet zones."""
    match kind:
        case "code128":
            built = Code128(text).build()
        case "ean13":
            built = EAN13(text).build()
        case "ean8":
            built = EAN8(text).build()
        case _:
            assert_never(kind)
    (modules,) = built
    return str(modules)
