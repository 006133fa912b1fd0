"""`python -m tests.simulation`: play evenings by their seeds; tell each that fails as a story, with its command."""

import argparse
import json
import secrets
import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress, TaskID

from tests.simulation.run import STORM_STEPS, Outcome, Stage, Step, open_stage, plan, play
from tests.simulation.shrinking import as_told, made_small
from tests.simulation.totals import Totals
from tests.support.postgres import serve_postgres

SEEDS_MAX = 2**31


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="the first seed; drawn when it is not given")
    parser.add_argument("--seeds", type=int, default=20, help="how many evenings")
    parser.add_argument("--steps", type=int, default=STORM_STEPS, help="how many things happen in each")
    parser.add_argument("--only", help="places of the steps to play, with commas: a failure made small")
    parser.add_argument("--calm", action="store_true", help="a venue-day of sales with few troubles")
    parser.add_argument("--no-shrink", action="store_true", help="tell a failure as it is")
    parser.add_argument("--json", action="store_true", help="end with one JSON line")
    given = parser.parse_args()
    first = secrets.randbelow(SEEDS_MAX) if given.seed is None else given.seed
    console = Console(stderr=True)
    with serve_postgres() as postgres, open_stage(postgres) as stage:
        return _play_all(stage, given, range(first, first + given.seeds), console)


def _play_all(stage: Stage, given: argparse.Namespace, seeds: range, console: Console) -> int:
    totals = Totals()
    only = {int(place) for place in given.only.split(",")} if given.only else None
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("evenings", total=len(seeds))
        for place, seed in enumerate(seeds, start=1):
            steps = plan(seed, given.steps, calm=given.calm)
            steps = steps if only is None else [step for step in steps if step.place in only]
            outcome = play(stage, seed, steps)
            if outcome.failure:
                few = steps
                if not given.no_shrink:
                    outcome, few = made_small(stage, outcome, steps, tried=_shown(progress, bar, place))
                progress.stop()
                _tell(outcome, few, given)
                _say(given, {"evenings": place, "failure": outcome.failure, "seed": seed})
                return 1
            totals.add(outcome)
            progress.advance(bar)
    if grown := totals.memory.grown():
        sys.stdout.write(f"Memory grows without end: {grown}.\n")
        _say(given, {"evenings": len(seeds), "failure": grown, "seed": seeds[0]})
        return 1
    heading = f"{len(seeds)} evenings, seeds {seeds[0]} to {seeds[-1]}: all is true."
    sys.stdout.write("\n".join([heading, *totals.lines()]) + "\n")
    _say(given, {"evenings": len(seeds), "failure": "", "seed": seeds[0], **totals.said()})
    return 0


def _shown(progress: Progress, bar: TaskID, place: int) -> Callable[[int], None]:
    def show(left: int) -> None:
        progress.update(bar, description=f"evening {place} fails, made small: {left} steps")

    return show


def _say(given: argparse.Namespace, said: dict[str, object]) -> None:
    if given.json:
        sys.stdout.write(json.dumps(said) + "\n")


def _tell(outcome: Outcome, steps: list[Step], given: argparse.Namespace) -> None:
    options = f" --steps {given.steps}{' --calm' if given.calm else ''}"
    sys.stdout.write(as_told(outcome, steps, options) + "\n")


if __name__ == "__main__":
    sys.exit(main())
