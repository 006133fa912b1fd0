"""That something changed, told to whoever watches; what changed they ask for themselves."""

import asyncio


class Changes:
    """Counts changes; watchers wait for a count they have not seen. For one event loop."""

    def __init__(self) -> None:
        self.count = 0
        self.ended = False
        self._next = asyncio.Event()
        self._end = asyncio.Event()

    def tell(self) -> None:
        """Something changed."""
        self.count += 1
        self._wake()

    def end(self) -> None:
        """No change will come; everybody stops watching."""
        self.ended = True
        self._end.set()
        self._wake()

    def _wake(self) -> None:
        before, self._next = self._next, asyncio.Event()
        before.set()

    async def wait(self, seen: int, *, timeout_ms: int) -> int:
        """The count as soon as it differs from `seen`, or after the timeout."""
        if self.count == seen and not self.ended:
            try:
                async with asyncio.timeout(timeout_ms / 1_000):
                    await self._next.wait()
            except TimeoutError:
                pass
        return self.count

    async def pause(self, pause_ms: int) -> None:
        """Let `pause_ms` pass, or less when this is the end."""
        try:
            async with asyncio.timeout(pause_ms / 1_000):
                await self._end.wait()
        except TimeoutError:
            return
