"""`make proof`: run what proves the product, and write `docs/proof.md` from what the commands answered, bad or good.

Each part's answer is kept with its day; the page is made of all that are kept, so one part can be played again alone.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress

from shared.journal.clock import SystemClock
from shared.kernel.clock import paper_text
from tests.simulation.counting import FAULTS, Counts
from tests.simulation.operations import OPERATIONS
from tests.simulation.run import STEP

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "proof.md"
OUT = Path("build/proof")
HOUR_S = 3_600
SHORTER = 10
"""How much less `--short` plays."""


class Part(msgspec.Struct, frozen=True):
    """One command and how its answer is told: `read` gives the JSON that it left, `tell` the lines of the page."""

    title: str
    command: tuple[str, ...]
    tell: Callable[[Any], list[str]]
    file: str = ""


def _evenings(said: Any) -> list[str]:
    if said["failure"]:
        return [f"**Failed** in evening {said['evenings']}, seed {said['seed']}: {said['failure'].splitlines()[0]}"]
    done = {name: times for name, times in said["caused"].items() if not name.startswith(STEP)}
    steps = {f"{STEP}{name}": 0 for name, one in OPERATIONS.items() if one.weight} | said["caused"]
    return [
        f"{said['evenings']} evenings from seed {said['seed']}. {said['seconds'] / said['evenings']:.1f} s an evening; "
        f"the process had {said['memory_mb']} MB at most.",
        "",
        *(f"- {sentence}" for sentence in msgspec.convert(said["counts"], Counts).sentences()),
        "",
        *_detection(said["detected"]),
        "",
        *_times("what happened", done),
        "",
        *_times("step that did something", {name: times for name, times in steps.items() if name not in done}),
    ]


def _detection(detected: dict[str, Any]) -> list[str]:
    lines = ["| fault | put in | seen | seen as |", "|---|---|---|---|"]
    for fault in FAULTS:
        one = detected[fault.name]
        seen = "–" if one["seen"] is None else one["seen"]
        lines.append(f"| {fault.name} | {one['injected']} | {seen} | {fault.seen_as} |")
    return lines


def _times(heading: str, times: dict[str, int]) -> list[str]:
    rows = (f"| {name.removeprefix(STEP)} | {number or '**0**'} |" for name, number in sorted(times.items()))
    return [f"| {heading} | times |", "|---|---|", *rows]


def _days(said: Any) -> list[str]:
    if said["failure"]:
        return _evenings(said)
    sales = said["caused"]["sale"]
    day_s = said["seconds"] / said["evenings"]
    return [
        f"{said['evenings']} days, {sales} sales; {day_s:.1f} s a day in one process, {HOUR_S / day_s:.0f} days an "
        f"hour; {said['wire_bytes'] / sales:.0f} bytes a sale on the wire (uploads, feed, reports, leases), "
        f"{said['disk_bytes'] / sales:.0f} on the units' disks."
    ]


def _mutants(said: Any) -> list[str]:
    every, failure = said["found"], said["sound_failure"]
    found = sum(one["evenings"] is not None for one in every)
    sound = f"**fails: {failure}**" if failure else "no failure"
    lines = [
        f"{found} of {len(every)} found. The program as it is, {said['sound_evenings']} evenings of them: {sound}.",
        "",
        "| fault | found in evening | what was said |",
        "|---|---|---|",
    ]
    for one in every:
        when = "**not found**" if one["evenings"] is None else f"{one['evenings']} of {one['seeds']}"
        lines.append(f"| {one['name']} | {when} | {one['said'].replace('|', '/')} |")
    return lines


def _bench(said: Any) -> list[str]:
    lines = ["| measure | ours | theirs | ratio | to reach |", "|---|---|---|---|---|"]
    for one in said["measures"]:
        theirs = one["theirs"]
        ratio = f"{one['ours'] / theirs:.2f}" if theirs else "–"
        reach = one["reach"] or "–"
        lines.append(f"| {one['name']} | {one['ours']:.1f} {one['unit']} | {theirs or '–'} | {ratio} | {reach} |")
    return lines


def _plain(said: Any) -> list[str]:
    return ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in said.items())]


def parts(shorter: int) -> list[Part]:
    """What is played, in its order."""
    play, storm = ("-m", "tests.simulation"), ("-m", "tests.storm")
    return [
        Part("Evenings with every trouble", (*play, "--seeds", str(200 // shorter), "--json"), _evenings),
        Part(
            "Days of sales", (*play, "--calm", "--steps", "300", "--seeds", str(max(1, 10 // shorter)), "--json"), _days
        ),
        Part(
            "Planted faults",
            ("-m", "tests.simulation.mutants", "--json", str(OUT / "mutants.json")),
            _mutants,
            "mutants",
        ),
        Part("Speed", ("-m", "tests.benchmarks"), _bench, "../bench/bench"),
        Part("Starting", ("-m", "tests.support.demo_time", "--json"), _plain),
        Part("Kill -9 of edges and hub", (*storm, "kill", "--json"), _plain),
        Part("The database stopped in mid-ingest", (*storm, "postgres", "--json"), _plain),
        Part("Two hundred units come back", (*storm, "returning", "--json"), _plain),
        Part("A backlog of weeks", (*storm, "backlog", "--facts", str(300_000 // shorter), "--json"), _plain),
    ]


def run_part(part: Part, out: Path) -> tuple[list[str], bool]:
    """Its lines of the page, and whether it held; what an earlier run of it left in `out` is no answer."""
    if part.file:
        (out / f"{part.file}.json").unlink(missing_ok=True)
    done = subprocess.run([sys.executable, *part.command], cwd=ROOT, capture_output=True, text=True, check=False)
    said = _answer(part, done.stdout, out)
    when = paper_text(SystemClock().now().wall_ms, "UTC")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    played = f"`python {' '.join(part.command)}`, {when}, program {_program()}, {machine}."
    head = [f"## {part.title}", "", played, ""]
    if said is None:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        return [*head, f"**No answer** (exit {done.returncode}): {last}", ""], False
    ended = ["", f"**Exit {done.returncode}.**"] if done.returncode else []
    return [*head, *part.tell(said), *ended, ""], done.returncode == 0


def _program() -> str:
    """The commit that was played, as git names it; whoever has the files alone reads so."""
    order = ("git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*")
    done = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "without a commit"


def _answer(part: Part, text: str, out: Path) -> Any:
    if part.file:
        file = out / f"{part.file}.json"
        return json.loads(file.read_text()) if file.exists() else None
    lines = [line for line in text.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None


def _kept(part: Part) -> Path:
    return ROOT / OUT / f"{part.title.lower().replace(' ', '-')}.md"


def write_page(every: Sequence[Part]) -> None:
    """The page, from what was answered."""
    head = "# Proof\n\nWritten by `make proof`; every figure is a command's answer, the bad ones too.\n\n"
    PAGE.write_text(head + "\n".join(_kept(part).read_text() for part in every if _kept(part).exists()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.proof", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of it")
    parser.add_argument("--only", default="", help="parts whose title holds this text")
    given = parser.parse_args()
    (ROOT / OUT).mkdir(parents=True, exist_ok=True)
    every = parts(SHORTER if given.short else 1)
    chosen = [part for part in every if given.only in part.title]
    missed: list[str] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("proof", total=len(chosen))
        for part in chosen:
            progress.update(bar, description=part.title)
            lines, held = run_part(part, ROOT / OUT)
            _kept(part).write_text("\n".join(lines))
            missed += [] if held else [part.title]
            write_page(every)
            progress.advance(bar)
    for title in missed:
        sys.stderr.write(f"{title}: did not hold; see {PAGE.relative_to(ROOT)}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
