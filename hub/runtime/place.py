"""The hub's folder: keys, embedded database, passwords of its roles, and the address other commands read.

hub.key        the hub's keys, mode 600
roles.pgpass   the database roles' passwords, mode 600
database/      the embedded Postgres (unless an address was given)
authority.*    the authority that signs the server's certificate, server.pem (authority.py)
entrance.json  where units find the hub, as it served last
erased.log     who was erased, for a restore to erase again (erased_log.py)
generation.json  the latest generation of each organisation (generation_file.py); its lock stands beside it
address.json   the running database's address, mode 600; there while a hub serves
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec
import psycopg

from hub.runtime import authority
from hub.runtime.database import open_embedded, open_external
from hub.runtime.entrance import Entrance, open_entrance
from hub.runtime.erased_log import ERASED_FILE, ErasedLog
from hub.runtime.generation_file import GENERATION_FILE, LOCK_FILE, GenerationFile
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_faults import FolderInUse, KeysMissing, NoHubHere, PlaceRefused
from hub.runtime.roles import APP, PASSFILE
from hub.runtime.settings import HubSettings
from shared.journal.chance import chance_bytes
from shared.journal.clock import SystemClock
from shared.journal.keyfile import Keys, read_or_make_keys
from shared.kernel.codec import decode_json

ADDRESS_WAIT_SECONDS_MAX = 20
CONNECT_SECONDS_MAX = 3
POLL_SECONDS = 0.1
KEY_FILE = "hub.key"
DATABASE_FOLDER = "database"
RESTORED = re.compile(rf"{DATABASE_FOLDER}\.(replaced-\d{{8}}T\d{{6}}Z|restoring)")
"""What `restore` calls a database that it set aside, or that it was building when it was killed."""
ENTRANCE_FILE = "entrance.json"
Say = Callable[[str], None]


class HubPlace:
    """One hub's folder."""

    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self.folder = settings.folder.resolve()
        self._address = self.folder / "address.json"
        self.erased = ErasedLog(self.folder / ERASED_FILE)
        self.generations = GenerationFile(self.folder / GENERATION_FILE)

    @property
    def is_founded(self) -> bool:
        """Whether a hub's keys lie here."""
        return (self.folder / KEY_FILE).is_file()

    def keys(self) -> Keys:
        """The hub's keys, made on the first call; PlaceRefused when the folder cannot be written.

        KeysMissing beside a database: new keys would be another hub, to which no receipt, lease or phone fits.
        """
        if not self.is_founded and os.path.lexists(self.folder / DATABASE_FOLDER):
            raise KeysMissing(folder=self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            now_ms = SystemClock().now().wall_ms
            return read_or_make_keys(self.folder / KEY_FILE, now_ms=now_ms, chance=chance_bytes)
        except OSError as problem:
            raise PlaceRefused(folder=self.folder, reason=problem.strerror or problem) from problem

    def entrance(self) -> Entrance:
        """Where units find this hub and whom they trust there; makes the hub's own authority on the first call."""
        return open_entrance(self.settings, self.folder, now_ms=SystemClock().now().wall_ms)

    def open_entrance(self) -> Entrance:
        """The entrance of a hub that begins to serve; other commands learn of it."""
        found = self.entrance()
        (self.folder / ENTRANCE_FILE).write_bytes(msgspec.json.encode(found))
        return found

    def entrance_of_anyone(self) -> Entrance:
        """The entrance of the hub that serves or served last here, whatever the settings of this command say."""
        try:
            return decode_json((self.folder / ENTRANCE_FILE).read_bytes(), Entrance)
        except (FileNotFoundError, msgspec.DecodeError):
            return self.entrance()

    @contextmanager
    def database(self, say: Say) -> Iterator[PostgresAddress]:
        """The database, ours for as long as the block runs; FolderInUse while another hub has it."""
        self.keys()
        if self.settings.database_url:
            yield open_external(self.settings.database_url, self.folder)
            return
        server = EmbeddedPostgres(self.folder / DATABASE_FOLDER)
        say("Starting the database …")
        address = open_embedded(server, self.folder)
        try:
            yield address
        finally:
            say("Stopping the database …")
            server.stop()

    @contextmanager
    def database_of_anyone(self, say: Say) -> Iterator[PostgresAddress]:
        """The database, whether a hub serves or not: the running one by its address, or our own for the moment."""
        running = self._running_address()
        if running is not None:
            yield running
            return
        with ExitStack() as stack:
            try:
                address = stack.enter_context(self.database(say))
            except FolderInUse:
                address = self._awaited_address()
            yield address

    @contextmanager
    def published(self, address: PostgresAddress) -> Iterator[None]:
        """Tell other commands where the database runs, for as long as the block runs."""
        unfinished = self._address.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(address))
        unfinished.replace(self._address)
        try:
            yield
        finally:
            self._address.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove this hub's own files for good, and nothing else; NoHubHere where no hub's keys lie.

        Databases that a restore set aside, or did not finish, are its own too. The folder itself goes only when nothing
        else stands in it.
        """
        if not (self.folder / KEY_FILE).is_file():
            raise NoHubHere(folder=self.folder)
        for folder in self.databases():
            remove_embedded(folder)
        published = ("address.json", "address.unfinished", ENTRANCE_FILE)
        for name in (PASSFILE, *published, ERASED_FILE, GENERATION_FILE, LOCK_FILE, *authority.FILES, KEY_FILE):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def databases(self) -> list[Path]:
        """The folders of this hub's embedded databases: the one that is served, then those that restores left."""
        left = [path for path in self.folder.glob(f"{DATABASE_FOLDER}.*") if RESTORED.fullmatch(path.name)]
        return [
            self.folder / DATABASE_FOLDER,
            *sorted(path for path in left if path.is_dir() and not path.is_symlink()),
        ]

    def _running_address(self) -> PostgresAddress | None:
        """The published address, when a database answers there: a hub that was killed leaves its file behind."""
        try:
            address = decode_json(self._address.read_bytes(), PostgresAddress)
            psycopg.connect(address.url(APP), connect_timeout=CONNECT_SECONDS_MAX).close()
        except (FileNotFoundError, msgspec.DecodeError, psycopg.OperationalError):
            return None
        return address

    def _awaited_address(self) -> PostgresAddress:
        """The address of a hub that is just starting; FolderInUse when it does not come."""
        deadline = time.monotonic() + ADDRESS_WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            if (address := self._running_address()) is not None:
                return address
            time.sleep(POLL_SECONDS)
        raise FolderInUse(folder=self.folder)
