"""Generated evenings: what two sellers might do, step by step, in any order; refused steps just do not happen."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from shared.domain.identity.commands import ReportClockJump, TakeHubTime
from shared.domain.persons.commands import ErasePerson
from shared.domain.raffle.commands import CloseEvent
from shared.kernel.errors import Refusal
from tests.slices.cases.night import dispute
from tests.slices.devices.night import equip
from tests.support.evening import Evening, Node, evening, sold, unit_of


class Step(NamedTuple):
    """One step: what (one of `ACTS`), on which unit, how much."""

    act: str
    unit: int
    much: int


ACTS = ("sell", "sell", "sell", "card", "undo", "lease", "wait", "close", "clock", "noted", "case", "device")
acts = st.sampled_from(ACTS)
nights = st.lists(st.builds(Step, acts, st.integers(0, 1), st.integers(0, 5)), max_size=25)
A_NIGHT = [
    Step(act, unit, much)
    for much in (3, 1, 4, 2, 0, 5, 1)
    for unit in (0, 1)
    for act in ("lease", "sell", "sell", "undo", "card", "wait", "undo", "sell", "clock", "noted", "case", "device")
]
TICKETS = (3, 10, 40)


class Night(NamedTuple):
    """An evening with two units."""

    evening: Evening
    units: tuple[Node, Node]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All journals of the night, head office's first."""
        return (self.evening.office, *self.units)


def play(night: Night, steps: list[Step]) -> None:
    """Do what the steps say."""
    last: dict[int, UUID] = {}
    for step in steps:
        with contextlib.suppress(Refusal):
            _do(night, step, last)


def _do(night: Night, step: Step, last: dict[int, UUID]) -> None:
    there, unit = night.evening, night.units[step.unit]
    if step.act == "lease":
        lease = there.grant(unit)
        there.take(unit, lease.first, lease.last, lease.lease_id)
    elif step.act == "sell":
        last[step.unit] = there.sell(unit, TICKETS[step.much % 3], times=1 + step.much // 3).body.sale_id
    elif step.act == "card":
        last[step.unit] = sold(unit.do(there.card_order(unit))).body.sale_id
    elif step.act == "undo" and step.unit in last:
        there.undo(unit, last[step.unit])
    elif step.act == "case" and step.unit in last:
        dispute(there, unit, last[step.unit])
    elif step.act == "device":
        equip(there, unit, step.much, last.get(step.unit))
    elif step.act == "wait":
        there.clock.forward(step.much * 7_000)
    elif step.act == "clock":
        now_ms, new = there.clock.wall_ms, unit.dice.id
        unit.do(ReportClockJump(command_id=new(), from_ms=now_ms, to_ms=step.much, cause="jumped"))
        unit.do(TakeHubTime(command_id=new(), wall_ms=now_ms))
    elif step.act == "noted":
        unit.do(msgspec.structs.replace(there.card_order(unit), contact=bytes([step.much]) * 16))
        there.office.do(ErasePerson(command_id=there.office.dice.id(), person_ids=(UUID(int=step.much),)))
    elif step.act == "close" and step.much == 0:
        there.office.do(CloseEvent(command_id=there.office.dice.id(), event_id=there.event_id))
        for one in night.units:
            there.feed(one)


@contextmanager
def a_night(steps: list[Step]) -> Iterator[Night]:
    """A night that went by these steps; each unit began with one lease."""
    with evening() as there, unit_of(there, 1) as one, unit_of(there, 2) as two:
        night = Night(there, (one, two))
        play(night, [Step("lease", 0, 0), Step("lease", 1, 0), *steps])
        yield night
