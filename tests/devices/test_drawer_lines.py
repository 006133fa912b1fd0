"""Where a drawer hangs and what opens it: lines as text, the pulse as bytes, a word on a serial line."""

import asyncio
import os
import pty
import tty
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.drawers.address import (
    AtPrinter,
    ByKey,
    DrawerSettingWrong,
    check_drawer,
    drawer_line_text,
    parse_drawer_line,
)
from edge.devices.drawers.faults import DrawerPort
from edge.devices.drawers.kicks import Kicks
from edge.devices.drawers.pulse import pulse_bytes
from edge.devices.drawers.serial import check_port, open_by_letters
from edge.devices.lines.address import Serial
from edge.devices.virtual.drawer import Pulse, pulse_of
from firmware_profiles import DrawerPort as Port
from firmware_profiles import DrawerProfile, Kick, load_drawer, load_printer

PRINTER = UUID(int=7)
BY_WORD = DrawerProfile(
    name="word", title="Opens at a word", supported=True, opened_by="serial", letters="1b 70 00", bauds=(9_600,)
)


@given(st.sampled_from([ByKey(), Serial("/dev/ttyUSB0", 9_600), AtPrinter(PRINTER, 2), AtPrinter(UUID(int=2**127), 5)]))
def test_a_place_is_the_place_that_its_text_writes(place: AtPrinter | Serial | ByKey) -> None:
    assert parse_drawer_line(drawer_line_text(place)) == place


@given(st.text(max_size=60))
def test_no_text_is_more_than_wrong(text: str) -> None:
    with suppress(DrawerSettingWrong):
        assert drawer_line_text(parse_drawer_line(text)).startswith(("printer:", "serial:", "none"))


@pytest.mark.parametrize(
    ("line", "drawer", "problem"),
    [
        ("printer:nobody:2", "printer-driven", "a printer has an id and a pin, 2 or 5"),
        (f"printer:{PRINTER}:3", "printer-driven", "a printer has an id and a pin, 2 or 5"),
        (f"printer:{PRINTER.hex}:2", "printer-driven", "a printer has an id and a pin, 2 or 5"),
        (f"printer:{PRINTER}:5", "printer-driven", "it is not opened by pin 5 of a printer"),
        ("tcp:10.0.0.7:9100", "printer-driven", "it hangs on a printer or a serial port, or has a key"),
        ("serial:ttyUSB0", "printer-driven", "a path begins with a slash"),
        ("serial:/dev/ttyUSB0", "printer-driven", "it is not known to open by a word on a serial line"),
        ("none", "printer-driven", "it does not open by hand, so say what it hangs on"),
    ],
)
def test_a_drawer_that_cannot_be_there_says_why(line: str, drawer: str, problem: str) -> None:
    with pytest.raises(DrawerSettingWrong) as wrong:
        check_drawer(line, load_drawer(drawer))
    assert problem in str(wrong.value)


def test_the_pulse_of_a_profile_is_what_the_virtual_printer_understands() -> None:
    for name in ("printer-driven", "printer-driven-second", "virtual-drawer"):
        kick = load_drawer(name).kick
        assert kick is not None
        order = pulse_bytes(kick, load_printer("virtual-58").drawer)
        assert order[:2] == b"\x1bp"
        assert pulse_of(order[2:]) == Pulse(kick.pin, kick.on_ms, kick.off_ms)
    first = load_drawer("printer-driven").kick
    assert first is not None
    assert pulse_bytes(first, None) == b"\x1bp\x00\x32\xc8"


@given(st.integers(1, 5_000), st.integers(1, 5_000), st.integers(1, 5_000))
def test_no_pulse_is_longer_than_its_printer_may_give(on_ms: int, off_ms: int, longest_ms: int) -> None:
    order = pulse_bytes(Kick(pin=5, on_ms=on_ms, off_ms=off_ms), Port(pins=(2, 5), on_ms_max=longest_ms))
    pulse = pulse_of(order[2:])
    assert pulse.pin == 5
    assert 0 < pulse.on_ms <= max(longest_ms, 2)
    assert pulse.off_ms <= max(off_ms, 2)


def test_a_pulse_for_which_nobody_waits_any_more_is_never_sent() -> None:
    async def scene() -> None:
        kicks, sent = Kicks(), []

        async def send(data: bytes) -> None:
            sent.append(data)
            if data == b"broken":
                raise BrokenPipeError

        late, taken = kicks.add(b"late"), kicks.add(b"taken")
        late.cancel()
        assert kicks
        await kicks.give(send)
        assert (sent, taken.result(), bool(kicks)) == ([b"taken"], True, False)
        broken = kicks.add(b"broken")
        with pytest.raises(BrokenPipeError):
            await kicks.give(send)
        await kicks.give(send)
        assert (sent, broken.result()) == ([b"taken", b"broken"], False)

    asyncio.run(scene())


def test_a_drawer_on_a_serial_line_gets_its_word_and_a_missing_port_is_a_sentence() -> None:
    async def scene() -> None:
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        try:
            place = Serial(os.ttyname(theirs))
            await check_port(place, BY_WORD)
            await open_by_letters(place, BY_WORD)
            assert os.read(ours, 64) == b"\x1bp\x00"
        finally:
            os.close(ours)
            os.close(theirs)
        with pytest.raises(DrawerPort, match="Nothing can be sent to /dev/no-such-port"):
            await check_port(Serial("/dev/no-such-port"), BY_WORD)

    asyncio.run(scene())
