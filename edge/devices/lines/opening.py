"""From an address to a transport: the one place that knows which carrier and which conversation belong to it."""

from pathlib import Path
from typing import assert_never

import msgspec

from edge.devices.lines.address import Cups, File, RealLine, Serial, Tcp, Usb, answers
from edge.devices.lines.conversation import Conversation
from edge.devices.lines.cups import CupsCarrier
from edge.devices.lines.file import FileCarrier
from edge.devices.lines.one_way import OneWay
from edge.devices.lines.serial import SerialCarrier
from edge.devices.lines.tcp import TcpCarrier
from edge.devices.lines.transport import Carrier, Patience, Transport
from edge.devices.lines.usb import NODES, SYSFS, UsbCarrier
from firmware_profiles import PrinterProfile


class Surroundings(msgspec.Struct, frozen=True):
    """Where this machine keeps its devices and its print service."""

    sysfs: Path = SYSFS
    usb_nodes: Path = NODES
    lp: str = "lp"
    lpstat: str = "lpstat"


def open_transport(
    address: RealLine,
    profile: PrinterProfile,
    patience: Patience | None = None,
    surroundings: Surroundings | None = None,
) -> Transport:
    """A transport to this address, not yet connected: its own `open` does that, as often as it is needed."""
    carrier = _carrier(address, profile, surroundings or Surroundings())
    if answers(address) and profile.status != "none":
        return Conversation(carrier, profile, patience)
    return OneWay(carrier, patience)


def _carrier(address: RealLine, profile: PrinterProfile, surroundings: Surroundings) -> Carrier:
    match address:
        case Tcp():
            return TcpCarrier(address)
        case Serial():
            return SerialCarrier(address, profile)
        case Usb():
            return UsbCarrier(address, sysfs=surroundings.sysfs, nodes=surroundings.usb_nodes)
        case Cups():
            return CupsCarrier(address, lp=surroundings.lp, lpstat=surroundings.lpstat)
        case File():
            return FileCarrier(address)
        case _:
            assert_never(address)
