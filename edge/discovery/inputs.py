"""Input devices that may be scanners: whatever can type digits and Enter and is plugged in or paired.

A keyboard looks the same; only a scan tells. Whoever adds one reads a code and sees whether it comes.
"""

from itertools import islice
from pathlib import Path

import msgspec

from edge.devices.usb_tree import entries, first_line, number

INPUTS_MAX = 32
KEYS_LETTERS_MAX = 240
USB_BUS, BLUETOOTH_BUS = 0x0003, 0x0005
DIGITS_AND_ENTER: int = sum(1 << key for key in (*range(2, 12), 28))
"""KEY_1 to KEY_0 and KEY_ENTER of the kernel's input-event-codes.h."""


class InputDevice(msgspec.Struct, frozen=True):
    """A device of the kernel's input layer at `node` (`/dev/input/event5`)."""

    node: str
    name: str
    vendor: int
    product: int
    bluetooth: bool = False


def read_inputs(sysfs: Path) -> tuple[InputDevice, ...]:
    """Those that type digits and Enter, from the USB or by Bluetooth."""
    folder = sysfs / "class" / "input"
    found = (_input(one) for one in entries(folder) if one.name.startswith("event") and one.name[5:].isdigit())
    return tuple(islice((one for one in found if one is not None), INPUTS_MAX))


def _input(folder: Path) -> InputDevice | None:
    about = folder / "device"
    bus = number(about / "id" / "bustype")
    vendor, product = number(about / "id" / "vendor"), number(about / "id" / "product")
    if bus not in (USB_BUS, BLUETOOTH_BUS) or vendor is None or product is None:
        return None
    if not types_digits(first_line(about / "capabilities" / "key", KEYS_LETTERS_MAX)):
        return None
    return InputDevice(f"/dev/input/{folder.name}", first_line(about / "name"), vendor, product, bus == BLUETOOTH_BUS)


def types_digits(keys: str) -> bool:
    """Whether a bitmap of keys, as the kernel writes it, holds the ten digits and Enter.

    Its words are hexadecimal, the lowest last; these keys stand in the lowest 32 bits, whatever a word's size is.
    """
    lowest = keys.rsplit(" ", maxsplit=1)[-1]
    if not 0 < len(lowest) <= 16 or any(digit not in "0123456789abcdefABCDEF" for digit in lowest):
        return False
    return int(lowest, 16) & DIGITS_AND_ENTER == DIGITS_AND_ENTER
