"""A machine's `/sys` and `/dev` as folders of a test: devices are plugged in by writing what the kernel would say."""

from pathlib import Path

KEYBOARD = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
MOUSE = "ff0000 0 0 0 0"


class Machine:
    """A machine without devices, until a test plugs some in."""

    def __init__(self, folder: Path) -> None:
        self.sysfs, self.dev = folder / "sys", folder / "dev"

    def usb(self, place: str, vendor: str, product: str, /, *, cls: str = "00", **texts: str | bytes) -> Path:
        """A device at a place of the bus; `texts` are its product, manufacturer and serial."""
        folder = self.sysfs / "bus" / "usb" / "devices" / place
        said = {"idVendor": vendor, "idProduct": product, "bDeviceClass": cls, **texts}
        for name, text in said.items():
            write(folder / name, text)
        return folder

    def face(self, device: Path, number: int = 0, cls: str = "07") -> Path:
        """An interface of a device; 07 is a printer's."""
        face = device / f"{device.name}:1.{number}"
        write(face / "bInterfaceClass", cls)
        return face

    def printer_node(self, face: Path, name: str = "lp0") -> None:
        """The kernel's printer driver takes the interface."""
        (face / "usbmisc" / name).mkdir(parents=True)

    def input(
        self, name: str, title: str, vendor: str, product: str, *, bus: str = "0003", keys: str = KEYBOARD
    ) -> None:
        """An input device with these keys."""
        about = self.sysfs / "class" / "input" / name / "device"
        write(about / "name", title)
        for part, text in {"bustype": bus, "vendor": vendor, "product": product}.items():
            write(about / "id" / part, text)
        write(about / "capabilities" / "key", keys)

    def link(self, folder: str, name: str, node: str) -> Path:
        """udev's lasting name for a node, and the node itself."""
        target = self.dev / node
        write(target, "")
        link = self.dev / folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        return link


def write(path: Path, text: str | bytes) -> None:
    """A file as the kernel shows it, with its line end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else f"{text}\n".encode())
