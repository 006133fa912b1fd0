"""`python -m tests.simulation`: play evenings by their seeds; tell each that fails as a story, with its command."""

import argparse
import json
import secrets
import sys
from collections import Counter
from resource import RUSAGE_SELF, getrusage

from rich.console import Console
from rich.progress import Progress

from tests.simulation.memory import Memory
from tests.simulation.run import STORM_STEPS, Outcome, Stage, Step, as_regression, open_stage, plan, play, shrink
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
    caused, entries, seconds, wire, disk, memory = Counter[str](), 0, 0.0, 0, 0, Memory()
    only = {int(place) for place in given.only.split(",")} if given.only else None
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("evenings", total=len(seeds))
        for place, seed in enumerate(seeds, start=1):
            steps = plan(seed, given.steps, calm=given.calm)
            steps = steps if only is None else [step for step in steps if step.place in only]
            outcome = play(stage, seed, steps)
            if outcome.failure:
                progress.stop()
                few = steps if given.no_shrink else shrink(stage, seed, steps)
                last = outcome if given.no_shrink else play(stage, seed, few)
                _tell(last, few, given)
                _say(given, {"evenings": place, "failure": outcome.failure, "seed": seed})
                return 1
            caused.update(outcome.caused)
            entries, seconds = entries + outcome.entries, seconds + outcome.seconds
            wire, disk = wire + outcome.wire_bytes, disk + outcome.disk_bytes
            memory.look()
            progress.advance(bar)
    if grown := memory.grown():
        sys.stdout.write(f"Memory grows without end: {grown}.\n")
        _say(given, {"evenings": len(seeds), "failure": grown, "seed": seeds[0]})
        return 1
    sys.stdout.write(f"{len(seeds)} evenings, seeds {seeds[0]} to {seeds[-1]}: nothing lost, nothing twice.\n")
    sys.stdout.write(f"{entries} entries, {seconds / len(seeds):.1f} s an evening; ")
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in sorted(caused.items())) + ".\n")
    numbers = {"entries": entries, "seconds": round(seconds, 1), "caused": dict(sorted(caused.items()))}
    sizes = {"wire_bytes": wire, "disk_bytes": disk, "memory_mb": getrusage(RUSAGE_SELF).ru_maxrss // 1_024}
    _say(given, {"evenings": len(seeds), "failure": "", "seed": seeds[0], **numbers, **sizes, **memory.figures()})
    return 0


def _say(given: argparse.Namespace, said: dict[str, object]) -> None:
    if given.json:
        sys.stdout.write(json.dumps(said) + "\n")


def _tell(outcome: Outcome, steps: list[Step], given: argparse.Namespace) -> None:
    sys.stdout.write("\n".join(outcome.story) + f"\n\n{outcome.failure}\n")
    calm = " --calm" if given.calm else ""
    only = ",".join(str(step.place) for step in steps)
    sys.stdout.write(
        f"Again: python -m tests.simulation --seed {outcome.seed} --seeds 1 --steps {given.steps}{calm} --only {only}\n"
    )
    if not given.no_shrink:
        sys.stdout.write(
            f"Once it is mended, keep it in tests/simulation/regressions.toml:\n{as_regression(outcome.seed, steps)}"
        )


if __name__ == "__main__":
    sys.exit(main())
