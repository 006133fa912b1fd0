"""The raffle as other slices see it."""

from shared.domain.raffle.state import UNDO_MS_MAX

__all__ = ["UNDO_MS_MAX"]
