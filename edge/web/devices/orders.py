"""What people do to devices, from a page or a script: the same checks, the same facts, and the desk follows at once."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from edge.devices.drawers.address import DrawerSettingWrong, check_drawer
from edge.devices.lines.address import PrinterSettingWrong, Virtual, parse_line
from edge.devices.scanners.address import ScannerSettingWrong
from edge.devices.steering import PROVED_ROLES, LineNotAnswering, PrinterNotSteered, check_steered
from edge.effects.devices.trial import PrinterWords, trial_page
from edge.runtime.drawer_look import drawer_profile
from edge.runtime.meeting import Kind, Meeting, check_free
from edge.runtime.station import ModelUnknown, profile_of
from edge.runtime.unit import Unit
from edge.web.devices.drawers import meet_drawer
from edge.web.devices.forms import ChangeForm, TakeForm, parse_fallback, roles_in
from edge.web.devices.reach import check_reach
from edge.web.devices.show import cards, find_card, may_change, model_of
from edge.web.devices.words import roles_text
from edge.web.site.door import Person
from edge.web.site.frame import venue_zone
from shared.domain.devices.commands import AddDevice, ChangeDevice, RemoveDevice, ServeDevice
from shared.domain.devices.errors import UnknownRole
from shared.domain.devices.facts import DeviceAdded
from shared.domain.devices.state import ROLES, DeviceCard, left_unserved
from shared.kernel.clock import paper_text
from shared.kernel.errors import InputRefused, Refusal
from shared.web.problems import NotAllowed

VIRTUAL_LINE = "virtual"
SETTING_ERRORS = (
    *(PrinterSettingWrong, ScannerSettingWrong, DrawerSettingWrong),
    *(ModelUnknown, PrinterNotSteered, LineNotAnswering),
)


class DidNotAnswer(Refusal):
    """Nothing is stored of a device that did not answer, unless somebody wants it so."""

    code = "edge.device_silent"
    sentence = "{why} Nothing was stored. Ask again, or store it all the same."


class NotPossible(Refusal):
    """A line, a model or both that cannot be this device; the sentence is that of whoever looked."""

    code = "edge.device_not_possible"
    sentence = "{problem}"


class GivesNoPaper(Refusal):
    """Tickets would count as printed, and be seen on a screen alone."""

    code = "edge.device_gives_no_paper"
    sentence = "A virtual printer gives no paper. {todo}"


class ProvesNothing(Refusal):
    """A ticket that comes out there would count as issued, and nobody would know."""

    code = "edge.device_proves_nothing"
    sentence = "{name} cannot stand in: it does not prove what came out of it. Choose another printer, or nobody."


class NotAPrinter(Refusal):
    """Scanners and drawers print nothing."""

    code = "edge.not_a_printer"
    sentence = "“{name}” is no printer. Choose a printer of this unit."


class NotOnTheDesk(Refusal):
    """What was asked a while ago is not known any more."""

    code = "edge.device_not_asked"
    sentence = "This device was asked too long ago. Tap it again in the list; it is asked anew."


def parse_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    """Roles by their keys; UnknownRole for any other word."""
    if set(roles) - set(ROLES):
        raise UnknownRole(roles=", ".join(ROLES))
    return roles


def known(unit: Unit, key: UUID) -> Meeting:
    """What was asked before; NotOnTheDesk where it is not kept any more."""
    meeting = unit.meetings.find(key)
    if meeting is None:
        raise NotOnTheDesk
    return meeting


def require_supervisor(person: Person) -> None:
    """Only a supervisor adds, changes and removes; anybody swaps."""
    if not may_change(person):
        raise NotAllowed


async def meet(
    unit: Unit, person: Person, kind: Kind, line: str, *, profile: str, title: str = "", swap: UUID | None = None
) -> Meeting:
    """Ask a device; one that is in use here is not asked, for it speaks with one at a time."""
    check_reach(unit, person, line.strip())
    check_free(line.strip(), await cards(unit), but=None)
    if swap is not None and kind != "printer":
        raise InputRefused(field="Line", problem=f"a printer takes the place of a printer; add a {kind} beside it")
    with refusing():
        if kind == "drawer":
            return await meet_drawer(unit, line.strip(), profile)
        return await unit.meetings.meet(kind, line, profile, title=title)


@contextmanager
def refusing() -> Iterator[None]:
    """What a setting of the program would fail by, a person is told as a refusal."""
    try:
        yield
    except SETTING_ERRORS as error:
        raise NotPossible(problem=str(error)) from error


async def add(unit: Unit, person: Person, meeting: Meeting, form: TakeForm) -> UUID:
    """Store what was asked, let it work, and print a test where it prints; the new device's id."""
    require_supervisor(person)
    check_reach(unit, person, meeting.line)
    _answered(meeting, form)
    profile = form.profile or meeting.profile
    roles = roles_in(form) if meeting.kind == "printer" else ()
    _fits(meeting.kind, meeting.line, profile, roles)
    if meeting.line == VIRTUAL_LINE and not form.anyway:
        _takes_no_paper_away(roles, await cards(unit))
    entries = await unit.carry_out(
        AddDevice(
            command_id=unit.new_id(),
            actor=person.session.staff_id,
            kind=meeting.kind,
            name=form.name,
            profile=profile,
            line=meeting.line,
            roles=roles,
            firmware=meeting.probed.firmware if meeting.probed else "",
            take_over=True,
        )
    )
    device_id = next(entry.body.device_id for entry in entries if isinstance(entry.body, DeviceAdded))
    unit.meetings.forget(meeting.key)
    await unit.follow_devices()
    if meeting.kind == "printer":
        await print_test(unit, device_id)
    return device_id


async def swap(unit: Unit, person: Person, device_id: UUID, meeting: Meeting, form: TakeForm) -> None:
    """What was asked takes the place of a device: name, roles, who stands in and what waits stay."""
    card = await find_card(unit, device_id)
    check_reach(unit, person, meeting.line)
    _answered(meeting, form)
    if meeting.kind != card.kind:
        raise NotPossible(problem=f"A {meeting.kind} takes no place of a {card.kind}. Add it beside the other.")
    if meeting.line == VIRTUAL_LINE and card.line != VIRTUAL_LINE:
        raise GivesNoPaper(todo="A supervisor adds one for practice.")
    profile = form.profile or meeting.profile
    _fits(card.kind, meeting.line, profile, card.roles)
    firmware = meeting.probed.firmware if meeting.probed else ""
    await _change(unit, person, card, line=meeting.line, profile=profile, firmware=firmware)
    unit.meetings.forget(meeting.key)
    if card.kind == "printer":
        await print_test(unit, device_id)


async def change(unit: Unit, person: Person, device_id: UUID, form: ChangeForm) -> None:
    """Name, roles, who stands in. What is as it was is not asked about: only what is made worse is refused."""
    require_supervisor(person)
    card = await find_card(unit, device_id)
    roles = roles_in(form) if card.kind == "printer" else ()
    fallback_id = parse_fallback(form.fallback_id)
    new_roles = tuple(role for role in roles if role not in card.roles)
    if new_roles:
        _fits(card.kind, card.line, card.profile, new_roles)
    stand_in = next((one for one in await cards(unit) if one.device_id == fallback_id), None)
    if stand_in is not None:
        is_new = fallback_id != card.fallback_id
        _may_stand_in(stand_in, card, roles if is_new else new_roles, is_new=is_new)
    order = ChangeDevice(
        command_id=unit.new_id(),
        actor=person.session.staff_id,
        device_id=device_id,
        name=form.name,
        profile=card.profile,
        line=card.line,
        roles=roles,
        fallback_id=fallback_id,
        firmware=card.firmware,
        take_over=True,
    )
    await unit.carry_out(order)
    await unit.follow_devices()


async def serve(unit: Unit, person: Person, device_id: UUID, *, on: bool) -> None:
    """Into service, or out of it: it stays so, also over a restart."""
    require_supervisor(person)
    order = ServeDevice(command_id=unit.new_id(), actor=person.session.staff_id, device_id=device_id, on=on)
    await unit.carry_out(order)
    await unit.follow_devices()


async def remove(unit: Unit, person: Person, device_id: UUID) -> None:
    """Take it out of use; who stood in for it has its roles then, so that nothing waits for a printer that is gone.

    It has those that it may print: tickets wait rather than go where nobody would know whether they came out.
    """
    require_supervisor(person)
    devices = await cards(unit)
    card = await find_card(unit, device_id)
    heir = next((one for one in devices if one.device_id == card.fallback_id), None)
    if heir is not None and left_unserved(devices, device_id):
        await _change(unit, person, heir, roles=(*heir.roles, *inherited(heir, card)))
    await unit.carry_out(RemoveDevice(command_id=unit.new_id(), actor=person.session.staff_id, device_id=device_id))
    await unit.follow_devices()


def may_print(card: DeviceCard, roles: Iterable[str]) -> bool:
    """Whether slips of these roles are safe with a printer."""
    try:
        _fits(card.kind, card.line, card.profile, tuple(roles))
    except NotPossible:
        return False
    return True


def gives_paper_for(stand_in: DeviceCard, card: DeviceCard) -> bool:
    """Whether who stands in gives paper where the printer itself does."""
    return stand_in.line != VIRTUAL_LINE or card.line == VIRTUAL_LINE


def inherited(heir: DeviceCard, card: DeviceCard) -> tuple[str, ...]:
    """The roles that go over to who stood in, once a printer is removed."""
    return tuple(role for role in card.roles if gives_paper_for(heir, card) and may_print(heir, (role,)))


async def print_test(unit: Unit, device_id: UUID) -> None:
    """A test print, queued for this printer alone."""
    card = await find_card(unit, device_id)
    if card.kind != "printer":
        raise NotAPrinter(name=card.name)
    zone = await venue_zone(unit)
    words = PrinterWords(
        unit_name=unit.membership.unit.name,
        printer_name=card.name,
        model=model_of(card),
        line=card.line,
        roles=roles_text(card.roles),
        columns=profile_of(card.profile).columns,
        printed_text=paper_text(unit.now_ms, zone),
    )
    await unit.desk.test_print(device_id, trial_page(words))


def _may_stand_in(stand_in: DeviceCard, card: DeviceCard, roles: tuple[str, ...], *, is_new: bool) -> None:
    if is_new and not gives_paper_for(stand_in, card):
        todo = f"{stand_in.name} cannot stand in for {card.name}. Choose a printer with paper in it, or nobody."
        raise GivesNoPaper(todo=todo)
    if not may_print(stand_in, roles):
        raise ProvesNothing(name=stand_in.name)


def _answered(meeting: Meeting, form: TakeForm) -> None:
    if not meeting.answered and not form.anyway:
        raise DidNotAnswer(why=meeting.why_not)


def _takes_no_paper_away(roles: Collection[str], devices: Iterable[DeviceCard]) -> None:
    """GivesNoPaper where a real printer has one of these roles, and the slip is to be held in a hand."""
    for one in devices:
        if one.line != VIRTUAL_LINE and PROVED_ROLES.intersection(roles, one.roles):
            raise GivesNoPaper(todo=f"What {one.name} prints would only be seen on a page. Add it all the same?")


def _fits(kind: str, line: str, profile: str, roles: tuple[str, ...]) -> None:
    if kind == "scanner":
        return
    with refusing():
        if kind == "drawer":
            check_drawer(line, drawer_profile(profile))
            return
        address = parse_line(line)
        check_steered(profile_of(profile), virtual=isinstance(address, Virtual), line=address, roles=roles)


async def _change(
    unit: Unit,
    person: Person,
    card: DeviceCard,
    *,
    line: str | None = None,
    profile: str | None = None,
    firmware: str | None = None,
    roles: tuple[str, ...] | None = None,
) -> None:
    """The device with some of it new."""
    order = ChangeDevice(
        command_id=unit.new_id(),
        actor=person.session.staff_id,
        device_id=card.device_id,
        name=card.name,
        profile=card.profile if profile is None else profile,
        line=card.line if line is None else line,
        roles=card.roles if roles is None else roles,
        fallback_id=card.fallback_id,
        firmware=card.firmware if firmware is None else firmware,
        take_over=True,
    )
    await unit.carry_out(order)
    await unit.follow_devices()
