"""The long run says how far it is and how it ended, and Ctrl-C lets it clear up behind itself."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.support.children import STOPPED
from tests.support.demo import wait_for
from tests.support.soak import SUBJECTS

SOAK = [sys.executable, "-m", "tests.support.soak", "0"]
SLOW = """
import pathlib, time
import pytest

HERE = pathlib.Path(__file__).parent

@pytest.fixture
def database():
    yield
    (HERE / "down").touch()

def test_the_long_one(database):
    (HERE / "up").touch()
    time.sleep(60)
"""

EVENINGS = """
from tests.support.soak import progress_of

def test_evenings(request):
    progress = progress_of(request.config)
    progress.note("2 evenings, seeds 7 to 8")
    for place in (1, 2):
        progress.part(f"evening {place} of 2, seed {6 + place}")
"""


def soaked(folder: Path, text: str) -> "subprocess.CompletedProcess[str]":
    """A run over one small file."""
    path = folder / "test_small.py"
    path.write_text(text)
    return subprocess.run([*SOAK, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_run_that_held_says_so(tmp_path: Path) -> None:
    ended = soaked(tmp_path, "def test_one(): pass\ndef test_two(): pass\n")
    lines = ended.stderr.splitlines()
    assert ended.returncode == 0
    assert [line.partition(",")[0] for line in lines[:2]] == ["round 1: 1 of 2", "round 1: 2 of 2"]
    assert lines[0].endswith("test_one")
    assert lines[2].startswith("round 1: 2 of 2 tests ended, 0 failed")
    assert lines[-1].endswith(": held")


def test_a_long_test_says_how_far_it_is_and_what_would_play_it_again(tmp_path: Path) -> None:
    ended = soaked(tmp_path, EVENINGS)
    lines = ended.stderr.splitlines()
    assert ended.returncode == 0
    assert lines[1] == "2 evenings, seeds 7 to 8"
    assert [line.partition(" this one ")[2].split(maxsplit=1)[1] for line in lines[2:4]] == [
        "evening 1 of 2, seed 7, test_evenings",
        "evening 2 of 2, seed 8, test_evenings",
    ]


def test_a_run_that_failed_names_the_test_and_ends_with_one(tmp_path: Path) -> None:
    ended = soaked(tmp_path, "def test_one(): assert 1 == 2\n")
    assert ended.returncode == 1
    assert "FAILED" in ended.stderr.splitlines()[-1]
    assert "test_small.py::test_one" in ended.stderr
    assert "assert 1 == 2" in ended.stderr


def test_a_file_that_cannot_be_read_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    ended = soaked(tmp_path, "import no_such_thing\n")
    assert ended.returncode != 0
    assert "no_such_thing" in ended.stderr


def test_ctrl_c_ends_it_once_everything_is_down(tmp_path: Path) -> None:
    path = tmp_path / "test_small.py"
    path.write_text(SLOW)
    with subprocess.Popen(
        [*SOAK, str(path)], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        wait_for("the test to run", (tmp_path / "up").exists)
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=30)
    assert run.returncode == STOPPED
    assert (tmp_path / "down").exists()
    assert "stopped before its end" in said.splitlines()[-1]
    assert "Traceback" not in said


def test_every_subject_of_it_is_there() -> None:
    assert not [subject for subject in SUBJECTS if not (ROOT / subject).exists()]
