"""What the witness of a machine had brought to its disk, as somebody knows who looks from outside."""

from edge.runtime.witness import Record, Witness
from tests.simulation.disk import Disk


class Vouching:
    """`vouched` is what it had synced when it was last seen: no power cut may take that."""

    def __init__(self) -> None:
        self.vouched: Record | None = None

    def see(self, witness: Witness, disk: Disk) -> None:
        """It has just been synced, unless it could not be."""
        if not (disk.off or witness.fault):
            self.vouched = witness.read()

    def remembers(self, witness: Witness, name: str) -> None:
        """AssertionError when less is found after a start."""
        seen = witness.read()
        kept = self.vouched is None or (seen is not None and seen.turn >= self.vouched.turn)
        assert kept, f"the witness of {name} had synced {self.vouched} and says {seen}"

    def lose(self) -> None:
        """The file is gone."""
        self.vouched = None
