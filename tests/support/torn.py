"""A card that lost a page: where a table of a closed SQLite file was, noise stands."""

import sqlite3
from contextlib import closing
from pathlib import Path


def tear_table(database: Path, table: str) -> None:
    """Whoever reads the table finds a malformed page; all else can be read. No program has the file open."""
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(root,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table])
        [(size,)] = db.execute("PRAGMA page_size")
    with database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
