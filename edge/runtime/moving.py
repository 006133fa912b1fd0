"""A revoked unit makes room: its machine becomes a new unit in the same folder, and what it sold still goes up.

Revoked is for good, so the machine needs a node id of its own again. Journal, keys and membership of the old unit move
to `former/NODE-ID`, a unit's folder like any other (`edge export` and `edge doctor` take it), and the new unit uploads
from there under the old keys; the hub holds that for a human. Enrolment only writes down whom the folder becomes; the
move is made at the next opening, with the folder locked and no database open, and a start in between finishes it.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from edge.runtime.folder_lock import folder_lock
from edge.runtime.membership import Membership, parse_membership, store_membership
from edge.runtime.settings import Settings

FORMER = "former"
REVOKED = "SELECT 1 FROM hold WHERE cause = 'hub' AND detail = 'revoked'"


def next_membership_file(settings: Settings) -> Path:
    """Whom this folder belongs to from the next opening on."""
    return settings.folder / "membership.next.json"


def pending_file(settings: Settings) -> Path:
    """New keys that the hub may or may not have taken yet."""
    return settings.key_file.with_name("node.key.pending")


def is_moving(settings: Settings) -> bool:
    """Whether a revoked unit is about to make room."""
    return next_membership_file(settings).exists()


def is_revoked(settings: Settings) -> bool:
    """Whether head office said that this unit is stopped for good."""
    if not settings.database.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{settings.database.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return db.execute(REVOKED).fetchone() is not None
    except sqlite3.DatabaseError:
        return False  # a database of a program that knew no holds, one that is torn or locked: nothing was said


def keep_next(settings: Settings, membership: Membership) -> None:
    """The hub took the new unit in."""
    store_membership(next_membership_file(settings), membership)


def finish_moving(settings: Settings) -> None:
    """Move, if a move is due; AlreadyServed while the old unit is still open."""
    if is_moving(settings):
        with folder_lock(settings.folder):
            move_out(settings)


def move_out(settings: Settings) -> None:
    """Move, if a move is due; the caller holds the folder, and no database in it is open."""
    if not is_moving(settings):
        return
    if settings.membership_file.exists():
        before = parse_membership(settings.membership_file.read_bytes())
        room = settings.folder / FORMER / str(before.unit.unit_id)
        room.mkdir(parents=True, exist_ok=True)
        database = settings.database
        logs = [database.with_name(database.name + end) for end in ("-wal", "-shm")]
        # The membership goes last: while it is here, the next start knows that there is something left to move.
        for path in (database, *logs, settings.key_file, settings.witness, settings.membership_file):
            if path.exists():
                name = "witness" if path == settings.witness else path.name
                shutil.move(path, room / name)
    if pending_file(settings).exists():
        pending_file(settings).replace(settings.key_file)
    next_membership_file(settings).replace(settings.membership_file)


def former_units(settings: Settings) -> list[Settings]:
    """The folders of the units that this machine was before."""
    rooms = sorted((settings.folder / FORMER).glob("*/membership.json"))
    return [msgspec.structs.replace(settings, folder=path.parent, witness_file=None) for path in rooms]
