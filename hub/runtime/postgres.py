"""The embedded Postgres: one command starts the whole hub, also as root, also after a crash.

The server listens on 127.0.0.1 only, by password (SCRAM), has no socket, and writes durably. It survives Ctrl-C in
the hub's terminal and is stopped by the hub at its end. A hub that died without stopping it leaves a living server
behind; the next start stops that one first, so it always runs with today's settings. Binaries, account and place:
postgres_binaries.py, service_user.py, postgres_place.py; the processes: postgres_process.py.
"""

import atexit
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_binaries import Binaries, find_binaries
from hub.runtime.postgres_faults import DatabaseAway, PortTaken
from hub.runtime.postgres_place import Place, locate, lock_folder, settle
from hub.runtime.postgres_process import (
    POLL_SECONDS,
    SUPERUSER,
    end_process,
    free_port,
    is_ready,
    make_database,
    port_is_free,
    stop_orphan,
    why,
)

START_SECONDS_MAX = 60
FREE_PORT_TRIES_MAX = 5
# Statements and key values stay out of the log: they hold names and money.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "logging_collector": "off",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One database server of one folder.

    `port` None lets it choose a free one at each start. `durable` False is for tests, whose data nobody will miss.
    Every method may raise a DatabaseFault, whose sentence names the way out.
    """

    def __init__(self, folder: Path, port: int | None = None, *, durable: bool = True) -> None:
        self._asked = folder.resolve()
        self._port = port
        self._settings = SETTINGS | (DURABLE if durable else FORGETFUL)
        self._lock: int | None = None
        self._place: Place | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._address: PostgresAddress | None = None

    def start(self) -> PostgresAddress:
        """Make the database when there is none, run the server, and answer once it takes logins."""
        assert self._lock is None, "already started"
        self._lock = lock_folder(self._asked)
        try:
            place = self._place = settle(self._asked)
            stop_orphan(place)
            binaries = find_binaries(place.account, place.data)
            if not place.data.exists():
                make_database(place, binaries)
            port = self._run(place, binaries)
        except BaseException:
            self.stop()
            raise
        atexit.register(self.stop)
        self._address = PostgresAddress(host="127.0.0.1", port=str(port))
        return self._address

    def stop(self) -> None:
        """Fast shutdown: sessions end, the log is flushed. Does nothing when it does not run."""
        atexit.unregister(self.stop)
        if self._process is not None:
            end_process(self._process)
        if self._lock is not None:
            os.close(self._lock)
        self._process = self._lock = self._address = None

    def superuser(self, database: str = SUPERUSER) -> psycopg.Connection[tuple[Any, ...]]:
        """A superuser's autocommit connection, for preparing roles and databases only."""
        assert self._address is not None, "not started"
        assert self._place is not None, "not started"
        password = self._place.password_file.read_text().strip()
        address = self._address.in_database(database)
        try:
            return psycopg.connect(address.url(SUPERUSER), password=password, autocommit=True)
        except psycopg.OperationalError as problem:
            reason = str(problem).strip().splitlines()[-1]
            raise DatabaseAway(host=address.host, reason=reason) from problem

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None, "not started"
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _run(self, place: Place, binaries: Binaries) -> int:
        if self._port is not None:
            self._run_on(self._port, place, binaries)
            return self._port
        for tries_left in reversed(range(FREE_PORT_TRIES_MAX)):
            port = free_port()
            try:
                self._run_on(port, place, binaries)
            except PortTaken:  # someone was faster between our look and the server's
                if not tries_left:
                    raise
            else:
                return port
        raise AssertionError("unreachable")

    def _run_on(self, port: int, place: Place, binaries: Binaries) -> None:
        if not port_is_free(port):
            raise PortTaken(port=port)
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        with place.log.open("wb") as log:
            self._process = place.account.spawn(
                binaries.postgres, "-D", place.data, "-p", str(port), *settings, log=log
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not is_ready(place, self._process.pid):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise why(place, port)
            time.sleep(POLL_SECONDS)


def remove_embedded(folder: Path) -> None:
    """Stop what still runs there and delete the database of `folder` for good; FolderInUse while a hub has it."""
    if not folder.exists():
        return
    asked = folder.resolve()
    lock = lock_folder(asked)
    try:
        place = locate(asked)
        stop_orphan(place)
        place.remove()
    finally:
        os.close(lock)
