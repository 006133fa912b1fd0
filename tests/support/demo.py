"""A real `tillhouse demo` for tests: one for the whole run, and others that a test starts, stops and kills itself.

Every process is ended by its id; the demo's folder and its database are gone at the end.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tests.support.limits import PROGRAM_S_MAX, WAIT_S_MAX

PROGRAM = [sys.executable, "-m", "shared.console.main", "demo"]
PORTS_OF_A_DEMO = 14
START_SECONDS_MAX = 200
STOP_SECONDS_MAX = 90
UNKEPT = httpx.Limits(max_keepalive_connections=0)
"""A connection a request: one that is kept may be closed by its server in the moment it is used again."""
POLL_SECONDS = 0.05
T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T], seconds_max: float = WAIT_S_MAX) -> T:
    """The first true answer of `look`; an assertion that names `what` when none came in time."""
    until = time.monotonic() + seconds_max
    while not (seen := look()):
        assert time.monotonic() < until, f"not within {seconds_max:.0f} s: {what}"
        time.sleep(POLL_SECONDS)
    return seen


class Till:
    """One unit over its HTTP API, with the first seller of the demo's list logged in."""

    def __init__(self, edge: dict[str, Any]) -> None:
        self.edge = edge
        self.seller = next((one for one in edge["staff"] if one["role"] == "seller"), edge["staff"][0])
        self.http = httpx.Client(base_url=edge["url"], trust_env=False, timeout=WAIT_S_MAX, limits=UNKEPT)
        answer = self.http.post("/api/identity/sessions", json={"name": self.seller["name"], "pin": self.seller["pin"]})
        self.http.headers["authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"

    def get(self, path: str, **query: Any) -> Any:
        """The answer's JSON."""
        return self.http.get(path, params=query).raise_for_status().json()

    def event(self, *, training: bool = False) -> dict[str, Any]:
        """The event that sells here, or the standing training event."""
        return next(one for one in self.get("/api/raffle/events") if one["training"] is training)

    def offer(self, *, tickets: int = 10, training: bool = False, **more: Any) -> dict[str, Any]:
        """An order for one package, as the API takes it."""
        event = self.event(training=training)
        package = next(one for one in event["packages"] if one["ticket_count"] == tickets)
        names = {"event_id": event["event_id"], "package_id": package["package_id"], "tender": "cash"}
        return {"command_id": str(uuid.uuid4()), **names, **more}

    def sell(self, *, tickets: int = 10, training: bool = False, **more: Any) -> dict[str, Any]:
        """One sale."""
        sent = self.http.post("/api/raffle/sales", json=self.offer(tickets=tickets, training=training, **more))
        sale: dict[str, Any] = sent.json()
        assert sent.status_code == 201, sale
        return sale

    def sell_many(self, count: int) -> None:
        """Several sales of the same package."""
        order = self.offer()
        for _ in range(count):
            order["command_id"] = str(uuid.uuid4())
            self.http.post("/api/raffle/sales", json=order).raise_for_status()

    def sold_minor(self, *, training: bool = False) -> int:
        """What this unit sold of the event, in minor units."""
        event_id = self.event(training=training)["event_id"]
        totals = self.get("/api/raffle/totals")
        return sum(int(one["amount"]["minor"]) for one in totals if one["event_id"] == event_id)

    def waiting(self) -> int:
        """Entries that the hub has not confirmed."""
        return int(self.get("/api/sync/status")["waiting"])

    def connected(self, connected: bool) -> None:
        """Cut this unit's line, or bring it back and wait until the unit has noticed and nothing waits."""
        wish = {"connected": connected}
        httpx.post(self.edge["line"], json=wish, trust_env=False, timeout=WAIT_S_MAX).raise_for_status()
        self.wait_line(connected)
        if connected:
            wait_for(f"nothing waits at {self.edge['name']}", lambda: self.waiting() == 0)

    def wait_line(self, connected: bool) -> None:
        """Until the unit knows how its line is."""
        words = f"line {'up' if connected else 'cut'} at {self.edge['name']}"
        wait_for(words, lambda: self.get("/api/sync/status")["connected"] is connected)

    def wait_printed(self) -> None:
        """Until every ticket is on paper."""
        wait_for("all tickets on paper", lambda: self.get("/api/devices/printer")["unprinted"] == 0)

    def trouble(self, word: str) -> None:
        """Give the virtual printer a trouble; an empty word repairs it."""
        self.http.post("/api/devices/virtual-printer/trouble", json={"trouble": word}).raise_for_status()

    def slips(self) -> list[dict[str, Any]]:
        """The virtual printer's paper."""
        slips: list[dict[str, Any]] = self.get("/api/devices/virtual-printer")["slips"]
        return slips


class RunningDemo:
    """One demo process and what it said."""

    def __init__(self, folder: Path, base_port: int) -> None:
        self.folder = folder
        self.base_port = base_port
        self.page = f"http://127.0.0.1:{base_port}"
        self.process = self._start()
        self.said: dict[str, Any] = {}
        self._tills: dict[str, Till] = {}

    def _start(self) -> "subprocess.Popen[str]":
        arguments = ["--folder", str(self.folder), "--base-port", str(self.base_port), "--json"]
        with Path(f"{self.folder}.words").open("ab") as words:
            return subprocess.Popen(
                [*PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=words,
                text=True,
                start_new_session=True,
            )

    def wait_up(self) -> "RunningDemo":
        """Until the one line of JSON is there; it is read on the side, so that waiting has an end."""
        assert self.process.stdout is not None
        lines: list[str] = []
        reader = threading.Thread(target=lambda out: lines.append(out.readline()), args=[self.process.stdout])
        reader.start()
        reader.join(START_SECONDS_MAX)
        words = Path(f"{self.folder}.words").read_text(errors="replace")[-600:]
        assert "".join(lines).startswith("{"), f"the demo did not come up: {words}"
        self.said = json.loads(lines[0])
        return self

    def edge(self, name: str) -> dict[str, Any]:
        """An edge by its name's end: "counter", "07", "12"."""
        found: dict[str, Any] = next(one for one in self.said["edges"] if one["name"].endswith(name))
        return found

    def till(self, name: str) -> Till:
        """That edge over its API, logged in."""
        if name not in self._tills:
            self._tills[name] = Till(self.edge(name))
        return self._tills[name]

    def tills(self) -> list[Till]:
        """Every edge."""
        return [self.till(name) for name in ("counter", "07", "12")]

    def hub(self, path: str, **query: Any) -> Any:
        """An answer of the hub's API to the demo's admin."""
        with httpx.Client(base_url=self.said["hub"]["url"], trust_env=False, timeout=WAIT_S_MAX) as client:
            token = client.post("/api/staff_access/sessions", json=self.said["hub"]["admin"]).json()["token"]
            asked = client.get(path, params=query, headers={"authorization": f"Bearer {token}"})
            return asked.raise_for_status().json()

    def hub_minor(self, *, training: bool = False) -> int:
        """What the hub counts of the event, in minor units."""
        event_id = self.till("07").event(training=training)["event_id"]
        events = self.hub("/api/raffle/totals")["events"]
        return sum(int(one["amount_minor"]) for one in events if one["event_id"] == event_id)

    def edges_minor(self, *, training: bool = False) -> int:
        """The sum of what the edges sold of the event."""
        return sum(till.sold_minor(training=training) for till in self.tills())

    def family(self) -> list[int]:
        """The ids of the demo's process and of all below it, database included."""
        parents = _parents()
        family = [self.process.pid]
        for pid in family:
            family.extend(child for child, parent in parents.items() if parent == pid)
        return family

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit code."""
        for till in self._tills.values():
            till.http.close()
        self._tills.clear()
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            code = self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        return code


def _parents() -> dict[int, int]:
    """Parent by process id, as the system tells now."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}


def still_there(pids: list[int]) -> list[int]:
    """Those of the processes that have not ended (a zombie has)."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    alive = {int(pid) for pid, state in (line.split() for line in listed.splitlines()) if not state.startswith("Z")}
    return [pid for pid in pids if pid in alive]


def free_base_port() -> int:
    """The first of enough free ports in a row, below those that the system hands out."""
    start = 20_000 + os.getpid() % 400 * 20
    bases = range(start, 32_000 - PORTS_OF_A_DEMO, PORTS_OF_A_DEMO)
    return next(base for base in bases if all(_is_free(base + place) for place in range(PORTS_OF_A_DEMO)))


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def remove(folder: Path) -> None:
    """Throw a stopped demo's state away, its database with it."""
    reset = [*PROGRAM, "--folder", str(folder), "--reset"]
    subprocess.run(reset, capture_output=True, timeout=PROGRAM_S_MAX, check=False)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def demo() -> Iterator[RunningDemo]:
    """The run's demo, started when the first test asks."""
    with tempfile.TemporaryDirectory(prefix="tillhouse-demo-") as name:
        running = RunningDemo(Path(name) / "state", free_base_port())
        try:
            yield running.wait_up()
        finally:
            running.end()
            remove(running.folder)
