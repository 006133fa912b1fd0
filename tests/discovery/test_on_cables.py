"""What hangs on the USB and on serial ports is found without touching it, whatever it says of itself."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.lines.address import Serial, Usb, parse_line
from edge.devices.said import TEXT_LETTERS_MAX, shown
from edge.devices.scanners.address import parse_scanner_line
from edge.devices.serial_ports import PORTS_MAX, SerialPort, serial_ports
from edge.devices.usb_tree import read_usb
from edge.discovery.found import FOUND_MAX, Around, Found, look_around, on_cables
from edge.discovery.inputs import types_digits
from firmware_profiles import load_printer
from tests.discovery.machine import KEYBOARD, MOUSE, Machine, write
from tests.support.profile import EACH


def around(machine: Machine, *ports: SerialPort) -> tuple[Found, ...]:
    """What is found at this machine and at no other."""
    return asyncio.run(look_around(Around(machine.sysfs, machine.dev, lambda: ports)))


def epson(machine: Machine, place: str = "1-1", **texts: str) -> Path:
    """A TM-T20III, taken by the kernel's printer driver."""
    said = {"manufacturer": "EPSON", "product": "TM-T20III", **texts}
    device = machine.usb(place, "04b8", "0e28", **said)
    machine.printer_node(machine.face(device), f"lp{place[-1]}")
    return device


def test_a_printer_on_the_usb_is_named_by_its_model_and_can_be_set_up_by_its_line(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    epson(machine, serial="583247")
    [found] = around(machine)
    assert (found.kind, found.title, found.line) == ("printer", "EPSON TM-T20III", "usb:04b8:0e28:583247")
    assert parse_line(found.line) == Usb(0x04B8, 0x0E28, "583247")
    assert found.profiles[0] == "epson-tm-t20iii"
    assert "/dev/usb/lp1" in found.how


def test_a_printer_that_nobody_described_is_found_by_its_class(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.face(machine.usb("1-2", "abcd", "0001", product="POS58"))
    [found] = around(machine)
    assert (found.kind, found.title, found.profiles) == ("printer", "POS58", ("generic-80", "generic-58"))
    assert "no printer node" in found.how
    assert load_printer(found.profiles[0])


def test_hubs_cameras_and_damaged_files_are_no_printers(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.usb("usb1", "1d6b", "0002", cls="09")
    machine.face(machine.usb("1-1", "046d", "0825", product="Webcam"), cls="0e")
    machine.face(machine.usb("1-2", "04b8", "", product="TM-T20III"))
    machine.face(machine.usb("1-3", "zzzz", "0e28"))
    machine.face(machine.usb("1-4", "04b", "0e28"))
    assert around(machine) == ()
    assert around(Machine(tmp_path / "nothing")) == ()


def test_two_printers_that_say_they_are_the_same_are_told(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    epson(machine, "1-1")
    epson(machine, "1-2")
    epson(machine, "1-3", serial="7")
    found = around(machine)
    assert [one.line for one in found] == ["usb:04b8:0e28", "usb:04b8:0e28", "usb:04b8:0e28:7"]
    assert ["unplug one of them" in one.how for one in found] == [True, True, False]


@pytest.mark.parametrize("serial", ["A:B", "A B", "é", "\x1b[2J", "x" * 65, "\u202e7"])
def test_a_serial_number_that_fits_in_no_line_is_left_out(tmp_path: Path, serial: str) -> None:
    machine = Machine(tmp_path)
    epson(machine, serial=serial)
    [found] = around(machine)
    assert found.line == "usb:04b8:0e28"


def test_a_serial_port_is_listed_once_with_what_hangs_on_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    scanner = machine.usb("1-1", "0c2e", "0b8f", manufacturer="Honeywell", product="Voyager 1400g")
    (machine.face(scanner, cls="02") / "tty" / "ttyACM0").mkdir(parents=True)
    adapter = machine.usb("1-2", "0403", "6001", manufacturer="FTDI", product="FT232R USB UART")
    write(machine.face(adapter, cls="ff") / "ttyUSB0" / "tty" / "ttyUSB0" / "dev", "188:0")
    ports = SerialPort("/dev/ttyACM0", 0x0C2E, 0x0B8F), SerialPort("/dev/ttyUSB0", 0x0403, 0x6001)
    found = around(machine, *ports, SerialPort("/dev/ttyS0"))
    assert [(one.kind, one.title, one.line) for one in found] == [
        ("scanner", "Honeywell Voyager 1400g", "serial:/dev/ttyACM0@9600"),
        ("serial", "FTDI FT232R USB UART", "serial:/dev/ttyUSB0@9600"),
        ("serial", "Serial port ttyS0", "serial:/dev/ttyS0@9600"),
    ]
    assert "honeywell-1400g" in found[0].profiles
    assert parse_line(found[1].line) == Serial("/dev/ttyUSB0", 9_600)


def test_a_printer_that_shows_a_serial_port_as_well_can_be_had_either_way(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    printer = machine.usb("1-1", "04b8", "0e28", product="TM-T20III")
    machine.printer_node(machine.face(printer))
    (machine.face(printer, 1, cls="02") / "tty" / "ttyACM0").mkdir(parents=True)
    found = around(machine, SerialPort("/dev/ttyACM0", 0x04B8, 0x0E28))
    assert [(one.kind, one.line.partition("@")[0]) for one in found] == [
        ("printer", "usb:04b8:0e28"),
        ("printer", "serial:/dev/ttyACM0"),
    ]
    assert {one.profiles[0] for one in found} == {"epson-tm-t20iii"}


def test_a_port_goes_by_the_name_that_stays_with_its_device(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    link = machine.link("serial/by-id", "usb-FTDI_FT232R-if00-port0", "ttyUSB0")
    strange = machine.link("serial/by-id", "usb-with space@home", "ttyUSB1")
    (machine.dev / "serial" / "by-id" / "broken").symlink_to(machine.dev / "gone")
    first, second = (str(machine.dev / name) for name in ("ttyUSB0", "ttyUSB1"))
    found = around(machine, SerialPort(first), SerialPort(second))
    assert [one.line for one in found] == [f"serial:{link}@9600", f"serial:{second}@9600"]
    assert str(strange) not in found[1].line


def test_what_types_may_be_a_scanner_and_a_mouse_is_none(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.input("event3", "Honeywell Voyager", "0c2e", "0200")
    machine.input("event4", "Dell Keyboard", "413c", "2003")
    machine.input("event5", "Dell Mouse", "413c", "301a", keys=MOUSE)
    machine.input("event6", "AT keyboard of the board", "0001", "0001", bus="0011")
    machine.input("event7", "Ring scanner", "1eab", "1d06", bus="0005")
    found = around(machine)
    assert [(one.title, one.line) for one in found] == [
        ("Honeywell Voyager", "hid:/dev/input/event3"),
        ("Dell Keyboard", "hid:/dev/input/event4"),
        ("Ring scanner", "hid:/dev/input/event7"),
    ]
    assert found[0].profiles[0].startswith("honeywell")
    assert found[1].profiles == ("generic-keyboard",)
    assert "a scan tells" in found[1].how
    assert "Bluetooth" in found[2].how
    assert parse_scanner_line(found[0].line).path == "/dev/input/event3"


def test_the_keys_of_a_keyboard_are_read_in_words_of_either_size() -> None:
    assert types_digits(KEYBOARD)
    assert types_digits("7 ff800000 7ff febeffdf f3cfffff ffffffff fffffffe")
    assert not types_digits(MOUSE)
    assert not types_digits("")
    assert not types_digits("x" * 1_000)


def test_a_crowd_of_devices_makes_a_list_that_ends(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for number in range(300):
        machine.face(machine.usb(f"1-{number}", "04b8", "0202"))
    listed = (SimpleNamespace(device=f"/dev/ttyS{number}", vid=None, pid=None, serial_number=None,
                              manufacturer=None, product=None) for number in range(10**9))  # fmt: skip
    ports = serial_ports(listed)
    found = around(machine, *ports)
    assert len(ports) == PORTS_MAX
    assert len([one for one in found if one.kind == "printer"]) == FOUND_MAX
    assert len(found) == FOUND_MAX + PORTS_MAX


def test_ports_that_cannot_be_listed_hide_no_printer(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    epson(machine)

    def forbidden() -> list[SerialPort]:
        raise PermissionError("/dev")

    [found] = asyncio.run(look_around(Around(machine.sysfs, machine.dev, forbidden)))
    assert found.kind == "printer"


@EACH
@given(st.fixed_dictionaries({name: st.binary(max_size=300) for name in ("idVendor", "product", "serial")}))
def test_no_text_of_a_device_harms_the_list(tmp_path: Path, said: dict[str, bytes]) -> None:
    machine = Machine(tmp_path)
    machine.usb("1-1", "04b8", "0e28")
    device = machine.usb("1-9", "04b8", "0e15")
    for name, text in said.items():
        write(device / name, text)
    usb = read_usb(machine.sysfs)
    assert "usb:04b8:0e28" in {found.line for found in on_cables(usb, ())}
    for one in usb:
        assert isinstance(parse_line(one.line), Usb)
        assert all(text.isprintable() for text in (one.serial, one.maker, one.model, one.title))


@given(st.text())
def test_a_shown_text_is_one_short_line_without_letters_that_steer(text: str) -> None:
    line = shown(text)
    assert len(line) <= TEXT_LETTERS_MAX
    assert line.isprintable()
    assert line == " ".join(line.split())
    assert shown(line) == line
