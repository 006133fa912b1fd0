"""What follows from a clock that jumped: a fact, the hold, a row for the next start, pages told (design §5.8)."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from edge.runtime.clock import Corrected, WatchedClock
from edge.runtime.holds import lift_hold, read_holds, set_hold
from shared.domain.identity.commands import ConfirmClock, ReportClockJump, TakeHubTime
from shared.domain.identity.state import CLOCK_HOLD
from shared.journal.entry import Envelope
from shared.kernel.clock import MINUTE_MS, Clock, Moment
from shared.kernel.codec import decode
from shared.kernel.errors import StorageFault
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.sync.timekeeping import Doubt, Timekeeping, begin

log = structlog.get_logger()
LOOK_S = 1.0
KEEP_MS = MINUTE_MS
STATE = (
    "SELECT boot_id, own_ms, vouched_ms, shift_ms, hub_ms, hub_offset_ms, seen_ms, doubt_from_ms, doubt_to_ms, "
    "doubt_cause FROM clock_state"
)
LAST = "SELECT data FROM journal_entry WHERE node_id = ? AND branch = 0 ORDER BY epoch DESC, seq DESC LIMIT 1"
KEEP = "INSERT OR REPLACE INTO clock_state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def open_clock(path: Path, node_id: UUID, source: Clock) -> WatchedClock:
    """The clock of the unit whose database stands at `path`: it goes on where the unit stopped."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return read_clock(db, node_id, source)


def read_clock(db: sqlite3.Connection, node_id: UUID, source: Clock) -> WatchedClock:
    """The same from an open database."""
    row = db.execute(STATE).fetchone()
    entry = db.execute(LAST, (node_id.bytes,)).fetchone()
    last = decode(entry[0], Envelope) if entry else None
    evidence = Moment(last.wall_ms, last.monotonic_ns, last.boot_id) if last else None
    before = _state(row) if row else None
    state = begin(before, evidence, source.now())
    return WatchedClock(source, state, untold=state.doubt if before is None or state.doubt != before.doubt else None)


def _state(row: tuple[bytes, int, int, int, int, int | None, int, int | None, int | None, str | None]) -> Timekeeping:
    boot, own, vouched, shift, hub, offset, seen, doubt_from, doubt_to, cause = row
    doubt = None if doubt_from is None or doubt_to is None or cause is None else Doubt(doubt_from, doubt_to, cause)
    return Timekeeping(UUID(bytes=boot), own, vouched, shift, hub, offset, seen, doubt)


def _keep(db: sqlite3.Connection, state: Timekeeping) -> None:
    doubt = state.doubt
    told = (doubt.from_ms, doubt.to_ms, doubt.cause) if doubt else (None, None, None)
    times = (state.own_ms, state.vouched_ms, state.shift_ms, state.hub_ms, state.hub_offset_ms, state.seen_ms)
    db.execute(KEEP, (state.boot_id.bytes, *times, *told))


class ClockWatch:
    """Looks at the clock every second, and writes down what it finds."""

    def __init__(
        self, clock: WatchedClock, writer: SqliteWriter, new_id: Callable[[], UUID], changed: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._writer = writer
        self._new_id = new_id
        self._changed = changed
        self._woken = asyncio.Event()
        self._kept: Timekeeping | None = None
        self._turn = asyncio.Lock()

    def hub_said(self, hub_time_ms: int, heard: Moment) -> None:
        """The hub's time, from a verified answer; what follows is written at once."""
        self._clock.hub_said(hub_time_ms, heard)
        self._woken.set()

    def hub_answered(self, hub_time_ms: int, heard: Moment) -> None:
        """The same from an answer that can be no older one: it holds also where the hub said later times before."""
        self._clock.hub_said(hub_time_ms, heard, is_fresh=True)
        self._woken.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._woken.clear()
            await self.look()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """One look; what cannot be stored now is tried again at the next."""
        try:
            async with self._turn:
                await self._write_down()
        except StorageFault as fault:
            log.warning("clock not written down", sentence=str(fault))

    async def confirm(self, actor: UUID, wall_ms: int) -> None:
        """A supervisor (`actor`) says that it is `wall_ms`; a refusal says why not."""
        async with self._turn:
            await self._write_down()
            order = ConfirmClock(command_id=self._new_id(), actor=actor, wall_ms=wall_ms)
            await self._writer.handle(order)
            self._clock.confirm(wall_ms)
            await self._write_down()

    async def _write_down(self) -> None:
        state = self._clock.remembered()
        while (event := self._clock.untold()) is not None:
            log.warning("clock", jumped=isinstance(event, Doubt) or event.moved, **msgspec.structs.asdict(event))
            await self._writer.handle(self._order(event))
            self._clock.told()
        if self._kept is None or _differs(self._kept, state):
            await self._writer.write(lambda db: _remember(db, state))
            doubt, self._kept = self._kept.doubt if self._kept else None, state
            if doubt != state.doubt:
                self._changed()

    def _order(self, event: Doubt | Corrected) -> ReportClockJump | TakeHubTime:
        command_id = self._new_id()
        if isinstance(event, Doubt):
            return ReportClockJump(command_id=command_id, from_ms=event.from_ms, to_ms=event.to_ms, cause=event.cause)
        if event.moved:
            return ReportClockJump(command_id=command_id, from_ms=event.from_ms, to_ms=event.to_ms, cause="hub")
        return TakeHubTime(command_id=command_id, wall_ms=event.to_ms)


def _remember(db: sqlite3.Connection, state: Timekeeping) -> None:
    """The state and its hold, in one transaction."""
    _keep(db, state)
    if state.doubt is not None:
        set_hold(db, CLOCK_HOLD, state.doubt.cause, state.seen_ms)
    elif any(hold.cause == CLOCK_HOLD for hold in read_holds(db)):
        lift_hold(db, CLOCK_HOLD)


def _differs(kept: Timekeeping, state: Timekeeping) -> bool:
    """Whether a restart would miss something: another boot, doubt or word about the time, or a minute."""
    if (kept.boot_id, kept.doubt) != (state.boot_id, state.doubt):
        return True
    pairs = ((kept.vouched_ms, state.vouched_ms), (kept.shift_ms, state.shift_ms), (kept.seen_ms, state.seen_ms))
    return any(abs(before - after) >= KEEP_MS for before, after in pairs)
