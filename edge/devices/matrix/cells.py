"""What is tried: one cell is a fault, the moment of the print at which it comes, and the blow that comes with it."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import product

import msgspec

from edge.devices.virtual.faults import FAULTS
from shared.kernel.errors import TillhouseError

UNDO, FALSE_PROOF = "undo", "false_proof"
ALL_FAULTS = (*FAULTS, UNDO, FALSE_PROOF)
"""Those of the printer; the sale undone; and paper that ends while noise on the line looks like the proof."""


class Moment(StrEnum):
    """How far the print is."""

    WAITING = "waiting"
    BEGUN = "begun"
    MID_DATA = "mid_data"
    SENT = "sent"
    PROVED = "proved"
    AFTER = "after"


class Blow(StrEnum):
    """The program is killed; the power fails, for the printer too; the line breaks and is made anew."""

    KILL = "kill"
    POWER = "power"
    RECONNECT = "reconnect"


class CellUnknown(TillhouseError):
    """A word that names no cell."""

    code = "edge.matrix_cell_unknown"
    sentence = (
        "The fault matrix has no cell “{name}”. A cell is FAULT/MOMENT/BLOW: one of {faults}; one of {moments}; "
        "one of {blows}."
    )


class Cell(msgspec.Struct, frozen=True):
    """One cell of the matrix."""

    fault: str
    moment: Moment
    blow: Blow

    @property
    def name(self) -> str:
        """How `--cell` calls it."""
        return f"{self.fault}/{self.moment}/{self.blow}"


def all_cells() -> tuple[Cell, ...]:
    """The whole matrix, fault by fault."""
    return tuple(Cell(*parts) for parts in product(ALL_FAULTS, Moment, Blow))


def cells_named(names: Sequence[str]) -> tuple[Cell, ...]:
    """The cells of these names; all without any. CellUnknown for a name that is none."""
    known = {cell.name: cell for cell in all_cells()}
    for name in names:
        if name not in known:
            raise CellUnknown(
                name=name[:60], faults=", ".join(ALL_FAULTS), moments=", ".join(Moment), blows=", ".join(Blow)
            )
    return tuple(known[name] for name in names) or tuple(known.values())
