"""The simulator in `make test`: fresh evenings each time, old failures again, and the simulator held to account."""

import contextlib
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from random import Random

import pytest

from tests.simulation.database import Database
from tests.simulation.disk import SYSTEM, Disk
from tests.simulation.mutants import ROOT, mutated, read_mutants
from tests.simulation.run import Outcome, Regression, Stage, open_stage, plan, play, read_regressions
from tests.support.postgres import RunningPostgres
from tests.support.profile import EVENINGS, PROFILE

CALM_STEPS = 220
ROWS = 200


@pytest.fixture(scope="module")
def stage(postgres: RunningPostgres) -> Iterator[Stage]:
    """The prepared venue."""
    with open_stage(postgres) as prepared:
        yield prepared


def told(outcome: Outcome, again: str) -> str:
    """A failure as a story, with the command that plays it again."""
    return "\n".join([*outcome.story, outcome.failure, f"Again: python -m tests.simulation {again}"])


@pytest.mark.timeout(900 if PROFILE == "test" else 0)
def test_whatever_happens_in_an_evening_nothing_is_lost_and_nothing_counts_twice(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    count, first = EVENINGS[PROFILE], secrets.randbelow(2**31)
    with capsys.disabled():
        sys.stdout.write(f"\n{count} evenings, seeds {first} to {first + count - 1}\n")
    for seed in range(first, first + count):
        outcome = play(stage, seed, plan(seed))
        assert not outcome.failure, told(outcome, f"--seed {seed} --seeds 1")


@pytest.mark.timeout(600)
def test_a_day_of_sales_with_few_troubles_agrees_to_the_cent(stage: Stage) -> None:
    outcome = play(stage, 7, plan(7, CALM_STEPS, calm=True))
    assert not outcome.failure, told(outcome, f"--seed 7 --seeds 1 --calm --steps {CALM_STEPS}")
    assert outcome.caused["sale"] > CALM_STEPS


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


def test_every_mutant_stands_where_it_says() -> None:
    mutants = read_mutants()
    assert len({one.name for one in mutants}) == len(mutants) >= 25
    for mutant in mutants:
        compile(mutated(mutant, ROOT), mutant.file, "exec")


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
