"""A table as lines of letters: every column as wide as it needs, all together as wide as the paper. Pure."""

from collections.abc import Sequence

from shared.paper.document import Table
from shared.paper.letters import aligned, cells, plain, wrap

GAPS = (2, 1)
WIDTH_MIN = 2
"""A letter of East Asia needs two cells."""


def table_lines(table: Table, columns: int) -> list[list[str]]:
    """The lines of each row; all have exactly `columns` cells."""
    rows = [[plain(cell) for cell in row] for row in table.rows]
    count = max((len(row) for row in rows), default=0)
    if not count:
        return []
    rows = [[*row, *[""] * (count - len(row))] for row in rows]
    needed = [max(WIDTH_MIN, *(cells(row[place]) for row in rows)) for place in range(count)]
    gap = next((gap for gap in GAPS if sum(needed) + gap * (count - 1) <= columns), GAPS[-1])
    widths = _fitted(needed, columns - gap * (count - 1))
    aligns = [*table.aligns, *["left"] * count][:count]
    return [_row(row, widths, aligns, gap) for row in rows]


def _fitted(needed: Sequence[int], room: int) -> list[int]:
    """The widest gives way until all fit; what is left goes to the first."""
    widths = list(needed)
    while sum(widths) > room and max(widths) > WIDTH_MIN:
        widths[widths.index(max(widths))] -= 1
    widths[0] += max(room - sum(widths), 0)
    return widths


def _row(row: Sequence[str], widths: Sequence[int], aligns: Sequence[str], gap: int) -> list[str]:
    wrapped = [wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, wrapped))
    filled = [[*lines, *[""] * (height - len(lines))] for lines in wrapped]
    places = list(zip(filled, widths, aligns, strict=True))
    between = " " * gap
    return [
        between.join(aligned(lines[down], width, align) for lines, width, align in places) for down in range(height)
    ]
