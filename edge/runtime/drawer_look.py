"""How a drawer is, from its row and from the printer that it hangs on; nothing is asked of it."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

import msgspec

from edge.devices.drawers.address import AtPrinter, ByKey, DrawerLine, DrawerSettingWrong, check_drawer
from edge.devices.status import PrinterState
from edge.runtime.station import Station
from firmware_profiles import DrawerProfile, ProfileInvalid, ProfileUnknown, load_drawer
from shared.domain.devices.state import DeviceCard

VIRTUAL = "virtual-drawer"
UNHEARD = (PrinterState.ABSENT, PrinterState.CONNECTING, PrinterState.WAITING, PrinterState.DISABLED)
"""In these a printer's last word about its drawer is an old one."""


class DrawerState(StrEnum):
    """Where a drawer stands, in the words of printers."""

    READY = "ready"
    ABSENT = "absent"
    ERROR = "error"
    DISABLED = "disabled"


class DrawerLook(msgspec.Struct, frozen=True, kw_only=True):
    """`problem` is a sentence. `is_open` is None where nothing tells; `opens`: this unit can open it, by no key.

    `virtual`: it hangs on a virtual printer; `place` says in words where it hangs.
    """

    state: DrawerState
    problem: str = ""
    is_open: bool | None = None
    opens: bool = True
    stuck: bool = False
    virtual: bool = False
    place: str = ""


def drawer_profile(name: str) -> DrawerProfile:
    """The profile of a drawer; DrawerSettingWrong when there is none that could be opened."""
    try:
        return load_drawer(name)
    except (ProfileUnknown, ProfileInvalid) as error:
        raise DrawerSettingWrong(drawer=name[:60], problem=str(error).rstrip(".")) from error


def plan_of(card: DeviceCard) -> tuple[DrawerLine, DrawerProfile]:
    """Where it hangs, and what it is; DrawerSettingWrong for a row that this program cannot read."""
    profile = drawer_profile(card.profile)
    return check_drawer(card.line, profile), profile


def look_at(card: DeviceCard, stations: Mapping[UUID, Station], *, stuck: bool = False) -> DrawerLook:
    """How it is now."""
    try:
        line, profile = plan_of(card)
    except DrawerSettingWrong as error:
        return DrawerLook(state=DrawerState.ERROR, problem=str(error), opens=False, place=card.line)
    if isinstance(line, AtPrinter):
        look = _at_printer(line, profile, stations.get(line.printer_id))
    else:
        by_key = isinstance(line, ByKey)
        look = DrawerLook(state=DrawerState.READY, opens=not by_key, place="Its own key" if by_key else card.line)
    if card.out_since_ms is not None:
        return msgspec.structs.replace(look, state=DrawerState.DISABLED, problem="It is out of service.")
    return msgspec.structs.replace(look, stuck=stuck)


def _at_printer(line: AtPrinter, profile: DrawerProfile, station: Station | None) -> DrawerLook:
    if station is None:
        gone = "Its printer is not in use any more."
        return DrawerLook(state=DrawerState.ERROR, problem=gone, opens=False, place=f"No printer, pin {line.pin}")
    name, state = station.card.name, station.status.state
    place, virtual = f"{name}, pin {line.pin}", station.virtual is not None
    if station.problem is not None or not station.prints:
        why = f"{name} is not ready ({state.value.replace('_', ' ')})."
        known = None if state in UNHEARD else _is_open(profile, station)
        return DrawerLook(state=DrawerState.ABSENT, problem=why, is_open=known, virtual=virtual, place=place)
    return DrawerLook(state=DrawerState.READY, is_open=_is_open(profile, station), virtual=virtual, place=place)


def _is_open(profile: DrawerProfile, station: Station) -> bool | None:
    """What the switch at pin 3 says, where the profile knows which level means open."""
    if profile.sensor != "printer-pin-3" or profile.sensor_open is None:
        return None
    return station.status.drawer_pin_high is (profile.sensor_open == "high")
