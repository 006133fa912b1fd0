"""The rules by which Linux gives printers and scanners to the units' group: written from the profiles' USB ids.

`python -m firmware_profiles.udev_rules > packaging/udev/70-tillhouse.rules` writes them anew; a test compares. Rules
give a right to a group and say nothing about what a device is: that is asked of the device itself.
"""

import sys
from collections.abc import Iterable, Iterator

from firmware_profiles.claims import Claim, claims
from firmware_profiles.facts import UsbId
from firmware_profiles.loader import PRINTERS, SCANNERS

GROUP = "tillhouse"
MODE = "0660"
HEAD = f"""\
# Printers and scanners for Tillhouse: members of the group {GROUP} may open them, nobody else may.
# Written from the firmware profiles by `python -m firmware_profiles.udev_rules`; do not edit.
# Installing and checking: docs/guides/set-up-devices.md

# Every printer that the kernel's printer driver takes, whatever its maker.
SUBSYSTEM=="usbmisc", KERNEL=="lp[0-9]*", GROUP="{GROUP}", MODE="{MODE}"
"""
SECTIONS = {
    PRINTERS.folder: (
        "Printers on a serial port over USB; programs that look for modems leave them alone.",
        ('SUBSYSTEM=="tty"',),
    ),
    SCANNERS.folder: (
        "Scanners: on a serial port over USB, as a keyboard, as the HID page of scanners.",
        ('SUBSYSTEM=="tty"', 'SUBSYSTEM=="input", KERNEL=="event[0-9]*"', 'SUBSYSTEM=="hidraw"'),
    ),
}
NO_MODEM = ', ENV{ID_MM_DEVICE_IGNORE}="1"'


def rules(known: Iterable[Claim] | None = None) -> str:
    """The whole file."""
    listed = tuple(claims() if known is None else known)
    parts = [HEAD]
    for folder, (what, nodes) in SECTIONS.items():
        parts.append(f"\n# {what}\n" + "".join(_section([one for one in listed if one.kind == folder], nodes)))
    return "".join(parts)


def _section(listed: list[Claim], nodes: tuple[str, ...]) -> Iterator[str]:
    """A rule for each id and node; one for a vendor covers the ids of its products."""
    vendors = {claim.usb.vendor for claim in listed if claim.usb.product is None}
    ids = {(claim.usb.vendor, claim.usb.product) for claim in listed if _counts(claim.usb, vendors)}
    for vendor, product in sorted(ids, key=lambda one: (one[0], one[1] or 0)):
        for node in nodes:
            modem = NO_MODEM if "tty" in node else ""
            yield f'{node}, {_match(vendor, product)}, GROUP="{GROUP}", MODE="{MODE}"{modem}\n'


def _counts(usb: UsbId, vendors: set[int]) -> bool:
    return usb.product is None or usb.vendor not in vendors


def _match(vendor: int, product: int | None) -> str:
    maker = f'ATTRS{{idVendor}}=="{vendor:04x}"'
    return maker if product is None else f'{maker}, ATTRS{{idProduct}}=="{product:04x}"'


if __name__ == "__main__":
    sys.stdout.write(rules())
