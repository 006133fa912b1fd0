"""What identity decides; pure."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.identity.commands import DismissStaff, FoundOrganization, HireStaff, OpenVenue, SetSlipText
from shared.domain.identity.errors import (
    AlreadyFounded,
    CutoffOutOfRange,
    LogoUnfit,
    NameNeeded,
    NotFounded,
    TextUnreadable,
    TooManyLines,
    UnknownCurrency,
    UnknownRole,
    UnknownStaff,
    UnknownVenue,
    UnknownZone,
)
from shared.domain.identity.facts import OrganizationFounded, SlipTextSet, StaffHired, StaffLeft, VenueOpened
from shared.domain.identity.state import DAY_MINUTES, LICENCE_LINES_MAX, RESPONSIBLE_LETTERS_MAX, ROLES, House
from shared.journal.entry import Fact
from shared.kernel.limits import NAME_LETTERS_MAX
from shared.kernel.logo import LOGO_BYTES_MAX, LOGO_HEIGHT_MAX, LOGO_WIDTH_MAX, logo_size
from shared.kernel.money import MINOR_DIGITS
from shared.pipeline.command import Given


def named(what: str, name: str) -> str:
    """The name without blanks around it; NameNeeded when nobody could find the thing by it."""
    if not 0 < len(name.strip()) <= NAME_LETTERS_MAX or not name.isprintable():
        raise NameNeeded(what=what, maximum=NAME_LETTERS_MAX)
    return name.strip()


def _printable(what: str, text: str, letters_max: int = NAME_LETTERS_MAX) -> str:
    if len(text) > letters_max or not text.isprintable():
        raise TextUnreadable(what=what, maximum=letters_max)
    return text.strip()


def decide_found_organization(order: FoundOrganization, house: House, given: Given) -> list[Fact]:
    """Found the organisation of this journal, once."""
    if house.founded:
        raise AlreadyFounded
    if order.currency not in MINOR_DIGITS:
        raise UnknownCurrency(currency=order.currency[:10], currencies=", ".join(MINOR_DIGITS))
    return [
        OrganizationFounded(
            organization_id=given.owner.org_id,
            name=named("The organisation", order.name),
            licence=_printable("The licence", order.licence),
            currency=order.currency,
            site=_printable("The site", order.site),
        )
    ]


def decide_set_slip_text(order: SetSlipText, house: House, given: Given) -> list[Fact]:
    """Say what every slip carries from now on; empty lines are left out."""
    if not house.founded:
        raise NotFounded
    if order.logo and logo_size(order.logo) == (0, 0):
        raise LogoUnfit(width=LOGO_WIDTH_MAX, height=LOGO_HEIGHT_MAX, kilobytes=LOGO_BYTES_MAX // 1_024)
    lines = tuple(filter(None, (_printable("A licence line", line) for line in order.licence_lines)))
    if len(lines) > LICENCE_LINES_MAX:
        raise TooManyLines(maximum=LICENCE_LINES_MAX)
    return [
        SlipTextSet(
            organization_id=given.owner.org_id,
            logo=order.logo,
            licence_lines=lines,
            responsible_line=_printable(
                "The responsible-gambling line", order.responsible_line, RESPONSIBLE_LETTERS_MAX
            ),
        )
    ]


def decide_open_venue(order: OpenVenue, house: House, given: Given) -> list[Fact]:
    """Open a venue in an IANA zone."""
    if not house.founded:
        raise NotFounded
    try:
        ZoneInfo(order.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(zone=order.zone[:40]) from None
    if not 0 <= order.cutoff_min < DAY_MINUTES:
        raise CutoffOutOfRange(maximum=DAY_MINUTES - 1)
    return [
        VenueOpened(
            venue_id=given.new_id(),
            name=named("The venue", order.name),
            place=_printable("The place", order.place),
            zone=order.zone,
            cutoff_min=order.cutoff_min,
        )
    ]


def decide_hire_staff(order: HireStaff, house: House, given: Given) -> list[Fact]:
    """Give somebody a role at one venue, or at all of them."""
    if not house.founded:
        raise NotFounded
    if order.role not in ROLES:
        raise UnknownRole(role=order.role[:40], roles=", ".join(ROLES))
    if order.venue_id is not None and order.venue_id not in {venue.venue_id for venue in house.venues}:
        raise UnknownVenue
    named("A member of staff", order.name)
    return [StaffHired(staff_id=given.new_id(), venue_id=order.venue_id, role=order.role)]


def decide_dismiss_staff(order: DismissStaff, house: House, _given: Given) -> list[Fact]:
    """End somebody's work; a second time is refused, so nobody thinks that it did something."""
    if house.person is None or not house.person.active:
        raise UnknownStaff
    return [StaffLeft(staff_id=order.staff_id)]
