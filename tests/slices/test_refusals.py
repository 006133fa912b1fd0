"""Every refusal can really happen, and tells the person at the counter what to do next."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.domain.identity import decide as identity
from shared.domain.identity import decide_units as units
from shared.domain.identity import errors as house
from shared.domain.identity.commands import DismissStaff, OpenVenue
from shared.domain.identity.decide_clock import decide_confirm_clock
from shared.domain.persons import errors as people
from shared.domain.persons.decide import decide_erase_person
from shared.domain.raffle import decide as raffle
from shared.domain.raffle import decide_office as office
from shared.domain.raffle import errors
from shared.domain.raffle.facts import Package
from shared.domain.raffle.state import GrantState, UndoState
from shared.kernel.errors import InputRefused, Refusal
from shared.kernel.money import parse_amount
from shared.pipeline.decision import CommandReused
from tests.pipeline.unit import take
from tests.slices.cases import refused as disputes
from tests.slices.catalogue import refusals
from tests.slices.devices import refused as devices
from tests.slices.identity import test_clock as clock
from tests.slices.identity import test_house as founding
from tests.slices.identity import test_recovering as recovering
from tests.slices.identity import test_slip_text as on_slips
from tests.slices.identity import test_units as pairing
from tests.slices.persons import test_erasing as erasing
from tests.slices.raffle import counter, test_office
from tests.slices.raffle import test_recovering as coming_back
from tests.slices.raffle.counter import given_at, lease, order, running, selling
from tests.support.clock import OPENING_MS

NEXT_STEPS = {
    *("Activate", "Add", "Ask", "Bring", "Choose", "Copy", "Draw", "Enrol", "Found", "Give", "Go", "Keep", "Let"),
    *("Make", "Name", "Open", "Plan", "Price", "Reload", "Say", "Scan", "Sell", "Show", "Start", "Take", "Type", "Use"),
    *("Wait", "Walk", "Write"),
}
EARLY, LATE = given_at(0), given_at(counter.CLOSE_MS)
UNDO_STATE = UndoState(counter.PAST, counter.PAST, False)
replace = msgspec.structs.replace


def _sell(state: Any = None, given: Any = None, **other: Any) -> Callable[[], object]:
    return lambda: raffle.decide_sell_tickets(order(**other), state or selling(), given or given_at())


def _undo(state: UndoState, after_ms: int = 0, **other: Any) -> Callable[[], object]:
    at = given_at(OPENING_MS + after_ms)
    return lambda: raffle.decide_undo_sale(replace(counter.UNDO, **other), state, at)


def _grant(state: GrantState) -> Callable[[], object]:
    return lambda: office.decide_grant_lease(test_office.GRANT, state, given_at())


def _unit(command: Any, state: Any = founding.HOUSE) -> Callable[[], object]:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(command).__name__).lower()
    return lambda: getattr(units, f"decide_{name}")(command, state, founding.GIVEN)


def errors_of_stop(hold: str) -> object:
    """A sale on a unit that is stopped for this cause."""
    return raffle.decide_sell_tickets(order(), selling(), replace(given_at(), holds=(hold,)))


def _found(command: Any, state: Any = founding.HOUSE) -> Callable[[], object]:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(command).__name__).lower()
    return lambda: getattr(identity, f"decide_{name}")(command, state, founding.GIVEN)


def _reuse() -> None:
    raise CommandReused


OPEN: OpenVenue = founding.OPEN
DISMISS: DismissStaff = founding.DISMISS
CASES: list[tuple[type[Refusal], Callable[[], object]]] = [
    (errors.UnknownEvent, _sell(selling(event=None))),
    (errors.UnknownPackage, _sell(selling(package=None))),
    (errors.RaffleNotOpen, _sell(given=EARLY)),
    (errors.RaffleClosed, _sell(given=LATE)),
    (errors.NotSelling, _sell(selling(seller=None))),
    (errors.NoNumbers, _sell(selling(lease(1, 10, sold_to=10)))),
    (errors.FewNumbers, _sell(selling(lease(1, 9)))),
    (errors.TooManyTickets, _sell(selling(package=Package(UUID(int=1), 1_000, 1)), times=2, received_minor=2)),
    (errors.TimesOutOfRange, _sell(times=0)),
    (errors.CashShort, _sell(received_minor=999)),
    (errors.CashTooMuch, _sell(received_minor=10**9)),
    (errors.ReferenceNeeded, _sell(tender="card")),
    (errors.UnknownTender, _sell(tender="shells")),
    (errors.UnknownSale, _undo(UndoState(None, None, False))),
    (errors.AlreadyVoid, _undo(UndoState(counter.PAST, counter.PAST, True))),
    (errors.UndoNotYours, _undo(UNDO_STATE, actor=UUID(int=0x99))),
    (errors.UndoTooLate, _undo(UNDO_STATE, after_ms=30_001)),
    (errors.WrongState, _grant(GrantState(running(state="closed"), None, True))),
    (errors.WrongState, lambda: office.decide_close_event(test_office.CLOSE, counter.RUN, given_at())),
    (errors.WrongState, lambda: office.decide_activate_event(test_office.ACTIVATE, counter.RUN, LATE)),
    (
        errors.WrongState,
        lambda: office.decide_activate_event(test_office.ACTIVATE, replace(counter.RUN, state="active"), given_at()),
    ),
    (
        errors.TrainingOpen,
        lambda: office.decide_open_training(test_office.TRAIN, replace(counter.PLANNING, code_taken=True), given_at()),
    ),
    (errors.NumbersExhausted, _grant(GrantState(counter.CARD, 110_000, True))),
    (errors.EnoughNumbers, _grant(GrantState(counter.CARD, None, True, unsold=4_000))),
    (errors.LeaseNotForYou, _grant(GrantState(counter.CARD, None, False))),
    (errors.LeaseTakenTwice, lambda: raffle.decide_take_lease(take(1), True, given_at())),
    *(
        (
            errors.BadTerms,
            lambda wrong=wrong: office.decide_plan_event(counter.plan(**wrong), counter.PLANNING, given_at()),
        )
        for wrong, _ in test_office.PROBLEMS
    ),
    (house.AlreadyFounded, _found(founding.FOUND)),
    (house.NotFounded, _found(OPEN, founding.EMPTY)),
    (house.LogoUnfit, lambda: identity.decide_set_slip_text(on_slips.TOO_WIDE, founding.HOUSE, founding.GIVEN)),
    (house.TooManyLines, lambda: identity.decide_set_slip_text(on_slips.FIVE_LINES, founding.HOUSE, founding.GIVEN)),
    (house.UnknownVenue, _found(replace(founding.HIRE, venue_id=UUID(int=99)))),
    (house.UnknownRole, _found(replace(founding.HIRE, role="boss"))),
    (house.UnknownStaff, _found(DISMISS, founding.EMPTY)),
    (house.UnknownKind, _unit(replace(pairing.ROOM, kind="toaster"))),
    (house.UnitExists, _unit(replace(pairing.ROOM, code="R07"))),
    (house.UnknownUnit, _unit(replace(pairing.ROOM, unit_id=UUID(int=98)))),
    (house.BadKeys, _unit(replace(pairing.ENROL, seal_key=b""), pairing.OPEN)),
    (house.UnknownPairing, _unit(pairing.ENROL, founding.EMPTY)),
    (house.PairingOver, _unit(pairing.ENROL, replace(pairing.OPEN, pairing=replace(pairing.PAIRING, state="used")))),
    (house.PairingOfOther, _unit(pairing.ENROL, replace(pairing.AGAIN, unit=None))),
    *(
        (house.EnrolledAlready, _unit(pairing.ENROL, pairing.at_another_unit(state)))
        for state in ("enabled", "revoked")
    ),
    (house.UnitIsSo, _unit(pairing.PAUSE, pairing.a_unit(paused=True))),
    (house.UnitIsSo, _unit(pairing.ENABLE, pairing.a_unit())),
    (house.UnitStateRefused, _unit(pairing.ENABLE, pairing.a_unit(state="forked"))),
    (house.UnitIsSo, _unit(pairing.DISABLE, pairing.a_unit(state="disabled"))),
    (house.ReasonNeeded, _unit(replace(pairing.DISABLE, reason=""), pairing.a_unit())),
    *((errors.UnitStopped, lambda hold=hold: errors_of_stop(hold)) for hold in (*errors.STOPS, "something:new")),
    (house.UnknownZone, _found(replace(OPEN, zone="Mars"))),
    (house.CutoffOutOfRange, _found(replace(OPEN, cutoff_min=-1))),
    (house.TextUnreadable, _found(replace(OPEN, place="\x00"))),
    (house.UnknownCurrency, _found(replace(founding.FOUND, currency="XXX"), founding.EMPTY)),
    (house.NameNeeded, _found(replace(OPEN, name=""))),
    (people.UnknownPerson, lambda: decide_erase_person(erasing.ERASE_NOBODY, erasing.NOBODY_YET, given_at())),
    (house.NotSupervising, lambda: decide_confirm_clock(clock.CONFIRM, clock.house("seller"), clock.DOUBTED)),
    (house.ClockNotInDoubt, lambda: decide_confirm_clock(clock.CONFIRM, clock.house("owner"), given_at())),
    (house.ClockRunsBack, lambda: decide_confirm_clock(clock.TOO_EARLY, clock.house("owner"), clock.DOUBTED)),
    (house.HubRecovering, recovering.recovering),
    (house.AnotherPersonNeeded, recovering.said_twice),
    (house.NotWaitedFor, recovering.not_waited_for),
    (errors.LeaseGrantedTwice, coming_back.granted_twice),
    *disputes.REFUSED,
    *devices.REFUSED,
    (CommandReused, _reuse),
    (InputRefused, lambda: parse_amount("ten", "USD")),
]


@pytest.mark.parametrize(("kind", "act"), CASES, ids=[f"{kind.code} {place}" for place, (kind, _) in enumerate(CASES)])
def test_a_refusal_says_in_one_or_two_sentences_what_to_do_next(kind: type[Refusal], act: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as refused:
        act()
    assert type(refused.value) is kind
    text = str(refused.value)
    assert not re.search(r"[{}]|None|UUID|Error", text), text
    assert text[0].isupper() or text[0] in "“$−"
    assert text.endswith(".")
    assert len(text) <= 160
    first_words = {part.split()[0] for part in re.split(r"(?<=[.;:])\s+", text)}
    told = {word.capitalize() for word in first_words} & NEXT_STEPS
    assert told or kind in {InputRefused}, f"no next step in: {text}"


def test_every_refusal_of_the_slices_is_refused_here_at_least_once() -> None:
    assert {kind for kind, _ in CASES} == set(refusals())
