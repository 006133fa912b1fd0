"""A code that lies under a scanner, or is seen by two of them, is one scan.

This is for comfort: what a scan may do twice is decided by the command it becomes.
"""

from collections import OrderedDict

TEXTS_MAX = 256


class Duplicates:
    """Remembers what all scanners of one page saw lately. Times are monotonic milliseconds.

    Each sighting starts the window anew, so a ticket left under a scanner is told once and not once a window.
    """

    def __init__(self, *, window_ms: int = 1_000, texts_max: int = TEXTS_MAX) -> None:
        self._window_ms = window_ms
        self._texts_max = texts_max
        self._seen_ms: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        """Texts remembered."""
        return len(self._seen_ms)

    def is_new(self, text: str, now_ms: int) -> bool:
        """Whether no scanner saw this text within the window; from now on one has.

        Past `texts_max` texts in one window the ones seen longest ago are forgotten first, and would be new again.
        """
        self._forget(now_ms)
        new = text not in self._seen_ms
        self._seen_ms[text] = now_ms
        self._seen_ms.move_to_end(text)
        if len(self._seen_ms) > self._texts_max:
            self._seen_ms.popitem(last=False)
        return new

    def _forget(self, now_ms: int) -> None:
        while self._seen_ms:
            text, seen_ms = next(iter(self._seen_ms.items()))
            if now_ms - seen_ms < self._window_ms:
                return
            del self._seen_ms[text]
