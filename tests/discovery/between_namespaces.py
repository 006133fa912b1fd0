"""A hub and a unit on two hosts, each a network namespace with its own addresses, hear each other over a cable.

It needs the right to make namespaces, which not every machine gives, so it is no part of `make test`: there the same is
shown on loopback. `make soak` runs it, or `python -m pytest tests/discovery/between_namespaces.py`; where the machine
does not allow it, it fails and says so.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parents[2]
HUB, UNIT = "10.211.0.1", "10.211.0.2"
LINES_MAX = 40
"""Looks of some two seconds each."""


class Hosts:
    """Two namespaces with a cable between them."""

    def __init__(self) -> None:
        mark = uuid4().hex[:6]
        self.names = f"tillhouse-a-{mark}", f"tillhouse-b-{mark}"
        self._ends = f"tha{mark}", f"thb{mark}"

    @contextmanager
    def made(self) -> Iterator[None]:
        """As long as the block runs."""
        with ExitStack() as stack:
            for name in self.names:
                ip("netns", "add", name)
                stack.callback(ip, "netns", "delete", name)
            first, second = self._ends
            ip("link", "add", first, "type", "veth", "peer", "name", second)
            for name, end, address in zip(self.names, self._ends, (HUB, UNIT), strict=True):
                ip("link", "set", end, "netns", name)
                ip("-n", name, "address", "add", f"{address}/24", "dev", end)
                ip("-n", name, "link", "set", end, "up")
                ip("-n", name, "link", "set", "lo", "up")
            yield

    def unplug(self) -> None:
        """The cable is out."""
        ip("-n", self.names[0], "link", "set", self._ends[0], "down")


def ip(*words: str) -> None:
    """The machine's `ip`; one clear sentence where it is missing or not allowed."""
    try:
        done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True, timeout=30)
    except FileNotFoundError as missing:
        raise AssertionError("`ip` is missing here (package iproute2); two namespaces cannot be made") from missing
    said = f"this machine does not allow `ip {' '.join(words)}`: {done.stderr.strip()}; run it as root on Linux"
    assert done.returncode == 0, said


@contextmanager
def side(host: str, kind: str, address: str) -> Iterator[Iterator[str]]:
    """A process on one host, and the lines of what it sees."""
    order = ["ip", "netns", "exec", host, sys.executable, "-m", "tests.discovery.side", kind, address, str(uuid4())]
    child = subprocess.Popen(order, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    watchdog = threading.Timer(120, child.kill)
    watchdog.start()
    try:
        assert child.stdout is not None
        yield iter(child.stdout)
    finally:
        watchdog.cancel()
        child.terminate()
        child.communicate()


def wait_for(lines: Iterator[str], wanted: str) -> None:
    """Until a line says it."""
    seen = []
    for line in islice(lines, LINES_MAX):
        seen.append(line)
        if wanted in line.split():
            return
    raise AssertionError(f"{wanted} never came: {seen}")


def test_a_hub_and_a_unit_on_two_hosts_hear_each_other_and_lose_each_other_with_the_cable() -> None:
    hosts = Hosts()
    with hosts.made(), side(hosts.names[0], "hub", HUB) as at_hub, side(hosts.names[1], "unit", UNIT) as at_unit:
        wait_for(at_unit, f"hub=https://{HUB}:8400")
        wait_for(at_hub, f"edge={UNIT}:8440")
    with hosts.made():
        hosts.unplug()
        with side(hosts.names[0], "hub", HUB) as at_hub, side(hosts.names[1], "unit", UNIT) as at_unit:
            for lines, other in ((at_unit, f"hub=https://{HUB}:8400"), (at_hub, f"edge={UNIT}:8440")):
                heard = [next(lines), next(lines)]
                assert not any(other in line for line in heard), heard
