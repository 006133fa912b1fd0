"""One folder has one demo, what ends by itself is started again, and a reset removes the demo's own files alone."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from shared.demo.console import only_one
from shared.demo.faults import DemoRuns
from shared.demo.processes import RESTARTS_MAX, Children

PROGRAM = [sys.executable, "-m", "shared.console.main", "demo"]


def test_a_second_demo_on_a_folder_is_refused_before_it_stops_anything(tmp_path: Path) -> None:
    with only_one(tmp_path):
        again = subprocess.run([*PROGRAM, "--folder", str(tmp_path)], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "A demo runs on" in again.stderr


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(DemoRuns), only_one(tmp_path):
        raise AssertionError("two demos held one folder")
    with only_one(tmp_path):
        assert (tmp_path / "lock").exists()


def test_what_ends_by_itself_is_started_again_a_few_times_and_said(tmp_path: Path) -> None:
    said: list[str] = []

    async def run() -> None:
        heard = asyncio.Event()

        def say(words: str) -> None:
            said.append(words)
            heard.set()

        children = Children(tmp_path)
        await children.start("short", "--version")
        watching = asyncio.create_task(children.watch(say))
        async with asyncio.timeout(60):
            await heard.wait()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await children.stop(last="short")

    asyncio.run(run())
    assert 1 <= len(said) <= RESTARTS_MAX
    assert said[0].startswith("short ended by itself and is started again.")


def test_a_reset_of_a_folder_that_is_no_demo_removes_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "letter.txt").write_text("mine")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "letter.txt").write_text("mine")
    done = subprocess.run([*PROGRAM, "--folder", str(tmp_path), "--reset"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.txt"))
    assert left == ["hub/letter.txt", "logs/letter.txt"]
