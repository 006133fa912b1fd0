"""Names that udev gives to device nodes and that stay with the device, whatever it is plugged into or after."""

from pathlib import Path

from edge.devices.usb_tree import entries

NAME_LETTERS_MAX = 150
"""A line of settings holds no more."""


def lasting_names(folder: Path) -> dict[str, str]:
    """For each node (`/dev/ttyUSB0`) the first link in this folder that leads to it; nothing without udev."""
    found: dict[str, str] = {}
    for link in entries(folder):
        name = str(link)
        if len(name) > NAME_LETTERS_MAX or not name.isprintable() or any(letter in name for letter in " @"):
            continue
        try:
            node = str(link.resolve(strict=True))
        except (OSError, RuntimeError):
            continue
        found.setdefault(node, name)
    return found
