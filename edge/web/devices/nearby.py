"""What the pages of adding and swapping show: what is around, and what a device answered."""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from edge.devices.lines.address import Tcp, Virtual, parse_line
from edge.devices.probe import models_named
from edge.devices.status import Paper
from edge.devices.steering import OUR_OWN, missing, proves, steered_names
from edge.discovery.found import Found
from edge.runtime.meeting import VIRTUAL, Meeting
from edge.runtime.unit import Unit
from edge.web.devices import orders
from edge.web.devices.drawers import drawer_facts, drawer_warnings, drawers_around
from edge.web.devices.forms import MeetForm, TakeForm, roles_in
from edge.web.devices.show import (
    cards,
    device_view,
    devices_page,
    find_card,
    holders,
    role_views,
    width_warnings,
)
from edge.web.devices.view import AddPage, ByHandPage, DeviceView, FoundView, MetPage
from edge.web.site.door import Person
from firmware_profiles import (
    PrinterProfile,
    ProfileInvalid,
    ProfileUnknown,
    load_printer,
    load_scanner,
    printer_names,
    scanner_names,
)
from shared.domain.devices.state import DeviceCard
from shared.kernel.errors import TillhouseError

ADDABLE = ("printer", "scanner")
NODES = ("hub", "edge")
NAMES = {"printer": "Printer", "scanner": "Scanner", "drawer": "Cash drawer"}
PAPER_WORDS = {Paper.OK: "There is enough", Paper.LOW: "Nearly used up", Paper.OUT: "None in it"}


async def add_page(unit: Unit, person: Person, device_id: UUID | None, error: TillhouseError | None = None) -> AddPage:
    """The list of what is around; for a swap, printers alone."""
    swap = await swapped(unit, device_id)
    return AddPage(
        page=await devices_page(unit, person, f"Swap {swap.name}" if swap else "Add a device"),
        looking=unit.meetings.is_looking,
        found=await shown_around(unit, swap),
        swap=swap,
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
    )


async def shown_around(unit: Unit, swap: DeviceView | None) -> tuple[FoundView, ...]:
    """What was found, and the devices for practice; for a swap what prints alone, paper in the place of paper."""
    devices = await cards(unit)
    wanted = ("printer", "serial") if swap else (*ADDABLE, "serial", *NODES)
    practice = VIRTUAL if swap is None or swap.line == orders.VIRTUAL_LINE else ()
    found = tuple(_found(one, devices) for one in (*unit.meetings.found, *practice) if one.kind in wanted)
    return found if swap else (*found, *drawers_around(unit, devices))


async def by_hand_page(
    unit: Unit, person: Person, form: MeetForm, device_id: UUID | None = None, error: TillhouseError | None = None
) -> ByHandPage:
    """The line as text, and every model that could be on it."""
    swap = await swapped(unit, device_id)
    return ByHandPage(
        page=await devices_page(unit, person, "Where is it?"),
        profiles=(*printer_models(), *(() if swap else scanner_models())),
        line=form.line,
        profile=form.model or (f"printer:{swap_profile(swap)}" if swap else "printer:epson-tm-t88v"),
        swap=swap,
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
    )


async def met_page(
    unit: Unit,
    person: Person,
    meeting: Meeting,
    device_id: UUID | None,
    *,
    form: TakeForm | None = None,
    error: TillhouseError | None = None,
) -> MetPage:
    """What it answered, and what is asked of the person."""
    devices = await cards(unit)
    held = holders(devices)
    profile = load_printer(meeting.profile) if meeting.kind == "printer" else None
    may_ticket = profile is not None and proves(profile, parse_line(meeting.line))
    ticked = roles_in(form) if form else _free_roles(held, proves=may_ticket)
    return MetPage(
        page=await devices_page(unit, person, "It answers" if meeting.answered else "No answer"),
        key=str(meeting.key),
        kind=meeting.kind,
        line=meeting.title if meeting.kind == "drawer" else meeting.line,
        answered=meeting.answered,
        facts=drawer_facts(unit, meeting) if meeting.kind == "drawer" else _facts(meeting, profile),
        profiles=_profiles_for(meeting, profile),
        profile=(form.profile if form and form.profile else meeting.profile),
        name=form.name if form else _name(meeting, devices),
        roles=role_views(ticked, held, proves=may_ticket) if profile and not device_id else (),
        why=meeting.why_not,
        warnings=drawer_warnings(unit, meeting) if meeting.kind == "drawer" else _warnings(meeting, profile),
        may_insist=error is not None and error.code == orders.GivesNoPaper.code and device_id is None,
        shared=meeting.kind == "printer" and isinstance(parse_line(meeting.line), Tcp),
        swap=await swapped(unit, device_id),
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
    )


async def swapped(unit: Unit, device_id: UUID | None) -> DeviceView | None:
    """The device whose place is taken, where one is."""
    if device_id is None:
        return None
    return await device_view(unit, await find_card(unit, device_id), await cards(unit))


def swap_profile(swap: DeviceView) -> str:
    """The model to begin with: that of the broken one, where it is one of the list."""
    return next((name for name, title in _titles(printer_names()) if title == swap.model), "epson-tm-t88v")


@cache
def printer_models() -> tuple[tuple[str, str], ...]:
    """Every printer that can be steered for something, those that prove tickets first."""
    proving = set(steered_names(virtual=True))
    titles = sorted(
        _titles(printer_names()), key=lambda one: (one[0].startswith(OUR_OWN), one[0] not in proving, one[1])
    )
    return tuple((f"printer:{name}", title if name in proving else f"{title}, reports only") for name, title in titles)


@cache
def scanner_models() -> tuple[tuple[str, str], ...]:
    """Every scanner."""
    return tuple((f"scanner:{name}", f"Scanner: {load_scanner(name).title}") for name in scanner_names())


def _titles(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, load_printer(name).title) for name in names]


def _found(found: Found, devices: list[DeviceCard]) -> FoundView:
    taken_by = next((one.name for one in devices if one.line == found.line and found.line != "virtual"), "")
    if found.kind in NODES:
        return FoundView(
            kind=found.kind, title=found.title, line=found.line, how=f"{found.line}, {found.how}", usable=False
        )
    if found.kind == "serial":
        return FoundView(kind="serial", title=found.title, line=found.line, how=found.how, taken_by=taken_by)
    profile = _best(found)
    how = found.how if profile else f"{found.how}; no model fits it yet, type where it is and choose one"
    return FoundView(
        kind=found.kind,
        title=found.title,
        line=found.line,
        how=how,
        profile=profile,
        taken_by=taken_by,
        usable=bool(profile),
    )


def _best(found: Found) -> str:
    """The first guess that proves tickets, else the first that can be driven at all."""
    loaded = [name for name in found.profiles if _loads(found.kind, name)]
    if found.kind == "scanner":
        return loaded[0] if loaded else ""
    return next((name for name in loaded if not missing(load_printer(name))), loaded[0] if loaded else "")


def _loads(kind: str, name: str) -> bool:
    try:
        (load_scanner if kind == "scanner" else load_printer)(name)
    except (ProfileUnknown, ProfileInvalid):
        return False
    return True


def _free_roles(held: dict[str, str], *, proves: bool) -> tuple[str, ...]:
    """What no printer prints yet, for it is likely to be meant; counterfoils only where a drum is drawn from."""
    likely = ("ticket", "receipt", "report") if proves else ("report",)
    return tuple(role for role in likely if role not in held)


def _profiles_for(meeting: Meeting, profile: PrinterProfile | None) -> tuple[tuple[str, str], ...]:
    """Models to choose from: our own for a virtual printer, all others for a real one."""
    if profile is None:
        return ()
    virtual = isinstance(parse_line(meeting.line), Virtual)
    models = ((key.partition(":")[2], title) for key, title in printer_models())
    return tuple((name, title) for name, title in models if name.startswith(OUR_OWN) is virtual)


def _name(meeting: Meeting, devices: list[DeviceCard]) -> str:
    """A name that no other device has: `Printer`, `Printer 2`."""
    base = NAMES[meeting.kind]
    taken = {one.name for one in devices}
    numbers = (f"{base} {number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(name for name in numbers if name not in taken)


def _facts(meeting: Meeting, profile: PrinterProfile | None) -> tuple[tuple[str, str], ...]:
    probed = meeting.probed
    if probed is None or probed.reading is None or profile is None:
        return ()
    least = f", approved from {profile.firmware_min}" if profile.firmware_min else ""
    said = (
        ("It says it is", probed.model),
        ("Firmware", f"{probed.firmware}{least}" if probed.firmware else ""),
        ("Paper", f"{PAPER_WORDS[probed.reading.paper]}, {profile.paper_mm} mm"),
    )
    return tuple((label, value) for label, value in said if value)


def _warnings(meeting: Meeting, profile: PrinterProfile | None) -> tuple[str, ...]:
    if profile is None or not meeting.answered:
        return ()
    probed = meeting.probed
    said = probed.problems if probed else ()
    own = _model_named(probed.model) if probed and probed.model else None
    return (*said, *width_warnings(profile, model=own))


def _model_named(model: str) -> PrinterProfile | None:
    """The profile of the model that a printer names itself."""
    return next((load_printer(name) for name in models_named(model) if name in printer_names()), None)
