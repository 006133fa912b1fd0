"""The doctor asks the devices; while the unit serves it asks the unit, for a printer speaks with one at a time."""

import asyncio
import socket
from collections.abc import Iterator

from edge.devices.drawers.address import AtPrinter, ByKey, parse_drawer_line
from edge.devices.lines.address import RealLine, Serial, Tcp, Virtual, line_text, parse_line
from edge.devices.lines.opening import open_transport
from edge.devices.scanners.address import load_profile, parse_scanner_line
from edge.runtime.device_list import ask_states, metrics_url, read_devices
from edge.runtime.doctor import Patient, is_served
from edge.runtime.station import profile_of
from shared.console.checkup import Finding, attention, ok
from shared.domain.devices.state import DeviceCard
from shared.kernel.errors import DeviceFault, TillhouseError

CONNECT_S_MAX = 3.0
WELL = ("ready", "busy", "paper_low", "waiting")
CHECKS = {"printer": "Printer", "scanner": "Scanner", "drawer": "Drawer"}
OPENED_BY = {AtPrinter: "opened by its printer", Serial: "opened on its serial line", ByKey: "opened by its key"}
OTHER = "Device"
"""The check of a kind that a later program knows."""


def check_devices(patient: Patient) -> Iterator[Finding]:
    """A line for each device."""
    assert patient.owner is not None
    cards = read_devices(patient.settings, patient.owner)
    if not any(card.kind == "printer" for card in cards):
        yield ok("Printer", "This unit has none.")
    if is_served(patient.settings.folder):
        yield from _served(patient, cards)
    else:
        for card in cards:
            yield _alone(card)


def _served(patient: Patient, cards: list[DeviceCard]) -> Iterator[Finding]:
    states = ask_states(patient.settings)
    if states is None:
        said = f"The unit that serves was not found at {metrics_url(patient.settings)}."
        todo = "Run the doctor with the settings that the unit is served with (--config, --port), on the same machine."
        yield attention("Printer", said, todo)
        return
    for card in cards:
        state = states.get(card.device_id, "unknown")
        said = f"{card.name} says {state.replace('_', ' ')}."
        todo = "Look at it: paper, cover, cable, power. The page of devices says more, and swaps it."
        check = CHECKS.get(card.kind, OTHER)
        yield ok(check, said) if state in WELL else attention(check, said, todo)


def _alone(card: DeviceCard) -> Finding:
    """One device; what this program cannot read of it concerns that one alone, and the others are asked too."""
    check = CHECKS.get(card.kind, OTHER)
    try:
        return _looked_at(check, card)
    except TillhouseError as error:
        todo = "Swap it on the page of devices, or renew the program of this unit."
        return attention(check, f"{card.name} cannot begin: {error}", todo)


def _looked_at(check: str, card: DeviceCard) -> Finding:
    if card.kind == "scanner":
        place = parse_scanner_line(card.line)
        load_profile(place, card.profile)
        return ok(check, f"{card.name} at {place.path or card.line}, read once the unit serves.")
    if card.kind == "drawer":
        hangs = parse_drawer_line(card.line)
        return ok(check, f"{card.name}, {OPENED_BY[type(hangs)]}.")
    if card.kind != "printer":
        todo = "Renew the program of this unit, or remove the device."
        return attention(check, f"{card.name} is a {card.kind}, which this version does not know.", todo)
    line = parse_line(card.line)
    profile_of(card.profile)
    if isinstance(line, Virtual):
        return ok(check, f"{card.name}, a virtual one, which starts with the unit.")
    if isinstance(line, Tcp):
        return _called(card.name, line)
    return asyncio.run(_opened(card, line)) if isinstance(line, RealLine) else ok(check, f"{card.name} is nowhere.")


def _called(name: str, line: Tcp) -> Finding:
    try:
        socket.create_connection((line.host, line.port), timeout=CONNECT_S_MAX).close()
    except OSError as error:
        said = f"{name}: {line.host}, port {line.port}, does not answer ({error.strerror or 'no answer in time'})."
        return attention("Printer", said, "Look at the printer: power, network, its address on the page of devices.")
    return ok("Printer", f"{name}: {line.host}, port {line.port}, answers.")


async def _opened(card: DeviceCard, line: RealLine) -> Finding:
    """Opened and closed again; what a device says is asked when it is added."""
    transport = open_transport(line, profile_of(card.profile))
    try:
        await transport.open()
    except DeviceFault as fault:
        todo = "Look at the printer: power, cable, its address on the page of devices."
        return attention("Printer", f"{card.name}: {fault}", todo)
    finally:
        await transport.close()
    return ok("Printer", f"{card.name}: {line_text(line)} can be opened.")
