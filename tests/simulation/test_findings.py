"""What the simulator says can be relied on: a small failure is the same one, a fault found is one, no figure is old."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.simulation.counting import FAULTS, Counts, Detected
from tests.simulation.memory import WARM_EVENINGS, Memory
from tests.simulation.mutants import NOTHING, Caught, Mutant, read_answer
from tests.simulation.operations import OPERATIONS
from tests.simulation.proof import Part, parts, run_part
from tests.simulation.run import Outcome, Step, plan
from tests.simulation.shrinking import kind_of, shrink
from tests.simulation.totals import Totals

LOST = "AssertionError: 3 entries that the hub had acknowledged are lost\nTraceback"
MUTANT = Mutant("drop a sale", "hub/sync/receive.py", "a", "b")


def fails(steps: Sequence[Step]) -> str:
    """Steps 3 and 7 lose something together; step 5 alone, another time, breaks something else."""
    places = {step.place for step in steps}
    if {3, 7} <= places:
        return LOST
    return "AssertionError: a fork that nobody caused: {1}\n" if 5 in places else ""


def test_a_failure_made_small_is_the_same_failure() -> None:
    few = shrink(plan(1, 20), fails, kind=kind_of(LOST))
    assert [step.place for step in few] == [3, 7]


def test_making_it_small_ends_after_so_many_runs_with_the_fewest_found() -> None:
    tried: list[Sequence[Step]] = []

    def failing(steps: Sequence[Step]) -> str:
        tried.append(steps)
        return fails(steps)

    few = shrink(plan(1, 20), failing, kind=kind_of(LOST), runs_max=4)
    assert len(tried) == 4
    assert fails(few) == LOST
    assert shrink(plan(1, 20), failing, kind=kind_of(LOST), seconds_max=-1) == plan(1, 20)
    assert len(tried) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AssertionError: 3 entries are lost", "AssertionError: 12 entries are lost"),
        ("AssertionError: R07 lost Told(epoch=1, hash=b'x')", "AssertionError: R12 lost Told(epoch=2, hash=b'yz')"),
        ("AssertionError: entries of 7-1-R07: [(1, 2)]", "AssertionError: entries of 7-2-R12: [(1, 2), (1, 3)]"),
        (
            "AssertionError: 1 of the revoked unit 0f0e0d0c-0000-4000-8000-000000000001",
            "AssertionError: 1 of the revoked unit 1a1b1c1d-0000-4000-8000-000000000002",
        ),
    ],
)
def test_whom_it_hit_is_not_what_went_wrong(one: str, other: str) -> None:
    assert kind_of(one) == kind_of(other) != kind_of("AssertionError: a fork that nobody caused") != ""


def answered(failure: str) -> Caught:
    """What is read from a simulator that ended so in its fourth evening."""
    said = json.dumps({"evenings": 4, "failure": failure, "seed": 4})
    return read_answer(MUTANT, subprocess.CompletedProcess([], 1, f"{{a story\n{said}\n", ""))


def test_a_mutant_is_caught_by_a_check_and_not_by_a_program_that_does_not_run() -> None:
    assert answered(LOST) == Caught(MUTANT.name, 4, MUTANT.seeds, LOST.splitlines()[0])
    assert answered("AssertionError: POST /hello\nNameError: name 'tips' is not defined").evenings is None
    assert answered("UndefinedColumn: column w.sequence does not exist").evenings is None
    assert answered("").evenings is None
    assert read_answer(NOTHING, subprocess.CompletedProcess([], 1, "", "no server")).said == "no answer: no server"


def test_memory_that_grows_each_evening_is_found_and_one_leap_is_not() -> None:
    memory = Memory()
    memory.resident_kb = [100_000] * 12
    memory.objects = [90_000] * WARM_EVENINGS + [120_000] * (12 - WARM_EVENINGS)
    assert not memory.grown()
    memory.objects = [90_000 + 500 * evening for evening in range(12)]
    assert memory.grown() == "500 objects more after each evening"


def test_evenings_add_up_and_a_step_that_never_did_anything_is_named() -> None:
    totals, fork = Totals(), {"card copied or put back": Detected(2, 1), "key swapped": Detected(1)}
    for seed in (1, 2):
        caused = {"sale": 3, "step sell": 4, "step purge": 0}
        totals.add(Outcome(seed, "", (), caused, 1.5, Counts(told=3, stored=9), fork))
    said, lines = totals.said(), totals.lines()
    assert (said["entries"], said["counts"]["told"], said["caused"]["step purge"]) == (18, 6, 0)
    assert said["detected"]["card copied or put back"] == {"injected": 4, "seen": 2}
    assert said["detected"]["key swapped"] == {"injected": 2, "seen": None}
    assert "Steps that never did anything: purge." in lines
    assert "6 sales that a seller was told of: 0 not at the hub." in lines


def test_the_proof_tells_each_fault_and_each_operation() -> None:
    totals = Totals()
    totals.add(Outcome(1, "", (), {"sale": 3, "step sell": 4}, 1.5, Counts(told=3), {}))
    detected = {fault.name: {"injected": 3, "seen": None} for fault in FAULTS}
    said = {"evenings": 1, "failure": "", "seed": 1, **totals.said(), "detected": detected}
    lines = parts(1)[0].tell(said)
    assert all(any(line.startswith(f"| {fault.name} | 3 | – |") for line in lines) for fault in FAULTS)
    assert "| sell | 4 |" in lines
    assert "| clone | **0** |" in lines
    named = {line.split("|")[1].strip() for line in lines if line.startswith("|")}
    assert {name for name, one in OPERATIONS.items() if one.weight} <= named


def test_an_answer_of_yesterday_is_no_answer_of_today(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("[]")
    silent = Part("Silent", ("-c", "pass"), lambda said: [f"said {said}"], "old")
    lines, held = run_part(silent, tmp_path)
    assert not held
    assert lines[-2] == "**No answer** (exit 0): it said nothing"


@pytest.mark.parametrize(("code", "held"), [(0, True), (1, False)])
def test_a_part_that_did_not_hold_is_told_and_says_so(tmp_path: Path, code: int, held: bool) -> None:
    spoken = Part("Spoken", ("-c", f"print('{{}}'); raise SystemExit({code})"), lambda said: [f"said {said}"])
    lines, whether = run_part(spoken, tmp_path)
    assert whether == held
    assert "said {}" in lines
    assert ("**Exit 1.**" in lines) != held
