"""A printer on the USB, by the kernel's own printer driver (usblp): a device node that takes bytes and answers.

Chosen over a USB library in this program: the kernel knows the printer class, gives the node to a group by udev,
and needs nothing beside it; a library would have to take the device away from the kernel first. The node's number
changes with every plugging in, so the printer is looked up by its numbers each time it is opened.
"""

from pathlib import Path

from edge.devices.lines.address import File, Usb, line_text
from edge.devices.lines.file import FileCarrier
from edge.devices.lines.transport import PrinterAmbiguous
from edge.devices.usb_tree import read_usb

SYSFS = Path("/sys")
NODES = Path("/dev/usb")


class UsbCarrier:
    """The device node of the printer with these numbers, wherever it is plugged in."""

    byte_ms = 0.0

    def __init__(self, place: Usb, *, sysfs: Path = SYSFS, nodes: Path = NODES) -> None:
        self.address = line_text(place)
        self._place = place
        self._sysfs = sysfs
        self._nodes = nodes
        self._file: FileCarrier | None = None

    async def open(self) -> None:
        """FileNotFoundError while it is not plugged in, PrinterAmbiguous while two are."""
        found = nodes_of(self._place, self._sysfs)
        if not found:
            raise FileNotFoundError(self.address)
        if len(found) > 1:
            raise PrinterAmbiguous(address=self.address, count=len(found))
        carrier = FileCarrier(File(str(self._nodes / found[0])), node=True)
        await carrier.open()
        self._file = carrier

    async def close(self) -> None:
        """Close its node."""
        opened, self._file = self._file, None
        if opened is not None:
            await opened.close()

    async def read(self) -> bytes:
        """What it says; OSError when it was unplugged."""
        return await self._opened().read()

    async def write(self, data: bytes, *, urgent: bool = False) -> None:
        """All of it."""
        await self._opened().write(data, urgent=urgent)

    def _opened(self) -> FileCarrier:
        if self._file is None:
            raise ConnectionResetError
        return self._file


def nodes_of(place: Usb, sysfs: Path = SYSFS) -> list[str]:
    """Names of the printers' nodes that go by these numbers, such as `lp0`."""
    return [
        Path(device.node).name
        for device in read_usb(sysfs)
        if device.node
        and (device.vendor, device.product) == (place.vendor, place.product)
        and place.serial in ("", device.serial)
    ]
