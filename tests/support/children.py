"""Runs of pytest as processes of their own: they are stopped once, gently, so that each takes its database down."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
STOPPED = 130
"""What a shell says of a program that Ctrl-C ended."""
SIGNS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Child = subprocess.Popen[bytes]


def begin(plugin: str, arguments: list[str], *, told: dict[str, str], into: IO[bytes] | int | None) -> Child:
    """pytest with a plugin, in a session of its own: Ctrl-C comes to it from here, and never to its database first."""
    order = [sys.executable, "-m", "pytest", "-p", plugin, *arguments]
    return subprocess.Popen(order, cwd=ROOT, env=os.environ | told, stdout=into, start_new_session=True)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def hear_stops() -> None:
    """Whoever stops this process stops it by KeyboardInterrupt; under nohup it runs on."""
    for sign in SIGNS:
        if sign != signal.SIGHUP or signal.getsignal(sign) != signal.SIG_IGN:
            signal.signal(sign, _stop)


def wait_all(children: list[Child]) -> list[int]:
    """Their exit codes, once all have ended; STOPPED for each where somebody stopped them."""
    try:
        return [child.wait() for child in children]
    except KeyboardInterrupt:
        for sign in SIGNS:
            signal.signal(sign, signal.SIG_IGN)
        for child in children:
            child.send_signal(signal.SIGINT)
        for child in children:
            child.wait()
        return [STOPPED for _ in children]
