"""What each node had lately, so that among those who wait the one that had least goes first (design §5.9)."""

import math
from collections.abc import Callable
from uuid import UUID

HALF_LIFE_S = 5.0
FORGET_BELOW = 1.0
KEPT_MAX = 256


class Lately:
    """Weights that lose half of what they are every few seconds; `now_s` is monotonic seconds."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._had: dict[UUID, tuple[float, float]] = {}
        self._kept_max = KEPT_MAX

    def of(self, node: UUID) -> float:
        """What is left of all that the node had."""
        had, at_s = self._had.get(node, (0.0, 0.0))
        return had * math.exp2((at_s - self._now_s()) / HALF_LIFE_S)

    def count(self, node: UUID, weight: float) -> None:
        """The node had so much now."""
        self._had[node] = (self.of(node) + weight, self._now_s())
        if len(self._had) > self._kept_max:
            self._had = {one: had for one, had in self._had.items() if self.of(one) > FORGET_BELOW}
            self._kept_max = max(KEPT_MAX, 2 * len(self._had))  # looked over once for as many as are kept

    def __len__(self) -> int:
        """Of how many nodes something is kept."""
        return len(self._had)
