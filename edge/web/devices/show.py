"""Devices as pages show them: from rows and from what is at work to words."""

from collections.abc import Callable, Iterable
from uuid import UUID

from edge.devices.steering import PROVED_ROLES
from edge.runtime.unit import Unit
from edge.web.devices.drawers import does_words, drawer_state
from edge.web.devices.view import DeviceView, Level, RoleView, StateView
from edge.web.devices.words import ROLE_LABELS, SCANNER_STATES, STATES, roles_text
from edge.web.site.door import Person
from edge.web.site.frame import page, plain_scene, venue_zone
from edge.web.site.view import PageView
from firmware_profiles import (
    DrawerProfile,
    PrinterProfile,
    ProfileInvalid,
    ProfileUnknown,
    ScannerProfile,
    load_drawer,
    load_printer,
    load_scanner,
)
from firmware_profiles.firmware import firmware_standing
from shared.domain.devices.errors import UnknownDevice
from shared.domain.devices.queries import DEVICES
from shared.domain.devices.state import ROLES, SLIPS, DeviceCard
from shared.domain.identity.queries import BADGES
from shared.domain.identity.state import SUPERVISES
from shared.kernel.clock import at

COLUMNS_USUAL = 32
IDLE = StateView("Idle", "wait", "hourglass")
LOADERS: dict[str, Callable[[str], PrinterProfile | ScannerProfile | DrawerProfile]] = {
    "printer": load_printer,
    "scanner": load_scanner,
    "drawer": load_drawer,
}


def may_change(person: Person) -> bool:
    """Whether this person adds, changes and removes devices."""
    return person.session.role in SUPERVISES


async def devices_page(unit: Unit, person: Person, title: str) -> PageView:
    """The frame of a page of devices."""
    return page(unit, title, await plain_scene(unit), tab="more", person=person)


async def cards(unit: Unit) -> list[DeviceCard]:
    """The devices of this unit, by name."""
    return await unit.reader.many(DEVICES)


async def find_card(unit: Unit, device_id: UUID) -> DeviceCard:
    """One of them; UnknownDevice where it is not in use any more."""
    card = next((one for one in await cards(unit) if one.device_id == device_id), None)
    if card is None:
        raise UnknownDevice
    return card


def model_of(card: DeviceCard) -> str:
    """The model's title, or its name where no profile is known under it."""
    try:
        return LOADERS.get(card.kind, load_scanner)(card.profile).title
    except (ProfileUnknown, ProfileInvalid):
        return card.profile


def state_of(unit: Unit, card: DeviceCard) -> StateView:
    """How it is now."""
    station = unit.desk.stations.get(card.device_id)
    if station is not None:
        now = STATES[station.status.state]
        return StateView("Cannot begin", "stop", "printer-x", str(station.problem)) if station.problem else now
    if card.kind == "drawer":
        return drawer_state(unit.drawers.look(card))
    watched = unit.scanning.supervisor(str(card.device_id))
    if watched is None:
        return IDLE
    now = SCANNER_STATES[watched.status.state]
    return StateView(now.word, now.level, now.icon, watched.status.problem) if watched.status.problem else now


def state_code(unit: Unit, card: DeviceCard) -> str:
    """The state in the words of the API."""
    station = unit.desk.stations.get(card.device_id)
    if station is not None:
        return station.status.state.value
    if card.kind == "drawer":
        return unit.drawers.look(card).state.value
    watched = unit.scanning.supervisor(str(card.device_id))
    return watched.status.state.value if watched else "idle"


async def device_view(unit: Unit, card: DeviceCard, among: Iterable[DeviceCard]) -> DeviceView:
    """One device; `among` are all, for the names of those that stand in."""
    station = unit.desk.stations.get(card.device_id)
    names = {one.device_id: one.name for one in among}
    profile = station.profile if station else None
    firmware, level = firmware_words(card.firmware, profile)
    drawer = unit.drawers.look(card) if card.kind == "drawer" else None
    return DeviceView(
        device_id=str(card.device_id),
        name=card.name,
        kind=card.kind,
        model=model_of(card),
        line=drawer.place if drawer else card.line,
        roles=does_words(unit, card, drawer) if drawer else roles_text(card.roles) if station else "Scans",
        state=state_of(unit, card),
        waiting=await unit.desk.waiting(card.device_id) if station else 0,
        paper=f"{profile.paper_mm} mm, {profile.columns} letters a line" if profile else "",
        firmware=firmware,
        firmware_level=level,
        fallback=names.get(card.fallback_id, "") if card.fallback_id else "",
        stands_in=_stands_in(unit, card, names) if station else "",
        in_use=card.out_since_ms is None,
        out_words=await _out_words(unit, card),
        virtual=drawer.virtual if drawer else station is not None and station.virtual is not None,
        is_open=drawer is not None and drawer.is_open is True,
        prints=card.kind == "printer",
    )


async def _out_words(unit: Unit, card: DeviceCard) -> str:
    """Since when it is out of service, and by whom."""
    if card.out_since_ms is None:
        return ""
    clock = day_clock(card.out_since_ms, unit.now_ms, await venue_zone(unit))
    by = (await names_of(unit)).get(card.out_by) if card.out_by else None
    return f"Taken out of service at {clock}{f' by {by}' if by else ''}."


async def names_of(unit: Unit) -> dict[UUID, str]:
    """The names of those whom head office lets this unit know."""
    return {badge.staff_id: badge.name for badge in await unit.reader.many(BADGES)}


def day_clock(instant_ms: int, now_ms: int, zone: str) -> str:
    """`20:14`; of another day with the day, `21 Nov, 20:14`."""
    then, now = at(instant_ms, zone), at(now_ms, zone)
    return then.strftime("%H:%M") if then.date() == now.date() else then.strftime("%d %b, %H:%M")


def _stands_in(unit: Unit, card: DeviceCard, names: dict[UUID, str]) -> str:
    """Who prints for whom just now."""
    served = unit.desk.roles(card.device_id)
    others = {
        one.card.name for role in ROLES if (one := unit.desk.holder(role)) and role not in card.roles and role in served
    }
    if others:
        return f"Prints for {' and '.join(sorted(others))} meanwhile."
    gone = [role for role in card.roles if role not in served]
    standing = unit.desk.serving(gone[0]) if gone else None
    return f"{names.get(standing.card.device_id, 'Another')} prints for it meanwhile." if standing else ""


def firmware_words(firmware: str, profile: PrinterProfile | None) -> tuple[str, Level]:
    """The firmware against the oldest that was approved for the model."""
    least = profile.firmware_min if profile else None
    match firmware_standing(firmware, least):
        case "approved":
            return f"{firmware}, approved", "done"
        case "old" | "unclear":
            return f"{firmware}, approved from {least}", "attn"
        case "untold":
            return f"Not told, approved from {least}", "attn"
        case _:
            return (f"{firmware}, none is approved yet" if firmware else ""), "calm"


def role_views(ticked: Iterable[str], held_by: dict[str, str], *, proves: bool) -> tuple[RoleView, ...]:
    """The roles to tick; a role that another printer has moves over, and says so."""
    on = set(ticked)
    return tuple(
        RoleView(role, label, f"now on {held_by[role]}; it moves here" if role in held_by else note, role in on)
        for role, (label, note) in ROLE_LABELS.items()
        if proves or role not in PROVED_ROLES
    )


def holders(devices: Iterable[DeviceCard], *, but: UUID | None = None) -> dict[str, str]:
    """Which printer has which role."""
    return {role: one.name for one in devices if one.device_id != but for role in one.roles}


async def gaps(unit: Unit, devices: Iterable[DeviceCard]) -> tuple[str, ...]:
    """Roles that no printer has, where that matters: tickets always, others once a slip of theirs waits."""
    held = holders(devices)
    missing = [role for role in ROLES if role not in held]
    waiting = {role: await unit.spool.unprinted([role]) for role in missing}
    return tuple(
        f"No printer prints {SLIPS[role]}." + (f" {waiting[role]} wait." if waiting[role] else "")
        for role in missing
        if role == "ticket" or waiting[role]
    )


def width_warnings(profile: PrinterProfile, *, model: PrinterProfile | None = None) -> tuple[str, ...]:
    """Paper that does not fit: another width than the model that answered has, or too few letters for a ticket."""
    warnings = []
    if model is not None and model.paper_mm != profile.paper_mm:
        warnings.append(
            f"This printer has paper of {model.paper_mm} mm, and the model chosen is for {profile.paper_mm} mm: "
            "what it prints would be too narrow or cut off. Choose its own model."
        )
    if profile.columns < COLUMNS_USUAL:
        warnings.append(f"Only {profile.columns} letters fit on its line: long names on tickets take more lines.")
    return tuple(warnings)
