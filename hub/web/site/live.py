"""Live figures: one reader a process and organisation for all who look; it only says that something changed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import structlog

from hub.runtime.hub import Hub
from hub.web.site.snapshot import Snapshot, read_snapshot

FRESH_NS = 1_000_000_000
POLL_SECONDS = 1.0
CALM_SECONDS = 15.0
REFRESH_MS = 10_000
"""Also without a change pages are told so often, so that ages and "Live, 20:14:09" stay true."""
STREAM_SECONDS_MAX = 3_600
log = structlog.get_logger("hub.live")


class Watch:
    """The viewers of one organisation, and the reader that works for them."""

    def __init__(self) -> None:
        self.viewers = 0
        self.changed = asyncio.Event()
        self.reader: asyncio.Task[None] | None = None

    def tell(self) -> None:
        """Wake every viewer; whoever waits next waits for the next change."""
        self.changed.set()
        self.changed = asyncio.Event()


class Live:
    """What pages show live, and who is told when it changed."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._read: dict[UUID, tuple[int, Snapshot]] = {}
        self._locks: dict[UUID, asyncio.Lock] = {}
        self._watches: dict[UUID, Watch] = {}
        self._acts: Counter[UUID] = Counter()
        self._stopped = False

    async def snapshot(self, org_id: UUID) -> Snapshot:
        """The organisation, read not more than a second ago; many askers cause one reading."""
        async with self._locks.setdefault(org_id, asyncio.Lock()):
            now_ns = self._hub.clock.now().monotonic_ns
            read_ns, last = self._read.get(org_id, (0, None))
            if last is None or now_ns - read_ns >= FRESH_NS:
                acts = self._acts[org_id]
                last = await read_snapshot(self._hub, org_id)
                if acts == self._acts[org_id]:
                    self._read[org_id] = now_ns, last
            return last

    def forget(self, org_id: UUID) -> None:
        """After an act of this process: the next page shows it at once, even while an older reading is under way."""
        self._acts[org_id] += 1
        self._read.pop(org_id, None)

    async def changes(self, org_id: UUID) -> AsyncIterator[bool]:
        """True whenever something changed, False now and then to keep the line open; ends when the hub stops."""
        watch = self._watches.setdefault(org_id, Watch())
        watch.viewers += 1
        if watch.reader is None:
            watch.reader = asyncio.create_task(self._look(org_id, watch))
        began = asyncio.get_running_loop().time()
        try:
            yield False
            while not self._stopped and asyncio.get_running_loop().time() - began < STREAM_SECONDS_MAX:
                changed = watch.changed
                with suppress(TimeoutError):
                    async with asyncio.timeout(CALM_SECONDS):
                        await changed.wait()
                if not self._stopped:
                    yield changed.is_set()
        finally:
            watch.viewers -= 1
            if not watch.viewers:
                watch.reader.cancel()
                self._watches.pop(org_id, None)

    def stop(self) -> None:
        """End all streams: the hub is going."""
        self._stopped = True
        for watch in self._watches.values():
            watch.tell()

    async def _look(self, org_id: UUID, watch: Watch) -> None:
        """Read once a second for as long as somebody looks."""
        seen: tuple[bytes, int] | None = None
        away = False
        while not self._stopped:
            try:
                now = await self.snapshot(org_id)
            except Exception as problem:  # whatever it is, the reader goes on: the database comes back
                if not away:
                    log.warning("live_reader_waits", problem=str(problem).strip())
                away = True
            else:
                away = False
                picture = (now.fingerprint(), now.read_ms // REFRESH_MS)
                if seen is not None and picture != seen:
                    watch.tell()
                seen = picture
            await asyncio.sleep(POLL_SECONDS)
