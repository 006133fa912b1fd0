"""Every profile file says what it knows, where it knows it from, and is supported just when that is enough."""

import codecs
from collections.abc import Callable
from typing import Any

import pytest

from firmware_profiles import (
    DRAWERS,
    HANDHELDS,
    PRINTERS,
    SCANNERS,
    Facts,
    Kind,
    ProfileUnsupported,
    facts,
    load_drawer,
    load_handheld,
    load_printer,
    load_scanner,
    models,
    names,
    octets,
    printer_names,
    scanner_names,
)
from firmware_profiles.loader import SHELF
from firmware_profiles.shelf import UNKNOWN

KINDS: tuple[Kind[Any], ...] = (PRINTERS, SCANNERS, DRAWERS, HANDHELDS)
LOADERS: dict[str, Callable[[str], Facts]] = {
    "printers": load_printer,
    "scanners": load_scanner,
    "drawers": load_drawer,
    "handhelds": load_handheld,
}
FILES = [(kind, name) for kind in KINDS for name in models(kind)]
every_file = pytest.mark.parametrize(("kind", "name"), FILES, ids=[f"{kind.folder}/{name}" for kind, name in FILES])
LETTER_EXAMPLES = "Azz09 .,-*#"


@every_file
def test_a_profile_keeps_the_schema_of_its_kind(kind: Kind[Any], name: str) -> None:
    known = facts(kind, name)
    assert known.name == name
    assert known.title
    assert all(known.fact(fact) is None for fact in known.unknown())
    assert {fact.split(".")[0] for group in known.GROUPS.values() for fact in group} <= set(dir(known))
    assert set(known.GROUPS) == set(known.sources.__struct_fields__)


@every_file
def test_a_profile_names_a_source_for_each_group_of_facts(kind: Kind[Any], name: str) -> None:
    known = facts(kind, name)
    assert known.unsourced() == ()
    for group in known.GROUPS:
        assert all(len(source) >= 16 for source in getattr(known.sources, group)), group


@every_file
def test_a_file_that_changes_an_inherited_group_names_its_own_source(kind: Kind[Any], name: str) -> None:
    own = SHELF.own_facts(kind, name)
    sources = own.get("sources", {})
    for group, group_facts in facts(kind, name).GROUPS.items():
        stated = {fact.split(".")[0] for fact in group_facts} & {
            fact for fact, value in own.items() if value != UNKNOWN
        }
        assert not stated or group in sources, f"{sorted(stated)} stand here without a source for {group}"


@every_file
def test_a_profile_is_supported_just_when_its_essentials_are_known(kind: Kind[Any], name: str) -> None:
    known = facts(kind, name)
    assert known.supported is not bool(known.unknown_essentials())
    assert known.supported is (name in names(kind))
    if known.supported:
        assert LOADERS[kind.folder](name).unknown() == known.unknown()
    else:
        with pytest.raises(ProfileUnsupported, match=known.unknown_essentials()[0]):
            LOADERS[kind.folder](name)


def test_there_are_profiles_for_what_a_venue_is_likely_to_own() -> None:
    assert len(printer_names()) >= 15
    assert len(scanner_names()) >= 8
    for family in ("epson-tm-t20", "epson-tm-t88", "epson-tm-m30", "epson-tm-p20", "epson-tm-p80", "star-tsp600"):
        assert any(name.startswith(family) for name in models(PRINTERS)), family
    for maker in ("star", "bixolon", "citizen", "sunmi", "netum", "zjiang", "generic-58", "generic-80"):
        assert any(name.startswith(maker) for name in models(PRINTERS)), maker
    for maker in ("honeywell", "zebra", "datalogic", "newland", "generic-serial", "generic-keyboard", "browser-camera"):
        assert any(name.startswith(maker) for name in scanner_names()), maker
    assert {"printer-driven", "by-hand", "virtual-drawer"} <= set(names(DRAWERS))
    assert load_handheld("reference-linux-58").machine == "aarch64"


@pytest.mark.parametrize("name", printer_names())
def test_a_printers_numbers_fit_each_other(name: str) -> None:
    profile = load_printer(name)
    assert profile.print_dots <= profile.paper_dots
    assert profile.columns >= 32
    assert profile.columns_of(profile.fonts.b) >= profile.columns
    assert profile.fonts.a.height_dots <= profile.line_dots
    assert LETTER_EXAMPLES.encode(profile.code_page.codec) == LETTER_EXAMPLES.encode("ascii")
    pages = dict(profile.code_pages or ())
    assert pages.get(profile.code_page.number) == profile.code_page.name
    assert len(pages) == len(profile.code_pages or ()), "a number stands twice"
    if profile.drawer:
        assert profile.drawer.pins


@pytest.mark.parametrize("name", models(PRINTERS))
def test_no_code_page_takes_several_bytes_for_a_letter(name: str) -> None:
    for _, page in facts(PRINTERS, name).code_pages or ():
        try:
            codec = codecs.lookup(page)
        except LookupError:
            continue
        assert len(codec.incrementaldecoder().decode(bytes(range(0x20, 0x7F)))) == 95, page
        assert page not in {"CP932", "CP936", "CP949", "CP950"}


@pytest.mark.parametrize("name", models(SCANNERS))
def test_a_scanners_orders_are_bytes(name: str) -> None:
    scanner = facts(SCANNERS, name)
    for order in scanner.orders or ():
        assert octets(order.send)
    if scanner.trigger:
        assert octets(scanner.trigger.start) != octets(scanner.trigger.stop)


def test_trigger_orders_are_those_of_the_manual() -> None:
    trigger = load_scanner("honeywell-n86").trigger
    assert trigger is not None
    assert (octets(trigger.start), octets(trigger.stop)) == (b"\x16T\r", b"\x16U\r")


@pytest.mark.parametrize("name", names(HANDHELDS))
def test_a_handheld_is_built_of_devices_that_we_know(name: str) -> None:
    handheld = load_handheld(name)
    assert handheld.printer is not None
    assert handheld.scanner is not None
    assert load_printer(handheld.printer).paper_mm == 58
    assert load_scanner(handheld.scanner).lines


@pytest.mark.parametrize("name", names(DRAWERS))
def test_a_drawers_pulse_is_one_that_printers_give(name: str) -> None:
    drawer = load_drawer(name)
    if drawer.kick is None:
        assert drawer.opens_by == "key"
        return
    assert drawer.kick.on_ms % 2 == drawer.kick.off_ms % 2 == 0
    assert drawer.kick.on_ms <= 510
    assert drawer.kick.off_ms >= 4 * drawer.kick.on_ms
