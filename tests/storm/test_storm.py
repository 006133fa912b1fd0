"""Small storms over real processes: whatever is killed, nothing that a seller was told is lost, and none is doubled."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.storm.crowd import draw_order
from tests.storm.live_venue import summed_up
from tests.storm.scene import peak_rss_mb, roles

STORM = [sys.executable, "-m", "tests.storm"]
ROOT = Path(__file__).parents[2]
RUN_S_MAX = 60
"""On a machine of its own; the time limit of a test leaves room for a busy one."""
LIMIT_S = 10 * RUN_S_MAX


def played(*words: str) -> dict[str, Any]:
    """One storm; what its last line says."""
    ended = subprocess.run(
        [*STORM, *words, "--json"], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S - 30, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3_000:]
    said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return said


def assert_ties(said: dict[str, Any]) -> None:
    """Nothing lost, nothing doubled, every number at most one sale, the same money everywhere, and no case."""
    tally = said["tally"]
    assert tally["problems"] == []
    assert (tally["lost"], tally["duplicate"], tally["open_cases"]) == (0, 0, 0)
    assert tally["edge_total_minor"] == tally["hub_total_minor"] > 0


@pytest.mark.timeout(LIMIT_S)
def test_edges_killed_in_mid_sale_and_a_hub_killed_under_them_lose_nothing_and_double_nothing() -> None:
    """Behind lines that delay, break, hang, crawl, cut and repeat."""
    said = played("kill", "--edges", "2", "--kills", "4", "--seed", str(seed()))
    assert_ties(said)
    assert sum(said["kills"].values()) == 4
    assert said["in_mid_sale"] > 0
    assert sum(said["faults"].values()) > 0


@pytest.mark.timeout(LIMIT_S)
def test_a_hub_whose_database_crashes_in_mid_ingest_comes_back_by_itself_while_edges_sell_on() -> None:
    """The hub's process is the same before and after."""
    said = played("postgres", "--edges", "2", "--stops", "2", "--backlog", "4000", "--seed", str(seed()))
    assert_ties(said)
    assert said["hub_restarts"] == 0
    assert said["in_mid_ingest"] > 0
    assert said["sold_meanwhile"] > 0


def seed() -> int:
    """A fresh one each time, printed by a storm that fails."""
    return int.from_bytes(os.urandom(3))


def test_the_same_seed_brings_the_same_people_and_orders() -> None:
    """Another seed brings others."""
    assert roles(3, Random(5)) == roles(3, Random(5)) != roles(3, Random(6))
    assert [role.kind for role in roles(3, Random(5))] == ["venue", "rsu", "rsu"]
    first, second = ([draw_order("rsu-01", chance) for _ in range(200)] for chance in (Random(5), Random(5)))
    assert first == second
    assert Counter(order.undone for order in first)[True] > 0
    assert len({order.command_id for order in first}) == len(first)


def test_what_sales_waited_is_summed_up_by_middle_hundredth_worst_and_worst() -> None:
    """A hundred sales, one of which waited long."""
    found = summed_up([0.1] * 199 + [9.0])
    assert (found.sales, found.p50_s, found.p99_s, found.worst_s) == (200, 0.1, 0.1, 9.0)


def test_the_peak_of_a_process_is_read_from_the_system() -> None:
    """Ours is more than a few megabytes."""
    assert 5 < peak_rss_mb(os.getpid()) < 100_000
