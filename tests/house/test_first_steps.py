"""What a new user meets first: a machine that lacks something is told so in one sentence, before anything else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.support.chromium import VARIABLE, ChromiumMissing, found

NEEDS = ROOT / "packaging" / "needs.sh"


def _program(folder: Path, name: str, code: int) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return path


def _needs(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["/bin/sh", NEEDS], env={"PATH": str(folder)}, capture_output=True, text=True, check=False)


def test_a_machine_without_python_and_git_is_told_both_in_one_sentence(tmp_path: Path) -> None:
    answer = _needs(tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "lacks Python 3.11" in answer.stderr
    assert "and git" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_python_without_its_venv_module_is_not_taken(tmp_path: Path) -> None:
    _program(tmp_path, "git", 0)
    _program(tmp_path, "python3", 1)
    assert "venv module" in _needs(tmp_path).stderr
    _program(tmp_path, "python3.12", 0)
    assert _needs(tmp_path).stdout == "python3.12\n"


def test_the_python_of_these_tests_is_one_that_may_install(tmp_path: Path) -> None:
    _program(tmp_path, "git", 0)
    (tmp_path / "python3").symlink_to(sys.executable)
    assert _needs(tmp_path).stdout == "python3\n"


def test_a_browser_that_does_not_start_is_not_taken(tmp_path: Path) -> None:
    _program(tmp_path, "chromium", 1)
    works = _program(tmp_path, "google-chrome", 0)
    assert found({"PATH": str(tmp_path)}, names=("chromium", "google-chrome")) == works


def test_a_browser_named_by_hand_is_used_or_its_fault_is_said(tmp_path: Path) -> None:
    assert found({VARIABLE: str(works := _program(tmp_path, "own", 0))}) == works
    with pytest.raises(ChromiumMissing, match="which does not run"):
        found({VARIABLE: str(tmp_path / "none")})
