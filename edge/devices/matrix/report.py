"""The matrix as people read it: a line a fault, a column a moment, a letter a blow."""

from collections.abc import Iterator, Sequence

from edge.devices.matrix.cells import Blow, Moment
from edge.devices.matrix.stage import Verdict

COMMAND = "tillhouse edge devices --fault-matrix --cell"
LEGEND = "I issued, R issued and reprinted with REPRINT, V voided, ! wrong"


def letter(verdict: Verdict) -> str:
    """One cell."""
    if verdict.problem:
        return "!"
    if verdict.state == "voided":
        return "V"
    return "R" if verdict.reprinted else "I"


def lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The table, what is wrong and how to play it alone, and the sum."""
    by_place: dict[tuple[str, str], dict[str, str]] = {}
    for verdict in verdicts:
        cell = verdict.cell
        by_place.setdefault((cell.fault, cell.moment), {})[cell.blow] = letter(verdict)
    faults = list(dict.fromkeys(verdict.cell.fault for verdict in verdicts))
    wide = max((len(fault) for fault in faults), default=0)
    yield " ".join((" " * wide, *(moment.ljust(9) for moment in Moment))).rstrip()
    for fault in faults:
        told = (_letters(by_place.get((fault, moment), {})).ljust(9) for moment in Moment)
        yield " ".join((fault.ljust(wide), *told)).rstrip()
    yield f"{LEGEND}; in each place {', '.join(Blow)}."
    wrong = [verdict for verdict in verdicts if verdict.problem]
    for verdict in wrong:
        yield f"{verdict.cell.name}: {verdict.problem}. Again: {COMMAND} {verdict.cell.name}"
    yield f"{len(verdicts)} cell{'s' if len(verdicts) != 1 else ''}: {_sum(verdicts)}."


def _letters(blows: dict[str, str]) -> str:
    return "".join(blows.get(blow, "·") for blow in Blow)


def _sum(verdicts: Sequence[Verdict]) -> str:
    told = [letter(verdict) for verdict in verdicts]
    issued = told.count("I") + told.count("R")
    wrong = f", {told.count('!')} wrong" if "!" in told else ""
    return f"{issued} issued ({told.count('R')} with a REPRINT), {told.count('V')} voided{wrong}"
