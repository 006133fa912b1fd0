"""Makes `.venv` from the lock files, so that one command gives a working `tillhouse` and a second one costs nothing.

Runs on the machine's own Python, with the standard library only. Every package is checked against its hash.
Progress goes to stderr; what the installers say goes to `.venv/install.log`, whose end is shown when a step fails.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMP = VENV / "install-stamp"
LOG = VENV / "install.log"
LOCK = ROOT / "requirements.lock"
BOOTSTRAP_LOCK = ROOT / "requirements-bootstrap.lock"
LOG_LINES_SHOWN = 25
TICK_S = 0.25


class StepFailed(Exception):
    """A step of the installation ended badly; the log says how."""


def say(text: str, *, end: str = "\n") -> None:
    """One line for whoever waits; stdout stays free for what scripts read."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


def fingerprint() -> str:
    """What the environment was made from: the locks, the project, this script, and where it stands."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (LOCK, BOOTSTRAP_LOCK, ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def step(name: str, *command: str | Path) -> None:
    """Run one command quietly; a terminal sees the seconds go by. StepFailed when it ends badly."""
    began = time.monotonic()
    on_terminal = sys.stderr.isatty()
    say(f"  {name} …", end="" if on_terminal else "\n")
    environment = {
        **os.environ,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    with LOG.open("a") as log:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while child.poll() is None:
            if on_terminal:
                say(f"\r  {name} … {time.monotonic() - began:.0f} s", end="")
            time.sleep(TICK_S if on_terminal else TICK_S / 5)
    if on_terminal:
        say(f"\r  {name} … {time.monotonic() - began:.1f} s")
    if child.returncode:
        raise StepFailed(name)


def make_environment() -> None:
    """The empty `.venv`; one that works already is kept."""
    kept = PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0
    VENV.mkdir(exist_ok=True)
    LOG.write_text("")
    if not kept:
        step("A Python of its own", sys.executable, "-m", "venv", "--clear", VENV)


def get_installer() -> None:
    """The locked uv, brought by pip under its hash."""
    locked = re.search(r"^uv==(\S+)", BOOTSTRAP_LOCK.read_text(), re.MULTILINE)
    assert locked, "requirements-bootstrap.lock names uv"
    if UV.exists():
        answer = subprocess.run([UV, "--version"], check=False, capture_output=True, text=True).stdout.split()
        if answer[1:2] == [locked.group(1)]:
            return
    if subprocess.run([PYTHON, "-m", "pip", "--version"], check=False, capture_output=True).returncode:
        step("pip", PYTHON, "-m", "ensurepip")
    step(
        "The installer", PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", BOOTSTRAP_LOCK
    )


def get_packages() -> None:
    """All packages of the lock; pip is the second way, for machines where only pip knows how to reach packages."""
    try:
        step("Packages from the lock file", UV, "pip", "sync", "--python", PYTHON, "--require-hashes", LOCK)
    except StepFailed:
        say("  uv could not get every package; trying pip, which is slower.")
        if subprocess.run([PYTHON, "-m", "pip", "--version"], check=False, capture_output=True).returncode:
            step("pip", PYTHON, "-m", "ensurepip")
        step("Packages by pip", PYTHON, "-m", "pip", "install", "--no-deps", "--require-hashes", "--requirement", LOCK)


def install() -> None:
    """Everything, in order. The stamp is written last, so that a broken installation is tried again."""
    make_environment()
    STAMP.unlink(missing_ok=True)
    get_installer()
    get_packages()
    step(
        "Tillhouse itself",
        *(
            UV,
            "pip",
            "install",
            "--python",
            PYTHON,
            "--no-deps",
            "--no-build-isolation",
            "--offline",
            "--editable",
            ROOT,
        ),
    )
    STAMP.write_text(fingerprint())


def build_pages() -> None:
    """The static files of the pages; the builder knows by itself whether there is anything to do."""
    step("Fonts, icons and styles of the pages", PYTHON, "-m", "shared.web.build")


def main() -> int:
    """Install when something changed; 0 when `.venv/bin/tillhouse` works."""
    try:
        if not (STAMP.exists() and STAMP.read_text() == fingerprint()):
            say("Installing Tillhouse into .venv:")
            install()
        build_pages()
    except StepFailed as failed:
        say("\n".join(LOG.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]))
        say(f"Tillhouse was not installed: the step “{failed}” failed; the lines above say why. Then: make install")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
