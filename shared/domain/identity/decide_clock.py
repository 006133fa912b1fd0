"""What identity decides about an edge's own clock (design §5.8); pure. The rules of time: `shared/sync/timekeeping`."""

from shared.domain.identity.commands import ConfirmClock, ReportClockJump, TakeHubTime
from shared.domain.identity.errors import ClockNotInDoubt, ClockRunsBack, NotSupervising, UnknownStaff
from shared.domain.identity.facts import ClockConfirmed, ClockJumped
from shared.domain.identity.state import CLOCK_HOLD, SUPERVISES, House
from shared.journal.entry import Fact
from shared.kernel.clock import MINUTE_MS
from shared.pipeline.command import Given

BACK_MS_MAX = 5 * MINUTE_MS
"""A time typed from a watch may be a little behind; the unit's time then just goes on."""


def decide_report_clock_jump(order: ReportClockJump, _state: None, given: Given) -> list[Fact]:
    """What the clocks said is written down whatever follows."""
    node_id = given.owner.node_id
    return [ClockJumped(unit_id=node_id, from_ms=order.from_ms, to_ms=order.to_ms, cause=order.cause)]


def decide_take_hub_time(order: TakeHubTime, _state: None, given: Given) -> list[Fact]:
    """The hub needs nobody beside it."""
    return [ClockConfirmed(unit_id=given.owner.node_id, staff_id=None, wall_ms=order.wall_ms)]


def decide_confirm_clock(order: ConfirmClock, house: House, given: Given) -> list[Fact]:
    """A supervisor says what time it is, while it is in doubt; never earlier than what is in the books."""
    if house.person is None or not house.person.active:
        raise UnknownStaff
    if house.person.role not in SUPERVISES:
        raise NotSupervising
    if not any(hold.partition(":")[0] == CLOCK_HOLD for hold in given.holds):
        raise ClockNotInDoubt
    if order.wall_ms < given.moment.wall_ms - BACK_MS_MAX:
        raise ClockRunsBack
    wall_ms = max(order.wall_ms, given.moment.wall_ms)
    return [ClockConfirmed(unit_id=given.owner.node_id, staff_id=order.actor, wall_ms=wall_ms)]
