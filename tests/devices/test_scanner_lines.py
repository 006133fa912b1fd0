"""How a scanner is written down, and what is said of one that is written wrongly."""

import pytest

from edge.devices.scanners.address import (
    ScannerLineText,
    ScannerSettingWrong,
    load_profile,
    parse_scanner_line,
    source_of,
)
from edge.devices.scanners.evdev import EvdevSource
from edge.devices.scanners.virtual import VirtualScanner

BY_ID = "hid:/dev/input/by-id/usb-Honeywell_1900-event-kbd"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("virtual", ScannerLineText("virtual")),
        ("serial:/dev/ttyACM0", ScannerLineText("serial", "/dev/ttyACM0")),
        ("serial:/dev/ttyACM0@115200", ScannerLineText("serial", "/dev/ttyACM0", 115_200)),
        (BY_ID, ScannerLineText("hid", BY_ID.removeprefix("hid:"))),
        ("hid:/dev/input/by-id/usb-a@b", ScannerLineText("hid", "/dev/input/by-id/usb-a@b")),
    ],
)
def test_a_line_is_read(text: str, line: ScannerLineText) -> None:
    assert parse_scanner_line(text) == line


@pytest.mark.parametrize(
    "text",
    [
        *("", "serial", "serial:ttyACM0", "serial:/dev/ttyACM0@fast", "serial:/dev/ttyACM0@0"),
        *("serial:/dev/ttyACM0@99999999", "hid:", "virtual:1", "tcp:10.0.0.7:9100", "hid:/dev/\0x"),
    ],
)
def test_any_other_line_is_refused_with_the_ones_there_are(text: str) -> None:
    with pytest.raises(ScannerSettingWrong, match="serial:PATH@BAUDS"):
        parse_scanner_line(text)


@pytest.mark.parametrize(
    ("line", "profile", "problem"),
    [
        ("serial:/dev/ttyACM0", "honeywel", "nearest: honeywell"),
        ("serial:/dev/ttyACM0", "symbol-cs1504", "symbol-cs1504"),
        ("serial:/dev/ttyACM0", "generic-keyboard", "speaks by usb-keyboard"),
        (BY_ID, "browser-camera", "speaks by camera"),
    ],
)
def test_a_profile_that_does_not_fit_its_line_is_refused(line: str, profile: str, problem: str) -> None:
    with pytest.raises(ScannerSettingWrong, match=problem):
        load_profile(parse_scanner_line(line), profile)


def test_each_line_has_its_source_and_its_usual_profile() -> None:
    for text, kind, usual in (
        ("virtual", VirtualScanner, "virtual-scanner"),
        (BY_ID, EvdevSource, "generic-keyboard"),
    ):
        line = parse_scanner_line(text)
        profile = load_profile(line, "")
        assert profile.name == usual
        source = source_of(line, profile)
        assert isinstance(source, kind)
        assert source.address == text
