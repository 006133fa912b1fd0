"""What a benchmark says: a measure, what it was held against, what each side does, and what it must reach."""

from collections.abc import Sequence

import msgspec


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `ratio` is ours to theirs; `reach` the ratio to reach (None: written down only).

    `floor` and `ceiling` are what ours must be at least and at most.
    """

    name: str
    ours: float
    unit: str
    we_do: str
    theirs: float | None = None
    they_do: str = ""
    ratio: float | None = None
    reach: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the limit was reached; None where nothing is to reach."""
        if self.reach is None and self.floor is None and self.ceiling is None:
            return None
        good_ratio = self.reach is None or (self.ratio is not None and self.ratio >= self.reach)
        below = self.ceiling is None or self.ours <= self.ceiling
        return good_ratio and below and (self.floor is None or self.ours >= self.floor)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return percentile(values, 0.5)
