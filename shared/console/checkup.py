"""A doctor's visit: checks one after another, a line each, and what to do where something is not well.

`ok`, `attention` (it works, a human should look), `stop` (it does not work, or the evidence is wrong); the exit code
is that of the worst: 0, 1, 2. Nothing that a check says may hold a secret.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from shared.kernel.errors import TillhouseError

Level = Literal["ok", "attention", "stop"]
LEVELS: tuple[Level, ...] = ("ok", "attention", "stop")
COLOURS = {"ok": "green", "attention": "yellow", "stop": "red"}
QUIET_SECONDS = 2.0
"""So long nobody minds silence; then a bar says how far it is."""


class Finding(msgspec.Struct, frozen=True):
    """What one check found: its name, how bad, one sentence, and what to do next unless all is well."""

    check: str
    level: Level
    said: str
    todo: str = ""


def ok(check: str, said: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", said)


def attention(check: str, said: str, todo: str) -> Finding:
    """It works; somebody should look."""
    return Finding(check, "attention", said, todo)


def stop(check: str, said: str, todo: str) -> Finding:
    """It does not work, or the evidence is wrong."""
    return Finding(check, "stop", said, todo)


Check = tuple[str, Callable[[], Iterable[Finding]]]
"""A check's name, for the bar and for a failure of the check itself; and what it finds."""


def examine(checks: Sequence[Check], bar: "Bar") -> list[Finding]:
    """Carry out every check; one that fails itself is a finding, and the others go on."""
    found: list[Finding] = []
    bar.more(len(checks))
    for name, check in checks:
        bar.tell(name)
        found += _carried_out(name, check)
        bar.advance()
    return found


def _carried_out(name: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check())
    except TillhouseError as error:
        found.append(stop(name, str(error), "Do what the sentence says, then run the doctor again."))
    except OSError as error:
        said = f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
        found.append(stop(name, said, "Mend its rights or the disk, then run the doctor again."))
    except Exception as error:
        said = f"It could not be looked at ({type(error).__name__}: {_first_line(error)})."
        found.append(stop(name, said, "Run the doctor again; if it stays, send this line to whoever keeps Tillhouse."))
    return found


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no word about it"])[0][:200]


def exit_code(found: Iterable[Finding]) -> int:
    """0, 1 or 2 by the worst."""
    return max((LEVELS.index(one.level) for one in found), default=0)


def as_json(found: Sequence[Finding]) -> str:
    """Everything for a script: the worst level, and each finding."""
    level = LEVELS[exit_code(found)]
    return msgspec.json.encode({"level": level, "findings": found}).decode()


def as_lines(found: Sequence[Finding], *, coloured: bool) -> Iterator[str]:
    """Everything for a person: aligned, what to do below what is wrong, and how many at the end."""
    wide = max((len(one.check) for one in found), default=0)
    for one in found:
        word = one.level.ljust(len("attention"))
        shown = click.style(word, fg=COLOURS[one.level], bold=one.level == "stop") if coloured else word
        yield f"{shown}  {one.check.ljust(wide)}  {one.said}"
        if one.todo:
            yield f"{' ' * (len(word) + wide + 4)}→ {one.todo}"
    counts = [f"{sum(one.level == level for one in found)} {level}" for level in LEVELS]
    yield f"{len(found)} findings: {', '.join(counts)}."


class Bar:
    """A progress bar on stderr that begins only after a while, and only where somebody looks."""

    def __init__(self, *, seen: bool, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._began = now_s()
        self._seen = seen
        self._total = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=0)

    @property
    def shown(self) -> bool:
        """Whether it is on the screen."""
        return self._bar.live.is_started

    def more(self, checks: int) -> None:
        """So many checks come on top."""
        self._total += checks
        self._bar.update(self._task, total=self._total)

    def advance(self) -> None:
        """One check is done."""
        self._bar.advance(self._task)

    def tell(self, said: str) -> None:
        """What is being looked at, and how far it is."""
        if self._seen and not self.shown and self._now_s() - self._began >= QUIET_SECONDS:
            self._bar.start()
        self._bar.update(self._task, description=said)

    def end(self) -> None:
        """Off the screen."""
        if self.shown:
            self._bar.stop()


@contextmanager
def progress() -> Iterator[Bar]:
    """A bar for people, gone at the end."""
    bar = Bar(seen=sys.stderr.isatty())
    try:
        yield bar
    finally:
        bar.end()


def tell(found: Sequence[Finding], *, json: bool) -> int:
    """Print it all on stdout; the exit code."""
    if json:
        click.echo(as_json(found))
    else:
        for line in as_lines(found, coloured=sys.stdout.isatty()):
            click.echo(line)
    return exit_code(found)
