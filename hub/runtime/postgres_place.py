"""Where an embedded database's files stand, and who may use them at one time.

Asked for a folder, the database lives in that folder. Only when Tillhouse runs as root and the service user cannot
reach the folder (a clone below /root, a temporary folder with mode 700) the files stand below /var/lib/tillhouse,
under a name drawn at random, and the asked folder holds a note, `place`, that leads there. So a folder that was
deleted and made again begins anew, a moved folder finds its database, and a copied folder is refused while the first
one exists. Nobody's folder rights are ever widened.

    folder/lock               held while a hub runs on it; freed by the kernel when that hub dies
    folder/place              only when the files stand elsewhere
    <place>/data              the data folder, 700, of the account that runs Postgres
    <place>/superuser.password  600
    <place>/postgres.log      what Postgres says; holds no statements and no values
"""

import fcntl
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hub.runtime.postgres_binaries import SHARED_FOLDER, make_shared_folder
from hub.runtime.postgres_faults import FolderInUse, PlaceRefused
from hub.runtime.service_user import Account, account_for

OWN_FILES = ("superuser.password", "postgres.log", "asked", "place", "lock")


@dataclass(frozen=True)
class Place:
    """The files of one embedded database."""

    asked: Path
    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def unfinished(self) -> Path:
        return self.folder / "data.unfinished"

    @property
    def password_file(self) -> Path:
        return self.folder / "superuser.password"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def remove(self) -> None:
        """Delete the database for good, wherever its files stand: its own files by name, and nothing beside them."""
        if (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
        if (self.unfinished / "PG_VERSION").exists():
            shutil.rmtree(self.unfinished, ignore_errors=True)
        for folder in (self.folder, self.asked):
            for name in OWN_FILES:
                (folder / name).unlink(missing_ok=True)
            with suppress(OSError):  # something of somebody else stands there
                folder.rmdir()


def lock_folder(asked: Path) -> int:
    """Take the folder for this process; gives the descriptor that holds it. FolderInUse when another has it."""
    try:
        asked.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(asked / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise PlaceRefused(folder=asked, reason=problem.strerror) from problem
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise FolderInUse(folder=asked) from None
    return descriptor


def locate(asked: Path) -> Place:
    """Where the database of `asked` stands, or would; the caller holds the lock. A copied folder is refused."""
    note = asked / "place"
    folder = Path(note.read_text().strip()) if note.exists() else asked
    first = Path((folder / "asked").read_text()) if (folder / "asked").exists() else asked
    if first != asked and (first / "place").exists():
        raise PlaceRefused(folder=asked, reason=f"it is a copy of {first}, whose database it would share")
    present = folder / "data"
    return Place(asked=asked, folder=folder, account=account_for(present if present.exists() else None))


def settle(asked: Path) -> Place:
    """Like `locate`, but ready for use: chosen when new, and within reach of the account."""
    place = locate(asked)
    if not place.folder.exists():
        raise PlaceRefused(folder=place.folder, reason=f"it is gone, though {asked / 'place'} leads there")
    if not place.data.exists() and not place.account.may_enter(place.folder):
        place = replace(place, folder=_elsewhere())
        (asked / "place").write_text(str(place.folder))
    if place.folder != asked:
        (place.folder / "asked").write_text(str(asked))
    if not place.account.may_enter(place.data if place.data.exists() else place.folder):
        raise PlaceRefused(folder=place.folder, reason="the user who runs Postgres cannot reach it")
    return place


def _elsewhere() -> Path:
    folder = SHARED_FOLDER / f"database-{secrets.token_hex(8)}"
    try:
        make_shared_folder()
        folder.mkdir()
        folder.chmod(0o711)
    except OSError as problem:
        raise PlaceRefused(folder=folder, reason=problem.strerror) from problem
    return folder


def move_database(asked: Path, to: Path) -> None:
    """Rename the folder of a database that does not run; files that stand elsewhere learn who asks for them now."""
    place = locate(asked)
    asked.rename(to)
    if place.folder != asked:
        (place.folder / "asked").write_text(str(to))
