"""`make test`: three runs of pytest side by side that share the files between them, since many tests only wait.

Each run takes the next file that no other has taken; they begin at different places of the list, so none is idle before
the end. Tests that share the one running demo stay together. What the first run prints is shown at once, the others'
words follow at the end. With arguments it is pytest alone.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

import msgspec
import pytest

from tests.support.children import begin, hear_stops, wait_all

FOLDER, PLACE = "TILLHOUSE_SHARES_FOLDER", "TILLHOUSE_SHARE"
RUNS = 3
"""On two cores: half of the time of a run goes by waiting for a database, a process or a page."""
TOGETHER = {"tests/browser": "demo", "tests/acceptance": "demo"}
"""Folders whose tests use one demo; it takes long to start."""


def lot_of(path: str) -> str:
    """What is taken as one: a file, or all that share something."""
    return next((lot for folder, lot in TOGETHER.items() if path.startswith(f"{folder}/")), path)


class Told(msgspec.Struct, frozen=True):
    """What one run came to: outcomes as pytest counts them, and by name the tests that it found and that it ran."""

    outcomes: dict[str, int]
    collected: list[str]
    ran: list[str]


class Share:
    """One of the runs: runs what it takes, and leaves what others have taken."""

    def __init__(self, folder: Path, place: int) -> None:
        self._folder = folder
        self._place = place
        self.told: Counter[str] = Counter()
        self.collected: list[str] = []
        self.ran: list[str] = []

    def take(self, lots: list[str]) -> Iterator[str]:
        """The lots that were still free when their turn came."""
        for lot in lots:
            try:
                (self._folder / lot.replace("/", "+")).mkdir()
            except FileExistsError:
                continue
            yield lot

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run what this one takes; the next test is known before one ends, so that fixtures live as long as needed."""
        lots = lots_of(session.items)
        names = sorted(lots, key=lambda name: name != "demo")
        self.collected = [item.nodeid for item in session.items]
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} files cannot be read")
        mine = (item for name in self.take(from_place(names, self._place)) for item in lots[name])
        item = next(mine, None)
        while item is not None:
            following = next(mine, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count as pytest does: a test that fails while it clears up counts twice, so those that ran go by name."""
        if report.when == "teardown":
            self.ran.append(report.nodeid)
        if report.failed:
            self.told["failed" if report.when == "call" else "error"] += 1
        elif report.skipped or report.when == "call":
            self.told[report.outcome] += 1

    def pytest_sessionfinish(self) -> None:
        """What it came to, for whoever adds up."""
        told = Told(dict(self.told), self.collected, self.ran)
        (self._folder / f"{self._place}.json").write_bytes(msgspec.json.encode(told))


def from_place(names: list[str], place: int) -> list[str]:
    """The list as a run goes through it: the first forwards, the second backwards, every other from within."""
    if place < 2:
        return names[::-1] if place else names
    start = len(names) * (place - 1) // (RUNS - 1)
    return names[start:] + names[:start]


def lots_of(items: list[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """Tests by lot, in the order in which pytest found them."""
    found: dict[str, list[pytest.Item]] = {}
    for lot, members in groupby(items, key=lambda item: lot_of(item.nodeid.partition("::")[0])):
        found.setdefault(lot, []).extend(members)
    return found


def pytest_configure(config: pytest.Config) -> None:
    """This module is the plugin of every run as well."""
    share = Share(Path(os.environ[FOLDER]), int(os.environ[PLACE]))
    config.pluginmanager.register(share)


def run_shares(arguments: list[str]) -> int:
    """All runs; the exit code: 0 when each held and every test ran once."""
    began_s = time.monotonic()
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="tillhouse-shares-")))
        words = [kept.enter_context(tempfile.TemporaryFile()) for _ in range(1, RUNS)]
        outs = (None, *words)
        codes = wait_all(
            [
                begin("tests.support.shares", arguments, told={FOLDER: str(folder), PLACE: str(place)}, into=out)
                for place, out in enumerate(outs)
            ]
        )
        for said in words:
            said.seek(0)
            sys.stdout.write(said.read().decode(errors="replace"))
        runs = [msgspec.json.decode(path.read_bytes(), type=Told) for path in sorted(folder.glob("*.json"))]
    total = sum((Counter(run.outcomes) for run in runs), Counter[str]())
    lost = len({name for run in runs for name in run.collected} - {name for run in runs for name in run.ran})
    parts = [f"{total[outcome]} {outcome}" for outcome in ("failed", "passed", "skipped", "error") if total[outcome]]
    if lost or len(runs) < len(codes):
        parts.append(f"{max(lost, 1)} did not run")
    seconds = int(time.monotonic() - began_s)
    sys.stdout.write(f"{', '.join(parts)} in {seconds}s ({seconds // 60}:{seconds % 60:02}), by {RUNS} runs\n")
    sys.stdout.flush()
    return max(map(abs, codes)) or int(lost > 0 or len(runs) < len(codes))


if __name__ == "__main__":
    hear_stops()
    given = sys.argv[1:]
    if given or (os.cpu_count() or 1) < 2:
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *given])
    sys.exit(run_shares([]))
