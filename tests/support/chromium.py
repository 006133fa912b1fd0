"""Finds the real browser for browser tests, and installs it where the machine allows; never a silent skip.

`make test` runs this module before the tests; the browser fixture calls `chromium()` and gets the same sentence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

VARIABLE = "TILLHOUSE_CHROMIUM"
NAMES = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser", "chrome", "microsoft-edge")
PLACES = (
    Path("/usr/lib/chromium/chromium"),
    Path("/opt/google/chrome/chrome"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
APT_SECONDS_MAX = 600
ANSWER_SECONDS_MAX = 30


class ChromiumMissing(Exception):
    """No browser here, and none could be installed; the text says what to do."""


def chromium() -> Path:
    """The browser's program; ChromiumMissing with one sentence when there is none and none can be installed."""
    return found() or installed()


def found(environ: Mapping[str, str] = os.environ, names: Sequence[str] = NAMES) -> Path | None:
    """A Chromium or Chrome of this machine that really answers; `TILLHOUSE_CHROMIUM` names one by hand."""
    if named := environ.get(VARIABLE):
        if _answers(Path(named)):
            return Path(named)
        raise ChromiumMissing(
            f"{VARIABLE} names {named}, which does not run; name a Chromium or Chrome there, or unset it."
        )
    on_path = (Path(where) for name in names if (where := shutil.which(name, path=environ.get("PATH"))))
    return next((path for path in (*on_path, *PLACES) if _answers(path)), None)


def installed() -> Path:
    """Install Chromium by apt-get, as root or with a sudo that asks for no password."""
    advice = f"Install Chromium or Chrome, or name one in {VARIABLE}; then run make test again."
    if not shutil.which("apt-get"):
        raise ChromiumMissing(f"The browser tests need Chromium, and this machine has no apt-get to bring it. {advice}")
    prefix = _becoming_root()
    if prefix is None:
        raise ChromiumMissing(f"The browser tests need Chromium, and only root may install it here. {advice}")
    sys.stderr.write("Installing Chromium for the browser tests by apt-get …\n")
    done = _apt(prefix, "update") and _apt(prefix, "install", "-y", "--no-install-recommends", "chromium")
    browser = found() if done else None
    if not browser:
        raise ChromiumMissing(f"The browser tests need Chromium, and apt-get could not install it. {advice}")
    return browser


def _becoming_root() -> list[str] | None:
    """What stands before a command to run it as root; None when that is not allowed here."""
    if os.geteuid() == 0:
        return []
    may = (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    )
    return ["sudo", "-n"] if may else None


def _apt(prefix: list[str], *arguments: str) -> bool:
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", *arguments]
    try:
        ended = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=APT_SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def _answers(program: Path) -> bool:
    """Whether the program starts: a snap's stand-in or a broken link is no browser."""
    if not (program.is_file() and os.access(program, os.X_OK)):
        return False
    try:
        ended = subprocess.run([program, "--version"], check=False, capture_output=True, timeout=ANSWER_SECONDS_MAX)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def main() -> int:
    """For `make test`: 0 when a browser is there, else one sentence on stderr."""
    try:
        chromium()
    except ChromiumMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
