"""The serial ports of this machine, as pyserial lists them: which node, and which USB device it belongs to, if any."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec
from serial.tools import list_ports

from edge.devices.said import shown

PORTS_MAX = 64


class Listed(Protocol):
    """A port as pyserial tells it; what it does not know is None."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    manufacturer: str | None
    product: str | None


class SerialPort(msgspec.Struct, frozen=True):
    """A serial port at `node` (`/dev/ttyUSB0`); the ids are those of the USB device behind it."""

    node: str
    vendor: int | None = None
    product: int | None = None
    serial: str = ""
    maker: str = ""
    model: str = ""


def serial_ports(listed: Iterable[Listed] | None = None) -> list[SerialPort]:
    """The ports of this machine by node, texts fit to be shown, at most PORTS_MAX of them."""
    ports = list_ports.comports() if listed is None else listed
    return sorted(_few(ports), key=lambda port: port.node)


def _few(listed: Iterable[Listed]) -> Iterator[SerialPort]:
    for place, port in enumerate(listed):
        if place == PORTS_MAX:
            return
        texts = (shown(said or "") for said in (port.serial_number, port.manufacturer, port.product))
        yield SerialPort(port.device, port.vid, port.pid, *texts)
