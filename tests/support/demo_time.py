"""`make demo-time`: how long a new user waits, from a clone of HEAD to the first ticket sold over the API.

Clones to a temporary folder, runs `make demo` there, sells once on the first handheld, stops everything and starts it
again, prints the seconds, stops everything it started and removes the folder. `--json` ends with one JSON line.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.walk_api import sell_once

ROOT = Path(__file__).resolve().parents[2]
BASE_PORT = 47_100
START_SECONDS_MAX = 600
STOP_SECONDS_MAX = 30


class NoDemo(Exception):
    """The demo did not come up; the text is one sentence."""


@contextmanager
def running_demo(house: Path, state: Path, base_port: int) -> Iterator[dict[str, Any]]:
    """`make demo` of a house, as its line of JSON; all of its processes are stopped afterwards."""
    arguments = f"--folder {state} --base-port {base_port} --json"
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "VIRTUAL_ENV"}
    }
    child = subprocess.Popen(
        ["make", "demo", f"ARGS={arguments}"],
        cwd=house,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield _first_json(child)
    finally:
        _stop(child)


def _first_json(child: "subprocess.Popen[str]") -> dict[str, Any]:
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("{"):
            answer: dict[str, Any] = json.loads(line)
            return answer
    raise NoDemo("The demo ended before it was up; what it said stands above.")


def _stop(child: "subprocess.Popen[str]") -> None:
    """Ask the whole session to end, then insist."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, sign)
            child.wait(timeout=STOP_SECONDS_MAX)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return


def measure(folder: Path) -> list[tuple[str, float]]:
    """The steps of a new user with the seconds since the beginning."""
    began = time.monotonic()
    steps: list[tuple[str, float]] = []
    house = folder / "tillhouse"
    subprocess.run(
        ["git", "clone", "--quiet", "--no-local", str(ROOT), str(house)], check=True, stdin=subprocess.DEVNULL
    )
    steps.append(("cloned", time.monotonic() - began))
    with running_demo(house, folder / "state", BASE_PORT) as demo:
        steps.append(("installed, and hub and edges up", time.monotonic() - began))
        numbers = sell_once(demo)
        steps.append((f"first sale, numbers {numbers}", time.monotonic() - began))
    again = time.monotonic()
    with running_demo(house, folder / "state", BASE_PORT):
        steps.append(("started again: hub and edges up, by itself", time.monotonic() - again))
    return steps


def main() -> int:
    """Print the seconds; 0 when a ticket was sold."""
    with tempfile.TemporaryDirectory(prefix="tillhouse-demo-time-") as name:
        try:
            steps = measure(Path(name))
        except (NoDemo, subprocess.CalledProcessError, httpx.HTTPError) as fault:
            sys.stderr.write(f"No time to tell: {fault}\n")
            return 1
    sys.stdout.writelines(f"{seconds:7.1f} s  {what}\n" for what, seconds in steps)
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({f"{what} (s)": round(seconds, 1) for what, seconds in steps}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
