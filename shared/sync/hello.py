"""The table of a hello: what the hub concludes when it lays an edge's journal beside its own (design §5.3). Pure.

`docs/reference/sync.md` shows the table; each line has its test.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from shared.journal.chain import Tip

Finding = Literal["equal", "edge ahead", "edge behind", "other head", "hub behind"]


class Line(msgspec.Struct, frozen=True):
    """One history of an epoch as the hub holds it: its label, where it leaves which other, and where it ends."""

    branch: int
    parent: int
    fork_seq: int
    tip: Tip


class Claim(msgspec.Struct, frozen=True):
    """What an edge says of itself: its journal's end, and the last receipt of ours that it can show."""

    tip: Tip
    receipt: Tip | None = None


def compare(claim: Claim, lines: list[Line], hashes: Mapping[tuple[int, int], bytes]) -> Finding:
    """Lay the claim beside every line; `hashes` gives (branch, seq) → hash at the claim's and the receipt's seq.

    A receipt for what we do not hold says that we are the ones who lost something, whatever the rest looks like.
    """
    receipt = claim.receipt
    if receipt is not None and not any(_holds(line, receipt, hashes) for line in lines):
        return "hub behind"
    fitting = [line for line in lines if _holds(line, claim.tip, hashes)]
    if any(line.tip.seq == claim.tip.seq for line in fitting):
        return "equal"
    if fitting:
        return "edge behind"
    return "edge ahead" if all(line.tip.seq < claim.tip.seq for line in lines) else "other head"


def _holds(line: Line, tip: Tip, hashes: Mapping[tuple[int, int], bytes]) -> bool:
    """Whether the line passes through `tip`; every line passes through the empty beginning."""
    if tip.seq == 0:
        return True
    return line.tip.seq >= tip.seq and hashes.get((line.branch, tip.seq)) == tip.hash


def landmark_seqs(last: int) -> list[int]:
    """Seqs at which both sides compare: the last one, then further and further back (1, 2, 4, … entries)."""
    found, step, seq = [], 1, last
    while seq > 0:
        found.append(seq)
        seq, step = seq - step, step * 2
    return found
