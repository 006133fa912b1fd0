"""`make mutants`: put one fault after another into a copy of the program, and see how soon the simulator finds it."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("mutants.toml")
COPIED = ("edge", "hub", "shared", "firmware_profiles", "tests", "pyproject.toml")
SEEDS_MAX = 40
SECONDS_MAX = 2_400
FIRST_SEED = 1
BROKEN = re.compile(
    r"\b(NameError|ImportError|ModuleNotFoundError|SyntaxError|UndefinedColumn|UndefinedTable)\b|\bno such column\b"
)
"""A program that does not even run so is no fault that somebody could overlook: the mutant is written wrongly."""


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault: in `file`, the text `find` becomes `replace`; found within `seeds` evenings."""

    name: str
    file: str
    find: str
    replace: str
    seeds: int = SEEDS_MAX


class Answer(msgspec.Struct, frozen=True):
    """Every mutant, and the program as it is: how many evenings it was played, and what failed in it, if anything."""

    found: list["Caught"]
    sound_evenings: int
    sound_failure: str


class Caught(msgspec.Struct, frozen=True):
    """How it went: after how many evenings (None: never), and what the simulator said."""

    name: str
    evenings: int | None
    seeds: int
    said: str


NOTHING = Mutant("the program as it is", "pyproject.toml", "[project]\n", "[project]\n")
"""Played after the others, as many evenings as any of them took: what fails without a fault proves none."""


def read_mutants() -> list[Mutant]:
    """All of them, in the order of the file."""
    return msgspec.convert(tomllib.loads(LIST.read_text())["mutant"], list[Mutant])


def mutated(mutant: Mutant, root: Path) -> str:
    """The file's text with the fault in it; AssertionError unless the place is there exactly once."""
    text = (root / mutant.file).read_text()
    assert text.count(mutant.find) == 1, (
        f"{mutant.name}: the text stands {text.count(mutant.find)} times in {mutant.file}"
    )
    return text.replace(mutant.find, mutant.replace)


def _copy(into: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copyfile(source, into / name)


def try_mutant(mutant: Mutant) -> Caught:
    """Play evenings against a copy of the program that has the fault."""
    with tempfile.TemporaryDirectory(prefix="tillhouse-mutant-") as folder:
        copy = Path(folder)
        _copy(copy)
        (copy / mutant.file).write_text(mutated(mutant, ROOT))
        command = [
            sys.executable, "-m", "tests.simulation", "--seed", str(FIRST_SEED), "--seeds", str(mutant.seeds),
            "--no-shrink", "--json",
        ]  # fmt: skip
        try:
            done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            return Caught(mutant.name, None, mutant.seeds, f"not at an end within {SECONDS_MAX} s")
    return read_answer(mutant, done)


def read_answer(mutant: Mutant, done: "subprocess.CompletedProcess[str]") -> Caught:
    """What the simulator's last line says of it."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return Caught(mutant.name, None, mutant.seeds, f"no answer: {done.stderr.strip()[-200:]}")
    last: dict[str, Any] = json.loads(lines[-1])
    failure: str = last["failure"]
    if not failure:
        return Caught(mutant.name, None, mutant.seeds, "")
    if broken := BROKEN.search(failure):
        return Caught(mutant.name, None, mutant.seeds, f"no fault, but a program that does not run: {broken.group()}")
    return Caught(mutant.name, last["evenings"], mutant.seeds, failure.splitlines()[0][:100])


def _try_all(mutants: list[Mutant], jobs: int, progress: Progress, bar: TaskID) -> list[Caught]:
    found: list[Caught] = []
    with ThreadPoolExecutor(jobs) as pool:
        for caught in pool.map(try_mutant, mutants):
            found.append(caught)
            word = "not found" if caught.evenings is None else f"evening {caught.evenings}"
            progress.console.print(f"{caught.name}: {word}")
            progress.advance(bar)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--only", help="try those whose name holds this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once")
    parser.add_argument("--json", type=Path, help="write the table there too")
    given = parser.parse_args()
    mutants = [one for one in read_mutants() if not given.only or given.only in one.name]
    console = Console()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("mutants", total=len(mutants) + 1)
        found = _try_all(mutants, given.jobs, progress, bar)
        deepest = max((one.evenings or 1 for one in found), default=1)
        progress.update(bar, description=NOTHING.name)
        sound = try_mutant(msgspec.structs.replace(NOTHING, seeds=deepest))
    table = Table("mutant", "found in evening", "what the simulator said")
    for one in found:
        table.add_row(one.name, "NOT FOUND" if one.evenings is None else f"{one.evenings} of {one.seeds}", one.said)
    console.print(table)
    if given.json:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(Answer(found, deepest, sound.said))))
    missed = sum(one.evenings is None for one in found)
    console.print(f"{len(found) - missed} of {len(found)} found.")
    if sound.evenings is not None or sound.said:
        when = f"evening {sound.evenings}" if sound.evenings else "the attempt"
        console.print(f"The program as it is fails in {when}: {sound.said}. Mend that first; the table says nothing.")
        return 1
    console.print(f"The program as it is: {deepest} evenings, no failure.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
