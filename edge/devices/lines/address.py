"""Where a printer is, as settings, rows and pages write it: `tcp:10.0.0.7:9100`, `serial:/dev/ttyUSB0@19200`."""

import posixpath
import re
from typing import assert_never

import msgspec

from shared.kernel.errors import TillhouseError

LINE_LETTERS_MAX = 200
SHOWN_LETTERS_MAX = 60
PORT_MAX = 65_535
BAUD_MIN, BAUD_MAX = 300, 4_000_000
BAUD = re.compile(r"[1-9][0-9]{2,6}", re.ASCII)
PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
USB_NUMBER = re.compile(r"[0-9a-fA-F]{4}", re.ASCII)
QUEUE = re.compile(r"[^\s/#'\"\\?-][^\s/#'\"\\?]{0,126}")
DEVICES = "/dev/"


class PrinterSettingWrong(TillhouseError):
    """The text names no printer."""

    code = "edge.printer_setting"
    sentence = (
        "The printer “{printer}” is not known: {problem}. Write virtual, tcp:HOST:PORT, serial:/dev/ttyUSB0@19200, "
        "usb:04b8:0e15, cups:QUEUE, file:PATH or none."
    )


class Tcp(msgspec.Struct, frozen=True, tag="tcp"):
    """A printer on the network, port 9100 as a rule."""

    host: str
    port: int


class Serial(msgspec.Struct, frozen=True, tag="serial"):
    """A serial port, one over Bluetooth or USB too; without `baud` the profile's speed."""

    path: str
    baud: int | None = None


class Usb(msgspec.Struct, frozen=True, tag="usb"):
    """A printer on the USB by its numbers, and by its serial number where there are two of a kind."""

    vendor: int
    product: int
    serial: str = ""


class Cups(msgspec.Struct, frozen=True, tag="cups"):
    """A queue of this machine's print service."""

    queue: str


class File(msgspec.Struct, frozen=True, tag="file"):
    """A device node, or a plain file that grows."""

    path: str


class Virtual(msgspec.Struct, frozen=True, tag="virtual"):
    """The printer that ships with the product."""


class Nowhere(msgspec.Struct, frozen=True, tag="none"):
    """No printer."""


RealLine = Tcp | Serial | Usb | Cups | File
LineAddress = RealLine | Virtual | Nowhere


def parse_line(text: str) -> LineAddress:
    """The address that this text writes; PrinterSettingWrong, which says what is wrong and what may stand there."""
    if not text.isprintable() or len(text) > LINE_LETTERS_MAX:
        raise _wrong(text, "it is too long or holds letters that nobody can see")
    kind, _, rest = text.partition(":")
    match kind:
        case "virtual" if text == kind:
            return Virtual()
        case "none" if text == kind:
            return Nowhere()
        case "tcp":
            return _tcp(text, rest)
        case "serial":
            return _serial(text, rest)
        case "usb":
            return _usb(text, rest)
        case "cups":
            if not QUEUE.fullmatch(rest):
                raise _wrong(text, "a queue has a name without spaces, slashes or quotation marks")
            return Cups(rest)
        case "file":
            return File(_path(text, rest))
        case _:
            raise _wrong(text, "it has another form")


def line_text(address: LineAddress) -> str:
    """The one text that `parse_line` reads as this address."""
    match address:
        case Tcp(host, port):
            return f"tcp:[{host}]:{port}" if ":" in host else f"tcp:{host}:{port}"
        case Serial(path, baud):
            return f"serial:{path}" + (f"@{baud}" if baud else "")
        case Usb(vendor, product, serial):
            return f"usb:{vendor:04x}:{product:04x}" + (f":{serial}" if serial else "")
        case Cups(queue):
            return f"cups:{queue}"
        case File(path):
            return f"file:{path}"
        case Virtual():
            return "virtual"
        case Nowhere():
            return "none"
        case _:
            assert_never(address)


def answers(address: LineAddress) -> bool:
    """Whether anything ever comes back: a queue and a plain file only take; without answers no ticket is proved."""
    match address:
        case Cups() | Nowhere():
            return False
        case File(path):
            return path.startswith(DEVICES)
        case _:
            return True


def _tcp(text: str, rest: str) -> Tcp:
    host, _, port = rest.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not host or any(letter in "[]/@" or letter.isspace() for letter in host):
        raise _wrong(text, "the host is missing or is none")
    if not PORT.fullmatch(port) or not 0 < int(port) <= PORT_MAX:
        raise _wrong(text, f"the port is a number from 1 to {PORT_MAX}, as a rule 9100")
    return Tcp(host, int(port))


def _serial(text: str, rest: str) -> Serial:
    path, at, baud = rest.partition("@")
    if not at:
        return Serial(_path(text, path))
    if not BAUD.fullmatch(baud) or not BAUD_MIN <= int(baud) <= BAUD_MAX:
        raise _wrong(text, "behind the @ stands the speed in baud, such as 9600 or 19200")
    return Serial(_path(text, path), int(baud))


def _usb(text: str, rest: str) -> Usb:
    vendor, _, rest = rest.partition(":")
    product, colon, serial = rest.partition(":")
    if not USB_NUMBER.fullmatch(vendor) or not USB_NUMBER.fullmatch(product) or bool(colon) != bool(serial.strip()):
        raise _wrong(text, "two numbers of four hexadecimal digits each name a USB device, a serial number may follow")
    return Usb(int(vendor, 16), int(product, 16), serial)


def _path(text: str, path: str) -> str:
    if not path.startswith("/") or path.endswith("/"):
        raise _wrong(text, "a path begins with a slash and ends in a name")
    if path.startswith("//") or posixpath.normpath(path) != path:
        raise _wrong(text, "its path goes by a detour: write it straight, without . or .. or two slashes together")
    return path


def _wrong(text: str, problem: str) -> PrinterSettingWrong:
    return PrinterSettingWrong(printer=text[:SHOWN_LETTERS_MAX], problem=problem)
