"""Whether this unit can store a sale: a full disk stops selling (design §5.7) and cannot be written down as a hold.

So the cause `storage` lives in memory. A write that failed begins it; it ends when a sale was stored, or when a trial
with room for many sales succeeds. The trial leaves nothing behind.
"""

import asyncio
import sqlite3
from collections.abc import Callable

import structlog

from shared.kernel.errors import StorageFault
from shared.pipeline.sqlite_writer import SqliteWriter

log = structlog.get_logger()
CAUSE = "storage"
TRY_S = 5.0
TRIAL_BYTES = 64 * 1024
"""More than any one sale takes, so a unit does not come back for a sale that then fails."""
PUT = "INSERT INTO hold (cause, detail, since_ms) VALUES ('trial', ?, 0)"
TAKE_AWAY = "DELETE FROM hold WHERE cause = 'trial'"


class Storage:
    """`stores` turns False when the database takes no more facts."""

    def __init__(self, writer: SqliteWriter, changed: Callable[[], None]) -> None:
        self.stores = True
        self._writer = writer
        self._changed = changed
        self._doubted = asyncio.Event()

    @property
    def holds(self) -> tuple[str, ...]:
        """The cause that stops selling, in the form of the other holds."""
        return () if self.stores else (CAUSE,)

    def doubt(self) -> None:
        """Something could not be stored: a trial tells at once whether a sale could."""
        self._doubted.set()

    def failed(self) -> None:
        """A sale could not be stored."""
        self._say(stores=False)
        self._doubted.set()

    def worked(self) -> None:
        """A sale was stored."""
        self._say(stores=True)

    async def run(self) -> None:
        """Wait for a doubt, then try until it works again; until cancelled."""
        while True:
            await self._doubted.wait()
            self._doubted.clear()
            await self.look()
            while not self.stores:
                await asyncio.sleep(TRY_S)
                await self.look()

    async def look(self) -> None:
        """One trial."""
        try:
            await self._writer.write(_trial)
        except StorageFault:
            self._say(stores=False)
        else:
            self._say(stores=True)

    def _say(self, *, stores: bool) -> None:
        if stores != self.stores:
            self.stores = stores
            log.warning("sales are stored again" if stores else "this unit stores no more sales")
            self._changed()


def _trial(db: sqlite3.Connection) -> None:
    """Room in the file and on the disk: pages are asked for, the commit writes them, and nothing stays."""
    db.execute(PUT, ("0" * TRIAL_BYTES,))
    db.execute(TAKE_AWAY)
