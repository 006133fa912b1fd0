"""The processes behind the embedded Postgres: `initdb`, the server's start and end, and why it did not start."""

import contextlib
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from hub.runtime.postgres_binaries import Binaries
from hub.runtime.postgres_faults import DidNotStart, DidNotStop, DiskFull, PortTaken
from hub.runtime.postgres_place import Place

SUPERUSER = "postgres"
STOP_SECONDS_MAX = 30
POLL_SECONDS = 0.02
LOG_TAIL_BYTES = 8_192


def make_database(place: Place, binaries: Binaries) -> None:
    """`initdb` beside the final place, then renamed: a start that was cut off leaves no half database."""
    shutil.rmtree(place.unfinished, ignore_errors=True)
    place.unfinished.mkdir(mode=0o700)
    place.password_file.unlink(missing_ok=True)
    place.password_file.touch(mode=0o600, exist_ok=False)
    place.password_file.write_text(secrets.token_urlsafe(32))
    place.account.own(place.unfinished)
    place.account.own(place.password_file)
    # The built-in order of code points outlives upgrades of the system's libraries; 15 and 16 have no such thing.
    builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    locale = builtin if binaries.major >= 17 else ["--locale=C.UTF-8", "--lc-messages=C"]
    words = ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", f"--username={SUPERUSER}", *locale]
    answer = place.account.run(binaries.initdb, *words, f"--pwfile={place.password_file}", "-D", place.unfinished)
    if answer.returncode != 0:
        place.log.write_text(answer.stdout)
        raise why(place, port=0)
    place.unfinished.rename(place.data)


def stop_orphan(place: Place) -> None:
    """Stop a server that outlived its hub; forget a pid file whose process is gone or is another program now."""
    pid_file = place.data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = pid_file.read_text().split("\n", 1)[0].strip()
    if pid.isdigit() and _serves(place, pid):
        place.account.run("/bin/sh", "-c", 'kill -INT "$1"', "sh", pid)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while _serves(place, pid):
            if time.monotonic() > deadline:
                raise DidNotStop(pid=pid, seconds=STOP_SECONDS_MAX)
            time.sleep(POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown of our own server; the quick one when it takes too long."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise DidNotStop(pid=process.pid, seconds=2 * STOP_SECONDS_MAX) from None


def _serves(place: Place, pid: str) -> bool:
    """Whether process `pid` lives and is the server of this place; a pid may have been given to another program."""
    try:
        command = Path("/proc", pid, "cmdline").read_text().replace("\0", " ")
    except OSError:
        if Path("/proc/self").exists():
            return False
        command = place.account.run("ps", "-ww", "-o", "command=", "-p", pid).stdout
    return f"-D {place.data} " in command


def is_ready(place: Place, pid: int) -> bool:
    """The server writes its state into the eighth line of its pid file once it takes logins."""
    with contextlib.suppress(OSError):
        lines = (place.data / "postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def why(place: Place, port: int) -> DiskFull | PortTaken | DidNotStart:
    """Read the reason from the end of the server's log."""
    told = place.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
    if "No space left on device" in told or "Disk quota exceeded" in told:
        return DiskFull(folder=place.folder)
    if port and ("could not bind" in told or "Address already in use" in told):
        return PortTaken(port=port)
    lines = [line for line in told.splitlines() if "FATAL" in line or "error:" in line] or told.splitlines() or ["?"]
    return DidNotStart(reason=lines[-1].strip().rstrip("."), log=place.log)
