"""`make soak`: bad input at every door and stormy evenings of sync, with a line that says how far it is.

One round, or as many as begin within the hours that are given; every round draws other examples. How many is said by
the profile (`tests/support/profile.py`).
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.kernel.clock import HOUR_MS

SUBJECTS = (
    "tests/sync/bad_input",
    "tests/sync/test_stateful_sync.py",
    "tests/journal/test_archive.py",
    "tests/journal/test_bundles.py",
    "tests/verifier/test_spoilt_files.py",
)
ROUND = "TILLHOUSE_SOAK_ROUND"
ROOT = Path(__file__).parents[2]


class Progress:
    """One line on the terminal: which test of how many, and for how long already."""

    def __init__(self, around: int) -> None:
        self._around = around
        self._began_s = time.monotonic()
        self._count = self._done = self._failed = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """So many there are."""
        self._count = len(session.items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """The next one begins."""
        self._done += 1
        self._say(nodeid.rpartition("::")[2])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One failed: its line stays."""
        if report.failed:
            self._failed += 1
            self._write(f"FAILED {report.nodeid}\n{report.longreprtext}\n")

    def _say(self, name: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began_s), 60)
        text = f"round {self._around}: {self._done} of {self._count}, {self._failed} failed, {minutes}:{seconds:02} "
        self._write(f"{text}{name[:60]}")

    @staticmethod
    def _write(text: str) -> None:
        """Over the line that stands there."""
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()


def pytest_configure(config: pytest.Config) -> None:
    """This module is pytest's plugin of each round as well."""
    config.pluginmanager.register(Progress(int(os.environ[ROUND])))


def main(hours: float) -> int:
    """Rounds until the hours are over or one fails; the exit code of the last."""
    ends_s = time.monotonic() + hours * HOUR_MS / 1_000
    order = [sys.executable, "-m", "pytest", "-p", "tests.support.soak", "-s", "-o", "timeout=0"]
    around = 0
    while True:
        around += 1
        code = subprocess.run(
            [*order, *SUBJECTS], cwd=ROOT, env=os.environ | {ROUND: str(around)}, stdout=subprocess.DEVNULL, check=False
        ).returncode
        if code or time.monotonic() >= ends_s:
            sys.stderr.write("\n")
            return code


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0))
