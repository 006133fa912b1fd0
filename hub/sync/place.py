"""Where a bundle belongs among the histories of its epoch. Pure; the order of arrival decides only labels.

Histories of an epoch have a limit, for whoever has the key can sign ever new ones. What goes beyond it is refused, not
put aside: answered with a cursor or a receipt, a unit would go on from an entry that is in no history, and nothing
that it sends would fit any more. Refused, it says why and keeps all of it, for it deletes nothing without a receipt.
The limit is far above what happens in good faith, such as one enrolled card copied onto every handheld of a venue; the
fork's case, open since the second history, says so when the last one opens. Known histories go on without end.
"""

from collections.abc import Mapping

import msgspec

from shared.journal.chain import Read, empty_tip, origin
from shared.journal.entry import Owner
from shared.kernel.errors import Refusal
from shared.sync.hello import Line

BRANCHES_MAX = 64


class OutOfOrder(Refusal):
    """The bundle begins behind the next entry of every history that the hub holds."""

    code = "sync.out_of_order"
    sentence = "The hub holds this journal up to entry {seq}. Send what follows it."


class OtherHistory(Refusal):
    """The bundle hangs on an entry that the hub does not hold: the histories parted earlier."""

    code = "sync.other_history"
    sentence = "The hub holds another entry {seq} of this journal. Say hello again and send from where both agree."


class TooManyHistories(Refusal):
    """One more history of an epoch that has as many as are kept."""

    code = "sync.too_many_histories"
    sentence = (
        "The hub keeps {maximum} histories of one enrolment and holds as many of this unit. "
        "Keep the unit as it is, and look at its case at the hub."
    )


class Place(msgspec.Struct, frozen=True):
    """The history to append to: `known` entries of the bundle are there already.

    With `forks`, `branch` is a new history that leaves that line before the first entry that is not known.
    """

    branch: int
    known: int
    forks: Line | None = None


def find_place(owner: Owner, lines: list[Line], hashes: Mapping[tuple[int, int], bytes], read: list[Read]) -> Place:
    """The line with the longest common beginning; a new one where none continues.

    OutOfOrder, OtherHistory, TooManyHistories.
    """
    first = read[0].envelope.seq
    if first - 1 > max(line.tip.seq for line in lines):
        raise OutOfOrder(seq=max(line.tip.seq for line in lines))
    fitting = [line for line in lines if _before(owner, line, hashes, first - 1) == read[0].envelope.prev]
    if not fitting:
        raise OtherHistory(seq=first - 1, origin=origin(owner))
    lengths = {line.branch: _common(line, hashes, read) for line in fitting}
    longest = max(lengths.values())
    best = [line for line in fitting if lengths[line.branch] == longest]
    continued = [line for line in best if line.tip.seq == first - 1 + longest]
    if longest == len(read) or continued:
        return Place((continued or best)[0].branch, longest)
    if len(lines) >= BRANCHES_MAX:
        raise TooManyHistories(maximum=BRANCHES_MAX)
    return Place(max(line.branch for line in lines) + 1, longest, best[0])


def _before(owner: Owner, line: Line, hashes: Mapping[tuple[int, int], bytes], seq: int) -> bytes | None:
    """The line's hash at `seq`, where a bundle that begins behind it hangs."""
    if seq == 0:
        return empty_tip(owner).hash
    return line.tip.hash if seq == line.tip.seq else hashes.get((line.branch, seq))


def _common(line: Line, hashes: Mapping[tuple[int, int], bytes], read: list[Read]) -> int:
    """How many entries of the bundle the line holds already, from its beginning on."""
    for place, one in enumerate(read):
        if one.envelope.seq > line.tip.seq or hashes.get((line.branch, one.envelope.seq)) != one.hash:
            return place
    return len(read)
