"""Head office founds the organisation, opens venues, hires people and registers units."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.domain.identity.commands import DismissStaff, FoundOrganization, HireStaff, OpenVenue
from shared.domain.identity.decide import (
    decide_dismiss_staff,
    decide_found_organization,
    decide_hire_staff,
    decide_open_venue,
)
from shared.domain.identity.errors import (
    AlreadyFounded,
    CutoffOutOfRange,
    NameNeeded,
    NotFounded,
    TextUnreadable,
    UnknownCurrency,
    UnknownRole,
    UnknownStaff,
    UnknownVenue,
    UnknownZone,
)
from shared.domain.identity.facts import OrganizationFounded, StaffHired, StaffLeft, VenueOpened
from shared.domain.identity.manifest import SLICE, where_they_work
from shared.domain.identity.rows import ClockEventRow, PairingRow, StaffRow, UnitEpochRow
from shared.domain.identity.state import ROLES, House, Standing, UnitCard, VenueCard
from shared.journal.entry import Owner
from shared.kernel.clock import Moment
from shared.kernel.codec import encode
from shared.pipeline.command import Given
from tests.support.evening import evening

OWNER = Owner(UUID(int=0xA), UUID(int=0xB), 1)
GIVEN = Given(OWNER, Moment(1_795_000_000_000, 0, UUID(int=7)), b"c" * 32)
VENUE = VenueCard(UUID(int=1), "Harbour Stand", "D", "Europe/London", 240)
UNIT = UnitCard(UUID(int=2), VENUE.venue_id, "rsu", "R07", "RSU 07", bytes(32), bytes(32))
HOUSE = House(True, (VENUE,), (UNIT,), Standing(UUID(int=3), "seller", True))
EMPTY = House(False)
FOUND = FoundOrganization(command_id=UUID(int=9), name=" Rovers ", licence="RR-1", currency="USD")
OPEN = OpenVenue(command_id=UUID(int=9), name="Harbour Stand", place="Section D", zone="Europe/London")
HIRE = HireStaff(command_id=UUID(int=9), name="Ann", role="seller", pin_hash="$argon2id$secret")
DISMISS = DismissStaff(command_id=UUID(int=9), staff_id=UUID(int=3))
BAD_NAMES = ["", "   ", "x" * 81, "A\nB", "A\x00B"]


def _but(order: Any, **other: Any) -> Any:
    return msgspec.structs.replace(order, **other)


def test_an_organisation_is_founded_once() -> None:
    [fact] = decide_found_organization(FOUND, EMPTY, GIVEN)
    assert isinstance(fact, OrganizationFounded)
    assert (fact.organization_id, fact.name) == (OWNER.org_id, "Rovers")
    with pytest.raises(AlreadyFounded):
        decide_found_organization(FOUND, HOUSE, GIVEN)


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "US\x00"])
def test_an_organisation_counts_in_a_currency_that_is_known(currency: str) -> None:
    with pytest.raises(UnknownCurrency, match="USD"):
        decide_found_organization(_but(FOUND, currency=currency), EMPTY, GIVEN)


@pytest.mark.parametrize("text", ["x" * 81, "A\nB", "A\x00B"])
def test_what_stands_on_every_ticket_can_be_printed(text: str) -> None:
    for order in (_but(FOUND, licence=text), _but(FOUND, site=text)):
        with pytest.raises(TextUnreadable):
            decide_found_organization(order, EMPTY, GIVEN)
    with pytest.raises(TextUnreadable):
        decide_open_venue(_but(OPEN, place=text), HOUSE, GIVEN)


def test_a_venue_opens_in_its_zone() -> None:
    [fact] = decide_open_venue(OPEN, HOUSE, GIVEN)
    assert isinstance(fact, VenueOpened)
    assert (fact.zone, fact.cutoff_min) == ("Europe/London", 240)


@pytest.mark.parametrize("zone", ["", "Europe", "Mars/Olympus", "../../etc/passwd", "\x00", "x" * 5_000])
def test_a_venue_in_no_time_zone_is_refused_in_a_short_sentence(zone: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        decide_open_venue(_but(OPEN, zone=zone), HOUSE, GIVEN)
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize("minutes", [-1, 1_440, 10**9])
def test_a_business_day_ends_within_a_day(minutes: int) -> None:
    assert decide_open_venue(_but(OPEN, cutoff_min=1_439), HOUSE, GIVEN)
    with pytest.raises(CutoffOutOfRange):
        decide_open_venue(_but(OPEN, cutoff_min=minutes), HOUSE, GIVEN)


def test_nothing_opens_before_the_organisation_is_founded() -> None:
    with pytest.raises(NotFounded):
        decide_open_venue(OPEN, EMPTY, GIVEN)
    with pytest.raises(NotFounded):
        decide_hire_staff(HIRE, EMPTY, GIVEN)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_whatever_has_a_name_can_be_found_by_it(name: str) -> None:
    with pytest.raises(NameNeeded):
        decide_found_organization(_but(FOUND, name=name), EMPTY, GIVEN)
    with pytest.raises(NameNeeded):
        decide_open_venue(_but(OPEN, name=name), HOUSE, GIVEN)
    with pytest.raises(NameNeeded):
        decide_hire_staff(_but(HIRE, name=name), HOUSE, GIVEN)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_of_the_catalogue_can_be_hired(role: str) -> None:
    [fact] = decide_hire_staff(_but(HIRE, role=role), HOUSE, GIVEN)
    assert isinstance(fact, StaffHired)
    assert fact.role == role


def test_names_and_pins_never_enter_the_journal() -> None:
    [fact] = decide_hire_staff(HIRE, HOUSE, GIVEN)
    assert b"Ann" not in encode(fact)
    assert b"argon2" not in encode(fact)
    with evening() as night:
        assert not any(b"Ann" in data for data in night.office.entries())


def test_a_role_that_is_none_is_refused_with_the_roles_there_are() -> None:
    with pytest.raises(UnknownRole, match="seller, dealer, auditor"):
        decide_hire_staff(_but(HIRE, role="boss"), HOUSE, GIVEN)


def test_nobody_is_hired_for_a_venue_of_somebody_else() -> None:
    with pytest.raises(UnknownVenue):
        decide_hire_staff(_but(HIRE, venue_id=UUID(int=99)), HOUSE, GIVEN)


def test_who_left_is_not_dismissed_again() -> None:
    assert decide_dismiss_staff(DISMISS, HOUSE, GIVEN) == [StaffLeft(staff_id=DISMISS.staff_id)]
    for person in (None, Standing(UUID(int=3), "seller", False)):
        with pytest.raises(UnknownStaff):
            decide_dismiss_staff(DISMISS, House(True, person=person), GIVEN)


@pytest.mark.parametrize(
    ("role", "venue_id", "scope"),
    [
        ("seller", VENUE.venue_id, f"venue:{VENUE.venue_id}"),
        ("supervisor", None, "org"),
        ("manager", VENUE.venue_id, f"venue:{VENUE.venue_id}:venue"),
        ("owner", None, "org:venue"),
    ],
)
def test_a_handheld_learns_of_its_sellers_and_supervisors_alone(role: str, venue_id: UUID | None, scope: str) -> None:
    row = StaffRow(owner=OWNER, staff_id=UUID(int=3), venue_id=venue_id, role=role, active=True)
    assert where_they_work(row) == (scope,)


def test_what_units_need_of_identity_reaches_them_by_the_feed() -> None:
    at_the_hub_alone = {UnitEpochRow, PairingRow, ClockEventRow}
    assert set(SLICE.feeds) == {*SLICE.rows, *SLICE.vault} - at_the_hub_alone


def test_somebody_who_left_stays_in_the_books_but_sells_nothing() -> None:
    with evening() as night:
        night.office.do(DismissStaff(command_id=night.office.dice.id(), staff_id=night.seller_id))
        assert night.office.db.execute("SELECT role, active FROM identity_staff").fetchall() == [("seller", 0)]
        with pytest.raises(UnknownStaff):
            night.office.do(DismissStaff(command_id=night.office.dice.id(), staff_id=night.seller_id))
