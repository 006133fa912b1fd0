"""A failing evening made small: the fewest steps found that still fail in the same way, told with their command."""

import re
import time
from collections.abc import Callable, Sequence

from tests.simulation.run import Outcome, Stage, Step, as_regression, play

RUNS_MAX = 60
VARYING = re.compile(r"[\[({].*|\bb['\"].*|[0-9a-f-]{8,}|\d+")
"""What differs between two runs of one failure: ids, numbers, and the things that are listed."""


def kind_of(failure: str) -> str:
    """What went wrong, without whom it hit; empty when nothing did."""
    return VARYING.sub("#", failure.partition("\n")[0])


def shrink(
    steps: Sequence[Step],
    fails: Callable[[Sequence[Step]], str],
    *,
    kind: str,
    runs_max: int = RUNS_MAX,
    seconds_max: float = float("inf"),
) -> list[Step]:
    """The fewest steps found whose failure, as `fails` says it, is of this kind: without halves, quarters, single ones.

    No run begins after so many of them, or so many seconds.
    """
    kept, size, runs, began_s = list(steps), max(1, len(steps) // 2), 0, time.monotonic()

    def still(fewer: Sequence[Step]) -> bool:
        nonlocal runs
        if runs >= runs_max or time.monotonic() - began_s > seconds_max:
            runs = runs_max
            return False
        runs += 1
        return kind_of(fails(fewer)) == kind

    while runs < runs_max:
        parts = (kept[:at] + kept[at + size :] for at in range(0, len(kept), size))
        shorter = next((fewer for fewer in parts if still(fewer)), None)
        if shorter is not None:
            kept = shorter
            size = min(size, max(1, len(kept) // 2))
        elif size == 1:
            break
        else:
            size = max(1, size // 2)
    return kept


def made_small(
    stage: Stage,
    outcome: Outcome,
    steps: Sequence[Step],
    *,
    runs_max: int = RUNS_MAX,
    seconds_max: float = float("inf"),
    tried: Callable[[int], None] = lambda _: None,
) -> tuple[Outcome, list[Step]]:
    """The failed evening again with few steps, and these; as it was when fewer of them do not fail so."""
    seen: dict[tuple[Step, ...], Outcome] = {tuple(steps): outcome}

    def fails(fewer: Sequence[Step]) -> str:
        tried(len(fewer))
        seen[tuple(fewer)] = again = play(stage, outcome.seed, fewer)
        return again.failure

    few = shrink(steps, fails, kind=kind_of(outcome.failure), runs_max=runs_max, seconds_max=seconds_max)
    return seen[tuple(few)], few


def as_told(outcome: Outcome, steps: Sequence[Step], options: str = "") -> str:
    """A failure as a story, with the command that plays it again and its entry for regressions.toml."""
    only = ",".join(str(step.place) for step in steps)
    again = f"Again: python -m tests.simulation --seed {outcome.seed} --seeds 1{options} --only {only}"
    keep = "Once it is mended, keep it in tests/simulation/regressions.toml:"
    return "\n".join([*outcome.story, "", outcome.failure, again, keep, as_regression(outcome.seed, steps)])
