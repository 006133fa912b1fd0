"""What stands around this unit, in one list for whoever sets it up: devices on cables, printers and nodes nearby.

Nothing is trusted because it was found. A line is a suggestion that somebody may choose; pairing then talks to the
device before it stores anything, and a hub's address decides nothing: the pairing code, the pinned authority under TLS
and the pinned signing key tell the hub from everybody else who announces himself so.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import msgspec
import structlog

from edge.devices.said import shown
from edge.devices.serial_ports import SerialPort, serial_ports
from edge.devices.usb_tree import UsbDevice, name_of, read_usb
from edge.discovery import guesses, printers
from edge.discovery.inputs import read_inputs
from edge.discovery.links import lasting_names
from edge.discovery.nodes import neighbourhood
from edge.discovery.services import Service
from shared.nearby.signs import EDGE_SERVICE, HUB_SERVICE, read_edge_sign, read_hub_sign, url_at

log = structlog.get_logger()
FOUND_MAX = 100
"""Of one kind; nobody reads a longer list, and whoever floods the network fills no memory."""
LOOK_S_MAX = 5.0
NODES = (HUB_SERVICE, EDGE_SERVICE)
SYSFS, DEV = Path("/sys"), Path("/dev")
FoundKind = Literal["printer", "scanner", "serial", "hub", "edge"]
Browse = Callable[[Sequence[str]], Awaitable[Sequence[Service]]]


class Found(msgspec.Struct, frozen=True):
    """Something that was found: what it may be, what it calls itself, where it is, which profiles may fit, and how.

    `line` is as settings write it: `usb:04b8:0e15`, `serial:/dev/ttyUSB0@9600`, `tcp:10.0.0.7:9100`, for a scanner that
    types `hid:/dev/input/event5`, by a name that stays with the device where udev gives one. A hub has its web address,
    a unit its address and port. `profiles` are guesses, the best first, those of unsupported models too. `how` says in
    a few words where it was seen and what to look at.
    """

    kind: FoundKind
    title: str
    line: str
    profiles: tuple[str, ...] = ()
    how: str = ""


class Around(msgspec.Struct, frozen=True):
    """Where to look: the kernel's files, its nodes, the serial ports; and mDNS, where nobody is asked without it."""

    sysfs: Path = SYSFS
    dev: Path = DEV
    serial_ports: Callable[[], Iterable[SerialPort]] = serial_ports
    browse: Browse | None = None


async def look_around(around: Around | None = None) -> tuple[Found, ...]:
    """Everything found in a few seconds, by kind; without `around` this machine and its networks.

    What cannot be looked at is left out: no device, answer or missing right spoils the list for the others.
    """
    here = around or Around(browse=browse_everywhere)
    devices, services = await asyncio.gather(asyncio.to_thread(_look_at, here), _listen(here))
    found = [*devices, *on_network(services)]
    kept = {kind: [one for one in found if one.kind == kind][:FOUND_MAX] for kind in get_args(FoundKind)}
    return tuple(one for ones in kept.values() for one in ones)


async def browse_everywhere(kinds: Sequence[str]) -> tuple[Service, ...]:
    """What announces itself on any network of this machine."""
    async with neighbourhood(on=True) as around:
        return await around.browse(kinds)


def on_cables(usb: Sequence[UsbDevice], ports: Iterable[SerialPort], names: Mapping[str, str] = {}) -> Iterator[Found]:
    """Printers and scanners by USB and by serial port, each device once; `names` are lasting ones of nodes."""
    alike = Counter(device.line for device in usb)
    for device in usb:
        if device.prints or not device.ports:
            yield from _on_usb(device, alone=alike[device.line] == 1)
    by_node = {node: device for device in usb for node in device.ports}
    for port in ports:
        yield _on_serial(port, by_node.get(port.node), names.get(port.node, port.node))


def on_network(services: Iterable[Service]) -> Iterator[Found]:
    """Printers and Tillhouse nodes that announce themselves."""
    heard = list(services)
    for printer in printers.one_each(heard):
        how = f"{printers.HOW[printer.kind]}, at {printer.addresses[0]}"
        yield Found(
            "printer", printers.title_of(printer), printers.line_of(printer), printers.profiles_of(printer), how
        )
    for service in heard:
        if service.kind == HUB_SERVICE and (hub := read_hub_sign(service.name, service.text)):
            how = "announces itself; the code from head office proves whether it is yours"
            yield Found("hub", f"Hub {hub.mark}".rstrip(), url_at(service.addresses[0], service.port), (), how)
        if service.kind == EDGE_SERVICE and (unit := read_edge_sign(service.name, service.text)):
            word = "Counter" if unit.kind == "venue" else "Handheld"
            where = f"{service.addresses[0]}:{service.port}"
            yield Found("edge", f"{word} {shown(unit.code)}", where, (), "announces itself")


def _look_at(around: Around) -> tuple[Found, ...]:
    cables = on_cables(read_usb(around.sysfs), _ports(around), lasting_names(around.dev / "serial" / "by-id"))
    return (*cables, *_typing(around))


async def _listen(around: Around) -> Sequence[Service]:
    if around.browse is None:
        return ()
    try:
        async with asyncio.timeout(LOOK_S_MAX):
            return await around.browse((*printers.SERVICES, *NODES))
    except (OSError, TimeoutError) as error:
        log.warning("nobody could be heard", reason=str(error) or "no end")
    except Exception:  # whatever the network does to the listener, what hangs on cables is shown
        log.exception("listening failed")
    return ()


def _ports(around: Around) -> list[SerialPort]:
    try:
        return [port for port, _ in zip(around.serial_ports(), range(FOUND_MAX), strict=False)]
    except OSError as error:
        log.warning("serial ports cannot be listed", reason=str(error))
        return []


def _on_usb(device: UsbDevice, *, alone: bool) -> Iterator[Found]:
    """A printer by its class or its id; a scanner that types is found among the input devices."""
    if not device.prints and guesses.PRINTER not in guesses.kinds_of(device.vendor, device.product, device.model):
        return
    profiles = guesses.by_usb(guesses.PRINTER, device.vendor, device.product, device.model)
    how = f"on the USB, {device.node or 'no printer node'}"
    if not alone:
        how += "; another one says it is the same: unplug one of them"
    yield Found("printer", device.title, device.line, profiles or guesses.GENERIC_PRINTERS, how)


def _on_serial(port: SerialPort, device: UsbDevice | None, node: str) -> Found:
    """A serial port; behind an adapter's own id nobody knows what is plugged in."""
    vendor, product = port.vendor, port.product
    model = device.model if device else port.model
    kinds = guesses.kinds_of(vendor, product, model) if vendor is not None and product is not None else ()
    title = name_of(device.maker, device.model) if device else name_of(port.maker, port.model)
    kind: FoundKind = "serial"
    profiles: tuple[str, ...] = ()
    if kinds and vendor is not None and product is not None:
        kind = "printer" if kinds[0] == guesses.PRINTER else "scanner"
        profiles = guesses.by_usb(kinds[0], vendor, product, model)
    line = f"serial:{node}@{guesses.baud_of(kinds[0] if kinds else guesses.SCANNER, profiles)}"
    how = f"serial port {port.node}" + (f", USB {vendor:04x}:{product:04x}" if vendor and product else "")
    return Found(kind, title or f"Serial port {port.node.removeprefix('/dev/')}", line, profiles, how)


def _typing(around: Around) -> Iterator[Found]:
    """What types: known scanners by their id, all others perhaps."""
    names = lasting_names(around.dev / "input" / "by-id")
    for one in read_inputs(around.sysfs):
        profiles = guesses.by_usb(guesses.SCANNER, one.vendor, one.product, one.name)
        by = "by Bluetooth" if one.bluetooth else "on the USB"
        how = f"types {by}" + ("" if profiles else "; a scanner or a keyboard, a scan tells")
        title = one.name or f"Input device {one.vendor:04x}:{one.product:04x}"
        yield Found(
            "scanner", title, f"hid:{names.get(one.node, one.node)}", (*profiles, guesses.GENERIC_KEYBOARD), how
        )
