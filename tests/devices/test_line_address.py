"""Where a printer is, written down: each address has one text, and what names none is told how to write one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.lines.address import (
    Cups,
    File,
    LineAddress,
    Nowhere,
    PrinterSettingWrong,
    Serial,
    Tcp,
    Usb,
    Virtual,
    answers,
    line_text,
    parse_line,
)

BY_PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0"
LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters="/@")
NAMES = st.text(LETTERS, min_size=1).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names)).filter(lambda p: len(p) < 150)
HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,40}[a-z0-9])?", fullmatch=True) | st.ip_addresses().map(str)
USB_NUMBERS = st.integers(0, 0xFFFF)
ADDRESSES: st.SearchStrategy[LineAddress] = st.one_of(
    st.builds(Tcp, HOSTS, st.integers(1, 65_535)),
    st.builds(Serial, PATHS, st.none() | st.integers(300, 4_000_000)),
    st.builds(Usb, USB_NUMBERS, USB_NUMBERS, st.just("") | st.from_regex(r"[A-Z0-9:]{1,30}", fullmatch=True)),
    st.builds(Cups, st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,60}", fullmatch=True)),
    st.builds(File, PATHS),
    st.just(Virtual()),
    st.just(Nowhere()),
)


@given(ADDRESSES)
def test_an_address_is_read_as_it_was_written(address: LineAddress) -> None:
    assert parse_line(line_text(address)) == address


@given(st.text(max_size=300) | st.from_regex(r"(tcp|serial|usb|cups|file):.{0,60}"))
def test_any_text_is_an_address_with_one_text_or_is_refused_with_help(text: str) -> None:
    address: LineAddress | None = None
    refusal = ""
    try:
        address = parse_line(text)
    except PrinterSettingWrong as refused:
        refusal = str(refused)
    if address is None:
        assert "Write virtual, tcp:HOST:PORT, serial:/dev/ttyUSB0@19200" in refusal
    else:
        assert parse_line(line_text(address)) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp:10.0.0.7:9100", Tcp("10.0.0.7", 9_100)),
        ("tcp:[fe80::1]:9100", Tcp("fe80::1", 9_100)),
        ("serial:/dev/ttyUSB0@19200", Serial("/dev/ttyUSB0", 19_200)),
        (f"serial:{BY_PATH}", Serial(BY_PATH)),
        ("usb:04b8:0E15", Usb(0x04B8, 0x0E15)),
        ("usb:04b8:0e15:J5QF01", Usb(0x04B8, 0x0E15, "J5QF01")),
        ("cups:back-office", Cups("back-office")),
        ("file:/dev/usb/lp0", File("/dev/usb/lp0")),
        ("virtual", Virtual()),
        ("none", Nowhere()),
    ],
)
def test_the_forms_that_people_write(text: str, address: LineAddress) -> None:
    assert parse_line(text) == address


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tcp:host:0", "a number from 1 to 65535"),
        ("tcp:host:９１００", "a number from 1 to 65535"),
        ("tcp::9100", "the host is missing"),
        ("serial:ttyUSB0", "a path begins with a slash"),
        ("serial:/dev/ttyUSB0@fast", "the speed in baud"),
        ("serial:/dev/ttyUSB0@", "the speed in baud"),
        ("usb:4b8:e15", "four hexadecimal digits"),
        ("usb:04b8:0e15:", "four hexadecimal digits"),
        ("cups:-o raw", "a queue has a name"),
        ("cups:-oraw", "a queue has a name"),
        ("file:/", "a path begins with a slash"),
        ("file:/dev/../home/till/.profile", "goes by a detour"),
        ("file:/srv/./paper", "goes by a detour"),
        ("file:/srv//paper", "goes by a detour"),
        ("file://srv/paper", "goes by a detour"),
        ("serial:/dev/../tmp/port@9600", "goes by a detour"),
        ("virtual:", "another form"),
        ("tcp:a\nb:9100", "letters that nobody can see"),
    ],
)
def test_what_names_no_printer_is_told_why(text: str, problem: str) -> None:
    with pytest.raises(PrinterSettingWrong, match=problem):
        parse_line(text)


def test_nothing_comes_back_from_a_queue_or_a_plain_file() -> None:
    assert not answers(Cups("office"))
    assert not answers(File("/var/tmp/paper"))
    assert answers(File("/dev/usb/lp0"))
    assert answers(Serial("/dev/ttyS0"))
