"""What people at a unit were told: none of it may be lost afterwards."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Told:
    """What a seller was told: this sale stands, under this entry."""

    epoch: int
    seq: int
    hash: bytes
    sale_id: UUID
    amount_minor: int
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Undone:
    """What a seller was told: this sale does not count any more, under this entry."""

    hash: bytes
    sale_id: UUID


@dataclass(frozen=True)
class Noted:
    """What was said of a unit's devices, and stands under this entry: a printer added, a slip voided."""

    epoch: int
    seq: int
    hash: bytes
    what: str
