"""Names that old nodes, journals and programs rely on change only by a line that somebody wrote on purpose."""

from pathlib import Path

import pytest

from tests.slices.catalogue import fact_lines, facts, refusal_lines, refusals

GOLDEN = Path(__file__).parent / "golden"


def _advice(name: str, now: list[str], frozen: list[str]) -> str:
    gone = "".join(f"\n- {line}" for line in frozen if line not in now)
    new = "".join(f"\n+ {line}" for line in now if line not in frozen)
    return (
        f"tests/slices/golden/{name} differs from the program:{gone}{new}\n"
        "A new line: add it. A line that changed or went: edges in the field still write and read the old one. Before "
        "the first release change the line; after it give the fact a new version with an upcasting step, or keep the "
        "refusal's code."
    )


@pytest.mark.parametrize(("name", "now"), [("facts.txt", fact_lines()), ("refusals.txt", refusal_lines())])
def test_what_the_field_relies_on_is_as_it_was_released(name: str, now: list[str]) -> None:
    frozen = (GOLDEN / name).read_text().splitlines()
    assert now == frozen, _advice(name, now, frozen)


def test_no_two_refusals_share_a_code_and_no_two_facts_a_type() -> None:
    assert len(set(refusal_lines())) == len(refusals())
    assert len({kind.TYPE for kind in facts()}) == len(facts())


def test_a_fact_names_the_thing_it_happened_to() -> None:
    for kind in facts():
        assert kind.ENTITY in kind.__struct_fields__
        assert kind.TYPE.split(".")[0] in {"cases", "devices", "identity", "persons", "raffle"}
