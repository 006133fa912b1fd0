"""Where the source is installed beside us, each number is compared with it: nothing in these files is invented."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from firmware_profiles import PRINTERS, facts, models
from firmware_profiles.schema import FontFacts

SOURCE_OF = {
    "citizen-ct-s651": "CT-S651",
    "epson-tm-p80": "TM-P80",
    "epson-tm-t20ii": "TM-T20II",
    "epson-tm-t88iii": "TM-T88III",
    "epson-tm-t88iv": "TM-T88IV",
    "epson-tm-t88v": "TM-T88V",
    "metapace-t-1": "T-1",
    "netum-nt-5890k": "NT-5890K",
    "netum-nt-80-v-ul": "NT-80-V-UL",
    "sunmi-v2": "Sunmi-V2",
    "zjiang-pos-5890": "POS-5890",
    "zjiang-zj-5870": "ZJ-5870",
}
A_BARCODES = {"upc-a", "upc-e", "ean13", "ean8", "code39", "itf", "codabar"}


@cache
def capabilities() -> dict[str, Any]:
    """The capabilities data of python-escpos, read as a file."""
    text = files("escpos").joinpath("capabilities.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)["profiles"]
    return loaded


@pytest.mark.parametrize("name", SOURCE_OF)
def test_dots_and_letters_are_those_of_the_source(name: str) -> None:
    known, source = facts(PRINTERS, name), capabilities()[SOURCE_OF[name]]
    width, dpi = source["media"]["width"], source["media"].get("dpi")
    assert known.print_dots in (None, width["pixels"])
    assert dpi is None or known.dpi == dpi
    if known.fonts is not None and known.print_dots is not None:
        assert letters(known.fonts, known.print_dots) == [source["fonts"][place]["columns"] for place in ("0", "1")]


@pytest.mark.parametrize("name", SOURCE_OF)
def test_code_pages_are_those_of_the_source(name: str) -> None:
    source = capabilities()[SOURCE_OF[name]]["codePages"]
    pages = facts(PRINTERS, name).code_pages
    assert pages
    assert {number: page for number, page in pages if source[str(number)] != page} == {}


@pytest.mark.parametrize("name", SOURCE_OF)
def test_knife_codes_and_pictures_are_those_of_the_source(name: str) -> None:
    known, features = facts(PRINTERS, name), capabilities()[SOURCE_OF[name]]["features"]
    can_cut = features["paperFullCut"] or features["paperPartCut"]
    assert known.cutter in (None, "partial" if can_cut else "none")
    assert known.native_qr in (None, features["qrCode"])
    if known.raster is not None:
        assert features["bitImageRaster"]
    if known.barcodes is not None:
        assert bool(set(known.barcodes) & A_BARCODES) is features["barcodeA"]
        assert ("code128" in known.barcodes) is features["barcodeB"]


def test_each_printer_that_names_this_source_is_compared_with_it() -> None:
    named = {
        name
        for name in models(PRINTERS)
        if any(source.startswith("python-escpos 3.1, cap") for source in facts(PRINTERS, name).sources.paper)
    }
    assert named - {"generic-58", "generic-80", "star-tsp600"} == set(SOURCE_OF)


def test_the_generic_printers_are_what_the_sources_printers_have_in_common() -> None:
    def all_have(names: tuple[str, ...], dots: int) -> bool:
        return {capabilities()[name]["media"]["width"]["pixels"] for name in names} == {dots}

    assert all_have(("NT-5890K", "POS-5890", "Sunmi-V2", "ZJ-5870"), 384)
    assert all_have(("KR-306", "NT-80-V-UL", "P822D", "RP-F10-80mm", "TM-T20II"), 576)


def test_what_the_source_contradicts_itself_in_stays_unknown() -> None:
    assert facts(PRINTERS, "citizen-ct-s651").print_dots is None
    assert facts(PRINTERS, "epson-tm-p80").fonts is None
    assert facts(PRINTERS, "netum-nt-80-v-ul").fonts is None


def letters(fonts: FontFacts, dots: int) -> list[int]:
    """Letters in a line, of both fonts."""
    return [dots // fonts.a.width_dots, dots // fonts.b.width_dots]
