"""Head office plans, runs and closes events, and gives out numbers once each."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.domain.raffle.commands import (
    ActivateEvent,
    CloseEvent,
    GrantLease,
    OpenTraining,
    PackagePlan,
    PlanEvent,
)
from shared.domain.raffle.decide_office import (
    decide_activate_event,
    decide_close_event,
    decide_grant_lease,
    decide_open_training,
    decide_plan_event,
)
from shared.domain.raffle.errors import (
    BadTerms,
    EnoughNumbers,
    LeaseNotForYou,
    NumbersExhausted,
    RaffleClosed,
    TrainingOpen,
    UnknownEvent,
    WrongState,
)
from shared.domain.raffle.facts import EventActivated, EventClosed, EventPlanned, LeaseGranted
from shared.domain.raffle.state import UNSOLD_LEASES_MAX, GrantState, PlanState, RunState
from shared.kernel.money import AMOUNT_MINOR_MAX
from shared.kernel.validation import DRAW_NUMBER_MAX
from tests.slices.raffle.counter import (
    CARD,
    CLOSE_MS,
    EVENT,
    GRANTING,
    PLANNING,
    RUN,
    TERMS,
    UNIT,
    VENUE,
    given_at,
    plan,
    running,
)
from tests.support.clock import OPENING_MS
from tests.support.evening import evening, unit_of

ACTIVATE = ActivateEvent(command_id=UUID(int=4), event_id=EVENT)
CLOSE = CloseEvent(command_id=UUID(int=5), event_id=EVENT)
GRANT = GrantLease(
    command_id=UUID(int=6), event_id=EVENT, holder_id=UNIT.node_id, holder_epoch=1, request_id=UUID(int=8)
)
TRAIN = OpenTraining(command_id=UUID(int=7), venue_id=VENUE)
FAR = 10**15


def test_a_plan_keeps_every_term_it_was_given() -> None:
    [fact] = decide_plan_event(plan(name="  Home Opener 50/50 "), PLANNING, given_at())
    assert isinstance(fact, EventPlanned)
    assert fact.terms.name == "Home Opener 50/50"
    assert (fact.terms.licence, fact.terms.currency, fact.terms.training) == ("RR-1", "USD", False)
    assert [(one.ticket_count, one.price_minor) for one in fact.terms.packages] == [(10, 1_000)]
    assert fact.event_id not in {one.package_id for one in fact.terms.packages}


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"name": "  "}, "Name the event"),
    ({"name": "x" * 81}, "Name the event"),
    ({"name": "Gala\x00Night"}, "printable"),
    ({"code": "HO\n1"}, "printable"),
    ({"code": ""}, "Give the event a code"),
    ({"code": "x" * 21}, "Give the event a code"),
    ({"sales_open_ms": -1}, "dates of this century"),
    ({"claim_by_ms": FAR}, "dates of this century"),
    ({"sales_close_ms": OPENING_MS}, "close after they open"),
    ({"draw_ms": CLOSE_MS - 1}, "Draw after"),
    ({"claim_by_ms": CLOSE_MS}, "claim after the draw"),
    ({"packages": ()}, "1 to 12 packages"),
    ({"packages": (PackagePlan(1, 1),) * 13}, "1 to 12 packages"),
    ({"packages": (PackagePlan(0, 1),)}, "1 to 1000 tickets"),
    ({"packages": (PackagePlan(1_001, 1),)}, "1 to 1000 tickets"),
    ({"packages": (PackagePlan(1, -1),)}, "from 0 up"),
    ({"packages": (PackagePlan(1, AMOUNT_MINOR_MAX + 1),)}, "from 0 up"),
    ({"first_number": 0}, "number range"),
    ({"first_number": 110_001}, "number range"),
    ({"last_number": DRAW_NUMBER_MAX + 1}, "number range"),
    ({"prize_percent": 0}, "1 to 100 %"),
    ({"prize_percent": 101}, "1 to 100 %"),
    ({"lease_count": 9}, "lease 10 to"),
    ({"lease_count": 1_000_001}, "lease 10 to"),
]


@pytest.mark.parametrize(("wrong", "sentence"), PROBLEMS)
def test_a_plan_that_cannot_be_kept_is_refused_with_what_to_change(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadTerms, match=sentence):
        decide_plan_event(plan(**wrong), PLANNING, given_at())


@pytest.mark.parametrize(("wrong", "sentence"), [({"venue_known": False}, "venue"), ({"code_taken": True}, "HO-1")])
def test_a_plan_for_an_unknown_venue_or_with_a_used_code_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadTerms, match=sentence):
        decide_plan_event(plan(), msgspec.structs.replace(PLANNING, **wrong), given_at())


@pytest.mark.parametrize(
    "edge", [{"draw_ms": CLOSE_MS}, {"packages": (PackagePlan(1_000, 0),) * 12}, {"first_number": 110_000}]
)
def test_a_plan_at_the_edge_of_its_limits_is_kept(edge: dict[str, Any]) -> None:
    assert decide_plan_event(plan(**edge), PLANNING, given_at())


def test_the_run_copies_the_plan() -> None:
    [fact] = decide_activate_event(ACTIVATE, RUN, given_at())
    assert fact == EventActivated(event_id=EVENT, revision=1, terms=TERMS)


@pytest.mark.parametrize("state", ["active", "suspended", "closed", "cancelled"])
def test_an_event_is_activated_once(state: str) -> None:
    with pytest.raises(WrongState, match=state):
        decide_activate_event(ACTIVATE, msgspec.structs.replace(RUN, state=state), given_at())


def test_an_event_whose_window_has_passed_is_not_activated() -> None:
    assert decide_activate_event(ACTIVATE, RUN, given_at(CLOSE_MS - 1))
    with pytest.raises(WrongState, match="over"):
        decide_activate_event(ACTIVATE, RUN, given_at(CLOSE_MS))


def test_an_active_event_is_closed_at_the_moment_of_the_order() -> None:
    active = msgspec.structs.replace(RUN, state="active")
    assert decide_close_event(CLOSE, active, given_at(OPENING_MS + 9)) == [
        EventClosed(event_id=EVENT, closed_ms=OPENING_MS + 9)
    ]


@pytest.mark.parametrize("state", ["created", "closed"])
def test_an_event_that_does_not_run_is_not_closed(state: str) -> None:
    with pytest.raises(WrongState):
        decide_close_event(CLOSE, msgspec.structs.replace(RUN, state=state), given_at())


def test_an_event_nobody_planned_is_neither_run_nor_closed_nor_leased() -> None:
    unknown = RunState("", 0, None, "unknown")
    with pytest.raises(UnknownEvent):
        decide_activate_event(ACTIVATE, unknown, given_at())
    with pytest.raises(UnknownEvent):
        decide_close_event(CLOSE, unknown, given_at())
    with pytest.raises(UnknownEvent):
        decide_grant_lease(GRANT, GrantState(None, None, False), given_at())


def _granted(state: GrantState) -> tuple[int, int]:
    [fact] = decide_grant_lease(GRANT, state, given_at())
    assert isinstance(fact, LeaseGranted)
    assert (fact.request_id, fact.holder_id, fact.holder_epoch) == (GRANT.command_id, UNIT.node_id, 1)
    return fact.first, fact.last


def test_numbers_are_granted_behind_the_last_ones_up_to_the_end_of_the_range() -> None:
    assert _granted(GRANTING) == (100_001, 100_100)
    assert _granted(GrantState(CARD, 100_100, True)) == (100_101, 100_200)
    assert _granted(GrantState(CARD, 109_990, True)) == (109_991, 110_000)
    with pytest.raises(NumbersExhausted):
        _granted(GrantState(CARD, 110_000, True))


def test_a_paused_unit_that_sells_on_gets_numbers_though_the_hub_sees_none_of_its_sales() -> None:
    many = UNSOLD_LEASES_MAX * 1_000
    with pytest.raises(EnoughNumbers, match="that the hub has not seen sold"):
        _granted(GrantState(CARD, 100_100, True, unsold=many))
    assert _granted(GrantState(CARD, 100_100, True, unsold=many, paused=True)) == (100_101, 100_200)


def test_a_unit_of_another_venue_gets_no_numbers() -> None:
    with pytest.raises(LeaseNotForYou):
        _granted(GrantState(CARD, None, False))


def test_a_closed_event_gives_out_no_numbers() -> None:
    with pytest.raises(WrongState, match="closed"):
        _granted(GrantState(running(state="closed"), None, True))


def test_a_lost_answer_returns_the_same_lease() -> None:
    with evening() as night, unit_of(night, 1) as unit:
        order = msgspec.structs.replace(GRANT, event_id=night.event_id, holder_id=unit.owner.node_id)
        first, again = night.office.do(order), night.office.do(order)
        assert first[0].hash == again[0].hash
        assert night.office.db.execute("SELECT count(*) FROM raffle_lease").fetchone() == (1,)


def test_a_venue_has_one_training_event_that_runs_from_the_start() -> None:
    planned, activated = decide_open_training(TRAIN, PLANNING, given_at())
    again, _ = decide_open_training(TRAIN, PLANNING, given_at(OPENING_MS + 1))
    assert isinstance(planned, EventPlanned)
    assert isinstance(activated, EventActivated)
    assert planned.terms == activated.terms
    assert planned.terms.training
    assert planned == again
    with pytest.raises(TrainingOpen):
        decide_open_training(TRAIN, msgspec.structs.replace(PLANNING, code_taken=True), given_at())
    with pytest.raises(BadTerms):
        decide_open_training(TRAIN, PlanState("USD", "RR-1", False, False), given_at())
    with pytest.raises(WrongState):
        decide_close_event(CLOSE, RunState("Training", 1, planned.terms, "active"), given_at())


def test_a_training_sale_goes_the_same_path_and_into_no_other_events_figures() -> None:
    with evening() as night, unit_of(night, 1) as unit:
        planned, _ = night.office.do(OpenTraining(command_id=night.office.dice.id(), venue_id=night.venue_id))
        real, training = night.event_id, planned.envelope.entity
        night.feed(unit)
        night.take(unit, 100_001, 100_100)
        night.sell(unit, 10)
        found = unit.db.execute(
            "SELECT ticket_count, package_id FROM raffle_package WHERE event_id = ?", (training.bytes,)
        )
        night.event_id = training
        night.packages = {count: UUID(bytes=package_id) for count, package_id in found}
        night.take(unit, 1, 500)
        sale = night.sell(unit, 10)
        assert [sold.first for sold in sale.body.ranges] == [1]
        totals = unit.db.execute("SELECT event_id, ticket_count, amount_minor FROM raffle_event_total").fetchall()
        assert sorted(totals) == sorted([(real.bytes, 10, 1_000), (training.bytes, 10, 1_000)])


def test_a_later_plan_under_a_code_in_use_is_refused_whatever_spaces_it_has() -> None:
    with evening() as night:
        [opened] = night.office.db.execute("SELECT code, event_id FROM raffle_plan").fetchall()
        order = msgspec.structs.replace(
            plan(), command_id=night.office.dice.id(), venue_id=night.venue_id, code=f" {opened[0]} "
        )
        assert isinstance(order, PlanEvent)
        with pytest.raises(BadTerms, match="another event"):
            night.office.do(order)


def test_after_the_close_reached_a_unit_it_sells_nothing_more() -> None:
    with evening() as night, unit_of(night, 1) as unit:
        night.take(unit, 100_001, 100_100)
        night.office.do(msgspec.structs.replace(CLOSE, event_id=night.event_id))
        night.sell(unit)
        night.feed(unit)
        with pytest.raises(RaffleClosed):
            night.sell(unit)
