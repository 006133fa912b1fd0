"""What hangs on the USB, as the kernel tells it below `/sys`: read without any right, and without waking a device.

A file that is missing, damaged or endless is a device that says nothing of itself, and hides no other.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from edge.devices.said import TEXT_LETTERS_MAX, shown

ENTRIES_MAX = 1_024
DEVICES_MAX = 128
FILE_BYTES_MAX = 256
HUB_CLASS, PRINTER_CLASS = "09", "07"
SERIAL_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
SERIAL_LETTERS_MAX = 64


class UsbDevice(msgspec.Struct, frozen=True):
    """A device at its place on the bus (`1-1.2`).

    `prints`: one of its interfaces is of the printer class. `node` is the kernel's printer node, `ports` its serial
    ports. `serial` is empty where it has none, or one that fits in no line.
    """

    place: str
    vendor: int
    product: int
    serial: str = ""
    maker: str = ""
    model: str = ""
    prints: bool = False
    node: str = ""
    ports: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """How the device is written down: `usb:04b8:0e15` and its serial number."""
        return f"usb:{self.vendor:04x}:{self.product:04x}" + (f":{self.serial}" if self.serial else "")

    @property
    def title(self) -> str:
        """What it calls itself."""
        return name_of(self.maker, self.model) or f"USB device {self.vendor:04x}:{self.product:04x}"


def read_usb(sysfs: Path) -> tuple[UsbDevice, ...]:
    """Every device on the USB but its hubs, by place."""
    folder = sysfs / "bus" / "usb" / "devices"
    found = (_device(one) for one in entries(folder) if ":" not in one.name)
    return tuple(islice((one for one in found if one is not None), DEVICES_MAX))


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, sorted; nothing where there is none, and never without end."""
    try:
        return sorted(islice(folder.iterdir(), ENTRIES_MAX))
    except OSError:
        return []


def first_line(path: Path, letters_max: int = TEXT_LETTERS_MAX) -> str:
    """What a file of the kernel says, in one line that can be shown."""
    return shown(_said(path).partition("\n")[0], letters_max)


def number(path: Path) -> int | None:
    """The id in a file, four hexadecimal digits."""
    said = first_line(path)
    return int(said, 16) if len(said) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in said) else None


def name_of(maker: str, model: str) -> str:
    """Maker and model as one title; a model that begins with its maker says both."""
    return model if model.casefold().startswith(maker.casefold()) else f"{maker} {model}".strip()


def serial_of(said: str) -> str:
    """A serial number that may stand in a line; others name no device."""
    fits = 0 < len(said) <= SERIAL_LETTERS_MAX and all(letter in SERIAL_LETTERS for letter in said)
    return said if fits else ""


def _device(folder: Path) -> UsbDevice | None:
    vendor, product = number(folder / "idVendor"), number(folder / "idProduct")
    if vendor is None or product is None or first_line(folder / "bDeviceClass") == HUB_CLASS:
        return None
    faces = [face for face in entries(folder) if face.name.startswith(f"{folder.name}:")]
    return UsbDevice(
        place=shown(folder.name),
        vendor=vendor,
        product=product,
        serial=serial_of(_said(folder / "serial").strip()),
        maker=first_line(folder / "manufacturer"),
        model=first_line(folder / "product"),
        prints=any(first_line(face / "bInterfaceClass") == PRINTER_CLASS for face in faces),
        node=next((f"/dev/usb/{node.name}" for face in faces for node in entries(face / "usbmisc")), ""),
        ports=tuple(port for face in faces for port in _ports(face)),
    )


def _ports(face: Path) -> Iterator[str]:
    """Serial ports of one interface: a modem's stands in `tty/`, an adapter's in a folder of its own name."""
    for one in entries(face):
        if one.name == "tty":
            yield from (f"/dev/{port.name}" for port in entries(one))
        elif one.name.startswith("ttyUSB"):
            yield f"/dev/{one.name}"


def _said(path: Path) -> str:
    """The beginning of a file; nothing where there is none, or no right to read it."""
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX).decode("utf-8", errors="replace")
    except OSError:
        return ""
