"""Several runs share the tests: each test runs once; failures, and tests that nobody ran, are seen in the last line."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.support.children import STOPPED
from tests.support.demo import wait_for
from tests.support.limits import PROGRAM_S_MAX
from tests.support.shares import RUNS, from_place, lot_of

CALL = """
import sys
from tests.support import children, shares

children.hear_stops()
sys.exit(shares.run_shares(sys.argv[1:]))
"""
SHARES = [sys.executable, "-c", CALL]
RAN = """
import pathlib, time, pytest

HERE = pathlib.Path(__file__)

@pytest.mark.parametrize("one", range(3))
def test_once(one):
    with HERE.with_suffix(".ran").open("a") as ran:
        ran.write(f"{one} ")
    time.sleep(0.1)
"""
STOPPED_HALF_WAY = """
import pytest

@pytest.fixture
def untidy():
    yield
    assert False, "it does not clear up"

def test_runs_and_fails_afterwards(untidy):
    pass

def test_asks_to_stop(request):
    request.session.shouldstop = "enough"

def test_what_follows():
    pass
"""
SLOW = """
import pathlib, time, pytest

HERE = pathlib.Path(__file__)

@pytest.fixture
def database():
    yield
    HERE.with_suffix(".down").touch()

def test_long(database):
    HERE.with_suffix(".up").touch()
    time.sleep(100)

def test_what_follows():
    pass
"""


def shared(folder: Path) -> "subprocess.CompletedProcess[str]":
    """All runs over a folder."""
    return subprocess.run(
        [*SHARES, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=PROGRAM_S_MAX, check=False
    )


def files(folder: Path, text: str, count: int) -> list[Path]:
    """So many test files of the same text."""
    found = [folder / f"test_part_{place}.py" for place in range(count)]
    for path in found:
        path.write_text(text)
    return found


def test_each_test_runs_once_and_the_last_line_adds_up(tmp_path: Path) -> None:
    made = files(tmp_path, RAN, 6)
    ended = shared(tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [path.with_suffix(".ran").read_text() for path in made] == ["0 1 2 "] * 6
    assert ended.stdout.splitlines()[-1].startswith("18 passed in ")


def test_a_failure_in_any_run_is_told_and_fails_all(tmp_path: Path) -> None:
    files(tmp_path, RAN, 4)
    for place in ("0", "9"):
        (tmp_path / f"test_{place}_wrong.py").write_text(f"def test_wrong_{place}(): assert 1 == 2\n")
    ended = shared(tmp_path)
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1].startswith("2 failed, 12 passed in ")
    assert {"test_wrong_0", "test_wrong_9"} <= set(re.findall(r"test_wrong_\d", ended.stdout))


def test_a_run_that_dies_leaves_tests_that_did_not_run(tmp_path: Path) -> None:
    files(tmp_path, RAN, 4)
    (tmp_path / "test_a.py").write_text("import os\ndef test_dies(): os._exit(0)\n")
    ended = shared(tmp_path)
    assert ended.returncode == 1
    assert "did not run" in ended.stdout.splitlines()[-1]


def test_one_that_fails_while_it_clears_up_hides_none_that_did_not_run(tmp_path: Path) -> None:
    files(tmp_path, STOPPED_HALF_WAY, 2)
    ended = shared(tmp_path)
    assert ended.returncode not in (0, STOPPED)
    assert ended.stdout.splitlines()[-1].startswith("4 passed, 2 error, 2 did not run in ")


def test_a_file_that_cannot_be_read_fails(tmp_path: Path) -> None:
    files(tmp_path, RAN, 2)
    (tmp_path / "test_a.py").write_text("import no_such_thing\n")
    assert shared(tmp_path).returncode not in (0, STOPPED)


def test_ctrl_c_lets_all_clear_up(tmp_path: Path) -> None:
    made = files(tmp_path, SLOW, 2)
    with subprocess.Popen([*SHARES, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as run:
        wait_for("both to run", lambda: all(path.with_suffix(".up").exists() for path in made))
        os.killpg(run.pid, signal.SIGINT)
        run.communicate(timeout=PROGRAM_S_MAX)
    assert run.returncode == STOPPED
    assert all(path.with_suffix(".down").exists() for path in made)


def test_what_shares_the_demo_stays_together() -> None:
    assert lot_of("tests/browser/test_hub.py") == lot_of("tests/acceptance/test_walk.py") == "demo"
    assert lot_of("tests/hub/test_api.py") == "tests/hub/test_api.py"


def test_no_two_runs_begin_at_the_same_place_and_each_goes_through_everything() -> None:
    names = [str(number) for number in range(10)]
    orders = [from_place(names, place) for place in range(RUNS)]
    assert len({order[0] for order in orders}) == RUNS
    assert all(sorted(order) == names for order in orders)
