"""Whoever may not open a port is told one group, the same everywhere: the one that the rules name."""

from pathlib import Path

from edge.devices.group import JOIN_GROUP
from edge.devices.lines.transport import PrinterForbidden
from edge.devices.scanners import evdev, serial

ROOT = Path(__file__).parents[2]


def test_one_group_is_named_wherever_a_port_is_forbidden() -> None:
    guide = (ROOT / "docs" / "guides" / "add-a-device.md").read_text()
    rules = (ROOT / "packaging" / "udev" / "70-tillhouse.rules").read_text()
    for said in (str(PrinterForbidden(address="/dev/usb/lp0")), evdev.ADVICE, serial.ADVICE, guide):
        assert JOIN_GROUP in said
    assert "group tillhouse" in JOIN_GROUP
    assert 'GROUP="tillhouse"' in rules
