"""`make soak`: bad input at every door, stormy evenings of sync and of the simulator, with a line that says how far.

A test that is long says on that line how far it is itself (`progress_of`).

One long round, or as many short ones as begin within the hours that are given; every round draws other examples. How
many is said by the profile (`tests/support/profile.py`). The last line says how it ended, and so does the exit code:
0 held, 1 failed, 130 stopped by Ctrl-C, which lets the round take its database down first.
"""

import os
import subprocess
import sys
import threading
import time

import pytest

from shared.kernel.clock import HOUR_MS
from tests.support.children import STOPPED, begin, hear_stops, wait_all
from tests.support.profile import EVENINGS, EXAMPLES, NIGHTS, PROFILE

SUBJECTS = (
    "tests/sync/bad_input",
    "tests/sync/test_stateful_sync.py",
    "tests/simulation/test_simulation.py",
    "tests/journal/test_archive.py",
    "tests/journal/test_bundles.py",
    "tests/verifier/test_spoilt_files.py",
    "tests/discovery/between_namespaces.py",
)
ROUND = "TILLHOUSE_SOAK_ROUND"
TICK_S = 1.0
FAILURE_LETTERS_MAX = 6_000
LETTERS_MAX = 60
"""Of a test's name and part; more would not fit on a line, and could not be written over."""
NAME = "soak-progress"


def spent(seconds: float) -> str:
    """Hours, minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


class Progress:
    """One line on the terminal, written anew every second; a file gets a line for each test and each of its parts."""

    def __init__(self, around: int) -> None:
        self._around = around
        self._began_s = self._test_s = time.monotonic()
        self._count = self._begun = self._ended = self._failed = 0
        self._name = self._part = ""
        self._over = threading.Event()
        self._live = sys.stderr.isatty()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """So many there are."""
        self._count = len(session.items)
        if self._live:
            threading.Thread(target=self._tick, daemon=True).start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """The next one begins."""
        self._begun += 1
        self._name, self._part, self._test_s = nodeid.rpartition("::")[2], "", time.monotonic()
        self._say()

    def part(self, text: str) -> None:
        """How far the test is that runs now."""
        self._part = text
        self._say()

    def note(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{text}\n")

    def pytest_runtest_logfinish(self) -> None:
        """It ended."""
        self._ended += 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One failed: its line stays, with the example that did it."""
        if report.failed:
            self._fails(report.nodeid, report.longreprtext)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot even be read."""
        if report.failed:
            self._fails(report.nodeid, report.longreprtext)

    def pytest_internalerror(self, excrepr: object) -> None:
        """pytest itself fell over."""
        self._fails("pytest", str(excrepr))

    def pytest_sessionfinish(self) -> None:
        """What the round came to."""
        self._over.set()
        took = spent(time.monotonic() - self._began_s)
        self._write(
            f"round {self._around}: {self._ended} of {self._count} tests ended, {self._failed} failed, {took}\n"
        )

    def _fails(self, name: str, text: str) -> None:
        self._failed += 1
        self._write(f"FAILED {name}\n{text[-FAILURE_LETTERS_MAX:]}\n")

    def _tick(self) -> None:
        while not self._over.wait(TICK_S):
            self._say()

    def _say(self) -> None:
        now_s = time.monotonic()
        times = f"{spent(now_s - self._began_s)}, this one {spent(now_s - self._test_s)}"
        where = (f"{self._part}, {self._name}" if self._part else self._name)[:LETTERS_MAX]
        text = f"round {self._around}: {self._begun} of {self._count}, {self._failed} failed, {times} {where}"
        self._write(text if self._live else f"{text}\n")

    def _write(self, text: str) -> None:
        """Over the line that stands there."""
        sys.stderr.write(f"\r\x1b[2K{text}" if self._live else text)
        sys.stderr.flush()


def pytest_configure(config: pytest.Config) -> None:
    """This module is pytest's plugin of each round as well."""
    config.pluginmanager.register(Progress(int(os.environ[ROUND])), NAME)


def progress_of(config: pytest.Config) -> Progress | None:
    """Where a long test says how far it is; None outside `make soak`."""
    found = config.pluginmanager.get_plugin(NAME)
    return found if isinstance(found, Progress) else None


def run_round(around: int, subjects: list[str]) -> int:
    """One round in a process of its own; its exit code."""
    arguments = ["-s", "-o", "timeout=0", *subjects]
    [code] = wait_all([begin("tests.support.soak", arguments, told={ROUND: str(around)}, into=subprocess.DEVNULL)])
    return code


def main(hours: float, subjects: list[str]) -> int:
    """Rounds until the hours are over or one does not hold; the exit code of the last."""
    began_s, around, code = time.monotonic(), 0, 0
    while not around or (code == 0 and time.monotonic() < began_s + hours * HOUR_MS / 1_000):
        around += 1
        code = run_round(around, subjects)
    ended = {0: "held", STOPPED: "stopped before its end; what ran so far stands above"}.get(code, "FAILED; see above")
    size = f"{EXAMPLES[PROFILE]:,} examples of each, {NIGHTS[PROFILE]} and {EVENINGS[PROFILE]} evenings a round"
    sys.stderr.write(f"soak: {around} round(s), {size}, {spent(time.monotonic() - began_s)}: {ended}\n")
    return code


if __name__ == "__main__":
    hear_stops()
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0, sys.argv[2:] or list(SUBJECTS)))
