"""A whole 50/50 night by itself, small: it ties, its one line says how, the verifier agrees, and no process is left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

TILLHOUSE = [sys.executable, "-m", "shared.console.main"]
SCRIPT = [*TILLHOUSE, "demo", "--script", "halftime"]
SMALL = ["--orders", "120", "--rsus", "3"]
KEYS = {
    *("orders", "voided_orders", "numbers_leased", "numbers_sold", "numbers_void", "numbers_unsold"),
    *("numbers_quarantined", "numbers_disputed", "edge_total_minor", "hub_total_minor", "lost", "duplicate"),
    *("open_cases", "journals", "hub_key", "seconds"),
}
CLASSES = ("sold", "void", "unsold", "quarantined", "disputed")
RUN_S_MAX = 400
WAIT_S_MAX = 60


def played(folder: Path, *options: str) -> dict[str, Any]:
    """One run in this folder; what its last line says."""
    ended = subprocess.run(
        [*SCRIPT, "--folder", str(folder), *SMALL, *options],
        capture_output=True,
        text=True,
        timeout=RUN_S_MAX,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2_000:]
    said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return said


def forget(folder: Path) -> None:
    """The run's database goes with its hub."""
    subprocess.run([*TILLHOUSE, "hub", "forget", "--folder", str(folder / "hub"), "--yes"], timeout=60, check=True)


def verified(said: dict[str, Any]) -> dict[str, Any]:
    """What the verifier prints of the run's journals."""
    asked = [*TILLHOUSE, "verify", "journal", "--json", "--hub-key", said["hub_key"], *said["journals"]]
    ended = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout
    totals: dict[str, Any] = json.loads(ended.stdout)
    return totals


def running_on(folder: Path) -> list[int]:
    """Processes that were started for this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in line and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


@pytest.mark.timeout(RUN_S_MAX + 60)
def test_a_night_with_a_cut_line_and_two_dead_handhelds_ties(tmp_path: Path) -> None:
    folder = tmp_path / "night"
    said = played(folder, "--seed", "1")
    try:
        assert set(said) == KEYS
        assert (said["orders"], said["voided_orders"], said["lost"], said["duplicate"]) == (120, 1, 0, 0)
        assert said["edge_total_minor"] == said["hub_total_minor"] > 0
        assert sum(said[f"numbers_{name}"] for name in CLASSES) == said["numbers_leased"]
        assert (said["numbers_disputed"], said["numbers_quarantined"], said["open_cases"]) == (0, 0, 0)
        assert len(said["journals"]) == 4
        totals = verified(said)
        for name in ("orders", "voided_orders", "numbers_leased", "numbers_sold", "numbers_void", "numbers_unsold"):
            assert totals[name] == said[name], name
        assert totals["USD_minor"] == said["edge_total_minor"]
        assert running_on(folder) == []
    finally:
        forget(folder)


@pytest.mark.timeout(RUN_S_MAX + 60)
def test_a_restored_backup_and_a_cloned_card_end_in_two_cases_and_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "night"
    said = played(folder, "--seed", "3", "--fork")
    try:
        assert (said["orders"], said["lost"], said["duplicate"], said["open_cases"]) == (120, 0, 0, 2)
        assert said["edge_total_minor"] == said["hub_total_minor"]
        assert said["numbers_disputed"] > 0
        assert said["numbers_quarantined"] > 0
        assert sum(said[f"numbers_{name}"] for name in CLASSES) == said["numbers_leased"]
        assert {Path(file).stem for file in said["journals"]} >= {"rsu-04-before-restore", "rsu-04", "rsu-05-clone"}
        totals = verified(said)
        assert totals["numbers_disputed"] == said["numbers_disputed"]
        assert totals["numbers_unsold"] == said["numbers_unsold"] + said["numbers_quarantined"]
    finally:
        forget(folder)


@pytest.mark.timeout(WAIT_S_MAX * 4)
def test_a_night_that_is_stopped_half_way_leaves_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "night"
    asked = [*SCRIPT, "--folder", str(folder), *SMALL]
    run = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + WAIT_S_MAX
    while not (folder / "counter" / "edge.db").exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert len(running_on(folder)) > 2
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=WAIT_S_MAX)
    try:
        assert (run.returncode, out) == (130, "")
        assert "Traceback" not in err
        assert running_on(folder) == []
    finally:
        forget(folder)


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{}")
    asked = [*SCRIPT, "--folder", str(tmp_path), *SMALL]
    ended = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "is not empty" in ended.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["demo.json"]
