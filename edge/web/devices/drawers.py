"""Cash drawers on the pages of devices: which can be added here, what is asked before, and how each one is."""

from collections.abc import Iterable, Iterator

from edge.devices.drawers.address import BY_KEY, AtPrinter, DrawerSettingWrong, check_drawer, drawer_line_text
from edge.devices.drawers.faults import DrawerPort
from edge.devices.drawers.serial import check_port
from edge.devices.lines.address import Serial
from edge.runtime.drawer_look import VIRTUAL, DrawerLook, DrawerState, drawer_profile, look_at
from edge.runtime.meeting import Meeting
from edge.runtime.station import Station
from edge.runtime.unit import Unit
from edge.web.devices.view import FoundView, StateView
from shared.domain.devices.state import DeviceCard

BY_HAND = "by-hand"
FIRST, SECOND = (2, "printer-driven"), (5, "printer-driven-second")
KEY = StateView("By its key", "calm", "lock")
OPEN = StateView("Open", "attn", "wallet", "Push it shut when the money is in.")
SHUT = StateView("Shut", "done", "wallet")
READY = StateView("Ready", "done", "wallet")
STUCK = StateView("Did not open", "attn", "wallet", "The last pulse did not leave. Open it once more, or use its key.")
OUT = StateView("Out of service", "wait", "pause", "Put it back when it is to open again.")


def drawer_state(look: DrawerLook) -> StateView:
    """How a drawer is now."""
    match look.state:
        case DrawerState.DISABLED:
            return OUT
        case DrawerState.ERROR:
            return StateView("Cannot open", "stop", "x", f"{look.problem} Remove the drawer and add it again.")
        case DrawerState.ABSENT:
            return StateView("Stays shut", "attn", "unplug", f"{look.problem} Use its key meanwhile.")
    if look.stuck:
        return STUCK
    if not look.opens:
        return KEY
    return READY if look.is_open is None else OPEN if look.is_open else SHUT


def does_words(unit: Unit, card: DeviceCard, look: DrawerLook) -> str:
    """What it does: opens with cash sales, where it is the one for them."""
    if not look.opens:
        return "Opens by its key; what you write down is kept"
    first = unit.drawers.for_sales
    if first is not None and first.device_id == card.device_id:
        return "Opens with each cash sale"
    return f"Opens when asked; {first.name} opens with cash sales" if first else "Opens when asked"


def drawers_around(unit: Unit, devices: Iterable[DeviceCard]) -> Iterator[FoundView]:
    """A drawer for each printer of this unit that has a free pin, and the box with a key."""
    taken = {one.line for one in devices}
    for station in unit.desk.stations.values():
        pin, profile = next((one for one in _pins(station) if _line(station, one[0]) not in taken), (0, ""))
        if profile:
            yield FoundView(
                kind="drawer",
                title=f"Cash drawer at {station.card.name}",
                line=_line(station, pin),
                how="its printer opens it" if pin == FIRST[0] else "the second at this printer",
                profile=profile,
            )
    yield FoundView(
        kind="drawer", title="Cash box with a key", line=BY_KEY, how="nothing opens it but a hand", profile=BY_HAND
    )


async def meet_drawer(unit: Unit, line: str, profile: str) -> Meeting:
    """Ask what can be asked: whether its printer, or its port, is there. It is not opened before it is added."""
    known = drawer_profile(profile)
    place = check_drawer(line, known)
    look = look_at(DeviceCard(unit.new_id(), "drawer", known.title, profile, line, "", None, ""), unit.desk.stations)
    if profile == VIRTUAL and not look.virtual:
        raise DrawerSettingWrong(drawer=known.title, problem="a virtual drawer hangs on a virtual printer")
    why_not = look.problem
    if isinstance(place, Serial):
        try:
            await check_port(place, known)
        except DrawerPort as fault:
            why_not = str(fault)
    return unit.meetings.keep(Meeting(unit.new_id(), "drawer", line, profile, known.title, None, why_not))


def drawer_facts(unit: Unit, meeting: Meeting) -> tuple[tuple[str, str], ...]:
    """What is known of it before it is added."""
    known = drawer_profile(meeting.profile)
    place = check_drawer(meeting.line, known)
    if not isinstance(place, AtPrinter) or known.kick is None:
        return (("Opens by", "its key" if meeting.line == BY_KEY else meeting.line),)
    station = unit.desk.stations.get(place.printer_id)
    name = station.card.name if station else "A printer that is gone"
    return (("Hangs on", name), ("Opens by", f"a pulse of {known.kick.on_ms} ms on pin {place.pin}"))


def drawer_warnings(unit: Unit, meeting: Meeting) -> tuple[str, ...]:
    """What to look at, before it is added."""
    place = check_drawer(meeting.line, drawer_profile(meeting.profile))
    station = unit.desk.stations.get(place.printer_id) if isinstance(place, AtPrinter) else None
    if station is None or station.profile is None or station.profile.drawer is not None:
        return ()
    return (
        f"It is not known whether {station.card.name} opens drawers. Add it, open it once, and remove it if it stays "
        "shut.",
    )


def _pins(station: Station) -> tuple[tuple[int, str], ...]:
    """Pins and the drawers for them, where the profile does not say that there is none."""
    if station.virtual is not None:
        return ((FIRST[0], VIRTUAL),)
    port = station.profile.drawer if station.profile else None
    return tuple(one for one in (FIRST, SECOND) if port is None or one[0] in port.pins)


def _line(station: Station, pin: int) -> str:
    return drawer_line_text(AtPrinter(station.card.device_id, pin))
