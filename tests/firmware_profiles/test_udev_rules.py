"""The rules in packaging/ give exactly the devices that profiles name to one group, and nothing to everybody."""

import re
from pathlib import Path

from firmware_profiles import Claim, UsbId
from firmware_profiles.claims import claims
from firmware_profiles.udev_rules import GROUP, rules

FILE = Path(__file__).parents[2] / "packaging" / "udev" / "70-tillhouse.rules"
RULE = re.compile(
    r'SUBSYSTEM=="(usbmisc|tty|input|hidraw)"(, KERNEL=="(lp|event)\[0-9\]\*")?'
    r'(, ATTRS\{idVendor\}=="[0-9a-f]{4}")?(, ATTRS\{idProduct\}=="[0-9a-f]{4}")?'
    rf', GROUP="{GROUP}", MODE="0660"(, ENV\{{ID_MM_DEVICE_IGNORE\}}="1")?'
)


def lines(text: str) -> list[str]:
    """The rules alone."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_file_is_what_the_profiles_say() -> None:
    assert FILE.read_text() == rules(), "write it anew: python -m firmware_profiles.udev_rules > " + FILE.name


def test_every_rule_is_well_formed_and_none_is_for_everybody() -> None:
    assert [line for line in lines(rules()) if not RULE.fullmatch(line)] == []
    assert [line for line in lines(rules()) if "input" in line and "idVendor" not in line] == []


def test_every_device_that_a_profile_names_can_be_opened() -> None:
    for claim in (one for one in claims() if one.kind in ("printers", "scanners")):
        vendor, product = f'{{idVendor}}=="{claim.usb.vendor:04x}"', claim.usb.product
        covering = [
            line
            for line in lines(rules())
            if vendor in line and ("idProduct" not in line or (product is not None and f'"{product:04x}"' in line))
        ]
        nodes = {"tty"} if claim.kind == "printers" else {"tty", "input", "hidraw"}
        assert nodes <= {line.split('"')[1] for line in covering}, claim.name


def test_a_rule_for_a_maker_covers_his_models() -> None:
    maker = Claim("scanners", "maker", UsbId(0xABCD), None, supported=True)
    model = Claim("scanners", "model", UsbId(0xABCD, 0x0000), None, supported=True)
    assert rules([maker, model]) == rules([maker])
    assert 'ATTRS{idProduct}=="0000"' in rules([model])
