"""The simulator in `make test`: fresh evenings for each change, old failures again, and the simulator held to account.

The evenings' seeds follow from the program itself: every change of it plays others, and what held on one machine is the
same on the next. `make soak` draws its seeds.
"""

import contextlib
import hashlib
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.simulation.database import Database
from tests.simulation.disk import SYSTEM, Disk
from tests.simulation.mutants import ROOT, mutated, read_mutants
from tests.simulation.run import Regression, Stage, open_stage, plan, play, read_regressions
from tests.simulation.shrinking import as_told, made_small
from tests.simulation.totals import Totals
from tests.support.postgres import RunningPostgres
from tests.support.profile import EVENINGS, PROFILE
from tests.support.soak import progress_of

CALM_STEPS = 220
SEEDS_MAX = 2**31
ROWS = 200
RUNS_MAX, SECONDS_MAX = (10, 120) if PROFILE == "test" else (60, 1_200)
"""What is spent on making a failure small; nobody waits for `make soak`."""


def first_seed() -> int:
    """Where the evenings of this run begin."""
    if PROFILE != "test":
        return secrets.randbelow(SEEDS_MAX)
    program = hashlib.sha256()
    for folder in ("edge", "hub", "shared", "tests/simulation"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            program.update(path.read_bytes())
    return int.from_bytes(program.digest()) % SEEDS_MAX


@pytest.fixture(scope="module")
def stage(postgres: RunningPostgres) -> Iterator[Stage]:
    """The prepared venue."""
    with open_stage(postgres) as prepared:
        yield prepared


@pytest.fixture
def note(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Says what must be seen although the test passes: among the words of the run, or on the line of `make soak`."""

    def say(text: str) -> None:
        if (progress := progress_of(request.config)) is not None:
            progress.note(text)
            return
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return say


@pytest.mark.timeout(900 if PROFILE == "test" else 0)
def test_whatever_happens_in_an_evening_nothing_is_lost_and_nothing_counts_twice(
    stage: Stage, note: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    count, first, totals, progress = EVENINGS[PROFILE], first_seed(), Totals(), progress_of(request.config)
    note(f"{count} evenings, seeds {first} to {first + count - 1}")
    for seed in range(first, first + count):
        if progress is not None:
            progress.part(f"evening {seed - first + 1} of {count}, seed {seed}")
        steps = plan(seed)
        outcome = play(stage, seed, steps)
        if outcome.failure:
            note(f"seed {seed} fails and is made small: {outcome.failure.splitlines()[0]}")
            outcome, steps = made_small(stage, outcome, steps, runs_max=RUNS_MAX, seconds_max=SECONDS_MAX)
        assert not outcome.failure, as_told(outcome, steps)
        totals.add(outcome)
    assert not totals.memory.grown()


@pytest.mark.timeout(600)
def test_a_day_of_sales_with_few_troubles_agrees_to_the_cent(stage: Stage) -> None:
    outcome = play(stage, 7, plan(7, CALM_STEPS, calm=True))
    assert not outcome.failure, as_told(outcome, plan(7, CALM_STEPS, calm=True), f" --calm --steps {CALM_STEPS}")
    assert outcome.caused["sale"] > CALM_STEPS
    assert outcome.counts.stored > outcome.counts.told > CALM_STEPS
    assert not outcome.counts.told_lost + outcome.counts.entries_lost + outcome.counts.stored_twice


@pytest.mark.parametrize("evening", read_regressions(), ids=lambda one: one.why[:60])
def test_what_failed_once_does_not_fail_again(stage: Stage, evening: Regression) -> None:
    outcome = play(stage, evening.seed, evening.planned())
    assert not outcome.failure, "\n".join([evening.why, *outcome.story, outcome.failure])


@pytest.mark.timeout(300)
def test_one_seed_is_one_story(stage: Stage) -> None:
    steps = plan(11, 25)
    first, again = (play(stage, 11, steps) for _ in range(2))
    assert not first.failure, first.failure
    assert first.story == again.story
    assert {f"step {step.name}" for step in steps} <= first.caused.keys()


def test_every_mutant_stands_where_it_says_and_knows_each_name_in_it(tmp_path: Path) -> None:
    mutants = read_mutants()
    assert len({one.name for one in mutants}) == len(mutants) >= 25
    for place, mutant in enumerate(mutants):
        (tmp_path / f"mutant_{place}.py").write_text(mutated(mutant, ROOT))
    unknown_names = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821,E9", str(tmp_path)]
    looked = subprocess.run(unknown_names, capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stdout


@pytest.mark.parametrize(("synchronous", "keeps"), [("FULL", True), ("NORMAL", False)])
def test_the_disk_loses_what_was_not_synced_and_nothing_else(synchronous: str, keeps: bool) -> None:
    lost = sum(_lost_in_a_power_cut(Random(seed), synchronous) for seed in range(40))
    assert (lost == 0) == keeps


def _lost_in_a_power_cut(rng: Random, synchronous: str) -> int:
    """How many committed rows are gone after the power went in mid-work; the database is sound in any case."""
    disk = Disk()
    database = Database("m", disk)
    database.execute(f"PRAGMA synchronous = {synchronous}")
    database.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk.writes_left, committed = rng.randrange(5, 1_500), 0
    with contextlib.suppress(sqlite3.OperationalError):
        for number in range(1, ROWS):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO t VALUES (?, ?)", (number, rng.randbytes(rng.randrange(400))))
            database.execute("COMMIT")
            committed = number
    disk.off = True
    database.close()
    after = Database("m", disk.power_cut(rng))
    found = after.execute("SELECT count(*) FROM t").fetchone()
    assert after.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    SYSTEM.disks.pop("m")
    assert found is not None
    return max(0, committed - int(found[0]))
