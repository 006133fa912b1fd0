"""What decisions about people look at."""

from uuid import UUID

import msgspec


class EraseState(msgspec.Struct, frozen=True):
    """Which of the people in the order are erased already."""

    erased: frozenset[UUID] = frozenset()
