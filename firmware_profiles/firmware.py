"""A device's firmware against the oldest that its profile says was approved."""

import re
from typing import Literal

FirmwareStanding = Literal["approved", "old", "unclear", "untold", "unknown"]
"""`untold`: the device did not say its firmware; `unclear`: what it said holds no version; `unknown`: nothing was
approved yet, as far as the profile knows."""
VERSION = re.compile(r"\d+(?:\.\d+)*")


def firmware_standing(firmware: str, minimum: str | None) -> FirmwareStanding:
    """Whether `firmware`, as the device said it (`30.21 ESC/POS`), is at least `minimum` (`2.05`)."""
    if minimum is None:
        return "unknown"
    if not firmware:
        return "untold"
    found = version_of(firmware)
    if not found:
        return "unclear"
    return "old" if found < version_of(minimum) else "approved"


def version_of(text: str) -> tuple[int, ...]:
    """The first version in a text, number by number: `2.10` is newer than `2.9`. Without one, nothing.

    Zeros at the end say nothing, so `2.0` is no newer than `2`.
    """
    found = VERSION.search(text)
    parts = [int(part) for part in found[0].split(".")] if found else []
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)
