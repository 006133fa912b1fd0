"""That something changed, told to whoever watches; what changed they ask for themselves."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Changes:
    """Counts changes and wakes those who watch; they compare the count with what they have seen. For one event loop."""

    def __init__(self) -> None:
        self.count = 0
        self.ended = False
        self._watchers: set[asyncio.Event] = set()

    def tell(self) -> None:
        """Something changed."""
        self.count += 1
        self._wake()

    def end(self) -> None:
        """No change will come; everybody stops watching."""
        self.ended = True
        self._wake()

    @contextmanager
    def waking(self, watcher: asyncio.Event) -> Iterator[None]:
        """Sets `watcher` at each change and at the end, until the block ends; it may wait for other things besides."""
        self._watchers.add(watcher)
        try:
            yield
        finally:
            self._watchers.discard(watcher)

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()
