"""Who may say what time it is at a unit, and what is written down about its clock."""

from uuid import UUID

import pytest

from shared.domain.identity.commands import ConfirmClock, ReportClockJump, TakeHubTime
from shared.domain.identity.decide_clock import (
    BACK_MS_MAX,
    decide_confirm_clock,
    decide_report_clock_jump,
    decide_take_hub_time,
)
from shared.domain.identity.errors import ClockNotInDoubt, ClockRunsBack, NotSupervising, UnknownStaff
from shared.domain.identity.facts import ClockConfirmed, ClockJumped
from shared.domain.identity.manifest import SLICE
from shared.domain.identity.rows import ClockEventRow
from shared.domain.identity.state import ROLES, SUPERVISES, House, Standing
from shared.domain.slices import ALL
from shared.journal.chain import Stamp, empty_tip, seal
from shared.journal.entry import Owner
from shared.kernel.clock import Moment
from shared.kernel.errors import Refusal
from shared.pipeline.changes import Put
from shared.pipeline.command import Given

NOW_MS = 1_795_000_000_000
OWNER = Owner(UUID(int=0xA), UUID(int=0xE), 1)
INES = UUID(int=3)
MOMENT = Moment(NOW_MS, 0, UUID(int=7))
DOUBTED = Given(OWNER, MOMENT, b"c" * 32, holds=("hub:disabled", "clock:jumped"))
CONFIRM = ConfirmClock(command_id=UUID(int=9), actor=INES, wall_ms=NOW_MS + 1)
TOO_EARLY = ConfirmClock(command_id=UUID(int=9), actor=INES, wall_ms=NOW_MS - BACK_MS_MAX - 1)


def house(role: str, *, active: bool = True) -> House:
    return House(True, person=Standing(INES, role, active))


@pytest.mark.parametrize("role", ROLES)
def test_only_roles_that_supervise_confirm_the_time(role: str) -> None:
    if role not in SUPERVISES:
        with pytest.raises(NotSupervising):
            decide_confirm_clock(CONFIRM, house(role), DOUBTED)
        return
    assert decide_confirm_clock(CONFIRM, house(role), DOUBTED) == [
        ClockConfirmed(unit_id=OWNER.node_id, staff_id=INES, wall_ms=NOW_MS + 1)
    ]


@pytest.mark.parametrize(
    ("person", "given", "wall_ms", "refusal"),
    [
        (house("supervisor", active=False), DOUBTED, NOW_MS, UnknownStaff),
        (House(True), DOUBTED, NOW_MS, UnknownStaff),
        (house("supervisor"), Given(OWNER, MOMENT, b"c" * 32, holds=("witness",)), NOW_MS, ClockNotInDoubt),
        (house("supervisor"), DOUBTED, NOW_MS - BACK_MS_MAX - 1, ClockRunsBack),
    ],
)
def test_a_confirmation_that_would_do_harm_is_refused(
    person: House, given: Given, wall_ms: int, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decide_confirm_clock(ConfirmClock(command_id=UUID(int=9), actor=INES, wall_ms=wall_ms), person, given)


def test_a_watch_that_is_a_little_slow_confirms_the_units_own_time() -> None:
    order = ConfirmClock(command_id=UUID(int=9), actor=INES, wall_ms=NOW_MS - BACK_MS_MAX)
    [fact] = decide_confirm_clock(order, house("manager"), DOUBTED)
    assert isinstance(fact, ClockConfirmed)
    assert fact.wall_ms == NOW_MS


def test_what_a_clock_said_is_written_down_whatever_follows() -> None:
    jump = ReportClockJump(command_id=UUID(int=9), from_ms=NOW_MS, to_ms=0, cause="jumped")
    assert decide_report_clock_jump(jump, None, DOUBTED) == [
        ClockJumped(unit_id=OWNER.node_id, from_ms=NOW_MS, to_ms=0, cause="jumped")
    ]
    heard = TakeHubTime(command_id=UUID(int=9), wall_ms=NOW_MS)
    assert decide_take_hub_time(heard, None, DOUBTED) == [
        ClockConfirmed(unit_id=OWNER.node_id, staff_id=None, wall_ms=NOW_MS)
    ]


def test_each_becomes_a_row_of_the_unit_that_told_it() -> None:
    facts = [
        ClockJumped(unit_id=OWNER.node_id, from_ms=NOW_MS, to_ms=0, cause="reboot"),
        ClockConfirmed(unit_id=OWNER.node_id, staff_id=INES, wall_ms=NOW_MS + 5),
        ClockConfirmed(unit_id=OWNER.node_id, staff_id=None, wall_ms=NOW_MS + 5),
    ]
    named = [(UUID(int=place), fact) for place, fact in enumerate(facts)]
    sealed, _ = seal(OWNER, empty_tip(OWNER), Stamp(UUID(int=9), None, MOMENT), named)
    rows = []
    for one in sealed:
        [change] = ALL.project(one.entry)
        assert isinstance(change, Put)
        assert isinstance(change.row, ClockEventRow)
        rows.append((change.row.seq, change.row.what, change.row.cause, change.row.staff_id, change.row.to_ms))
    assert rows == [
        (1, "jumped", "reboot", None, 0),
        (2, "confirmed", "supervisor", INES, NOW_MS + 5),
        (3, "confirmed", "hub", None, NOW_MS + 5),
    ]


def test_an_edges_journal_may_hold_them() -> None:
    assert {ClockJumped, ClockConfirmed} <= set(SLICE.edge_facts)
    assert not {ClockJumped.TYPE, ClockConfirmed.TYPE} & ALL.office_types
