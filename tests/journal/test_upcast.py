"""Old journals are read for ever: a fact of an earlier version is lifted step by step to today's."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.journal.entry import Fact
from shared.journal.upcast import FactTypes
from shared.kernel.codec import encode


class GateOpened(Fact, frozen=True, kw_only=True):
    """Version 3: the gate had a name from version 2 on, and marks as bytes from version 3 on."""

    TYPE = "test.gate_opened"
    VERSION = 3
    ENTITY = "gate_id"
    gate_id: UUID
    name: str
    marks: tuple[bytes, ...]


def _name_it(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"name": f"Gate {body.pop('number')}"}


def _mark_it(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"marks": [b"\x01"]}


STEPS = {(GateOpened.TYPE, 1): _name_it, (GateOpened.TYPE, 2): _mark_it}
FACTS = FactTypes([GateOpened], STEPS)
GATE = UUID(int=5)


def test_a_fact_of_the_first_version_is_read_as_todays() -> None:
    body = encode({"gate_id": GATE, "number": 4})
    assert FACTS.read(GateOpened.TYPE, 1, body) == GateOpened(gate_id=GATE, name="Gate 4", marks=(b"\x01",))


def test_a_fact_of_the_second_version_takes_only_the_last_step() -> None:
    body = encode({"gate_id": GATE, "name": "South"})
    assert FACTS.read(GateOpened.TYPE, 2, body) == GateOpened(gate_id=GATE, name="South", marks=(b"\x01",))


def test_a_fact_of_today_is_read_as_it_is() -> None:
    today = GateOpened(gate_id=GATE, name="South", marks=(b"a", b"b"))
    assert FACTS.read(GateOpened.TYPE, 3, encode(today)) == today


@pytest.mark.parametrize(
    ("name", "version"),
    [("test.gate_opened", 4), ("test.gate_closed", 1), ("test.gate_opened", 0), ("test.gate_opened", -1)],
)
def test_what_a_newer_program_wrote_is_kept_raw(name: str, version: int) -> None:
    assert FACTS.read(name, version, b"\xc0") is None


def test_a_body_that_does_not_fit_its_version_is_told_apart_from_an_unknown_one() -> None:
    with pytest.raises(msgspec.ValidationError):
        FACTS.read(GateOpened.TYPE, 3, encode({"gate_id": GATE}))


def test_a_program_with_a_missing_step_does_not_start() -> None:
    with pytest.raises(AssertionError):
        FactTypes([GateOpened], {(GateOpened.TYPE, 1): _name_it})


def test_two_facts_of_one_type_do_not_start() -> None:
    with pytest.raises(AssertionError):
        FactTypes([GateOpened, GateOpened], STEPS)
