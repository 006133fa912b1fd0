"""What stops selling on this unit, each cause with its own row; design §5.7 lists all there are.

Whoever finds a cause sets it, and the same part lifts it: head office's word (`hub`, `certificate`), the witness file
(`witness`), the clock (`clock`). A sale reads them in its own transaction; uploading never does.
"""

import sqlite3

import msgspec

SET = (
    "INSERT INTO hold (cause, detail, since_ms) VALUES (?, ?, ?) "
    "ON CONFLICT (cause) DO UPDATE SET detail = excluded.detail"
)


class Hold(msgspec.Struct, frozen=True):
    """One cause: `detail` says which kind of it, `since_ms` since when (ms UTC)."""

    cause: str
    detail: str
    since_ms: int


def set_hold(db: sqlite3.Connection, cause: str, detail: str, now_ms: int) -> None:
    """Stop selling for `cause`; inside the writer, with `rows=True`, so that the next sale reads it."""
    db.execute(SET, (cause, detail, now_ms))


def lift_hold(db: sqlite3.Connection, cause: str) -> None:
    """This cause no longer stops selling."""
    db.execute("DELETE FROM hold WHERE cause = ?", (cause,))


def read_holds(db: sqlite3.Connection) -> tuple[Hold, ...]:
    """Every cause, the oldest first."""
    return tuple(Hold(*row) for row in db.execute("SELECT cause, detail, since_ms FROM hold ORDER BY since_ms, cause"))
