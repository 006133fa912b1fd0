"""The hub's own database server: it starts on any machine, survives crashes, and says what hinders it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.runtime.database import open_embedded, open_external
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_binaries import find_binaries
from hub.runtime.postgres_faults import (
    AddressNotVerified,
    DatabaseAway,
    DidNotStart,
    DiskFull,
    FolderInUse,
    NoBinaries,
    PlaceRefused,
    PortTaken,
    RolesMissing,
    WrongBinaries,
)
from hub.runtime.postgres_place import Place, lock_folder, settle
from hub.runtime.postgres_process import SUPERUSER, free_port, why
from hub.runtime.roles import APP, OWNER, ROLES
from hub.runtime.service_user import account_for
from tests.support.postgres import RunningPostgres

HUB_THAT_DIES = """
import sys, time
from pathlib import Path
from hub.runtime.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
print(server.start().port, server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The database folder of one hub, removed wherever its files came to stand."""
    yield tmp_path / "hub" / "postgres"
    remove_embedded(tmp_path / "hub" / "postgres")


def _place(folder: Path) -> Place:
    lock = lock_folder(folder)
    try:
        return settle(folder)
    finally:
        os.close(lock)


def test_a_sale_is_still_there_after_the_hub_was_stopped_and_started(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    with server.superuser() as connection:
        connection.execute("create table sale (cents int)")
        connection.execute("insert into sale values (1000)")
        assert connection.execute("show fsync").fetchone() == ("on",)
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)
    server.stop()
    server.start()
    with server.superuser() as connection:
        assert connection.execute("select cents from sale").fetchall() == [(1000,)]
    server.stop()


def test_a_hub_that_was_killed_is_followed_by_one_that_starts(folder: Path) -> None:
    command = [sys.executable, "-c", HUB_THAT_DIES, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdout is not None
        port, orphan = hub.stdout.readline().split()
        hub.send_signal(signal.SIGKILL)
    assert Path(f"/proc/{orphan}").exists() or not Path("/proc").exists()
    with EmbeddedPostgres(folder, durable=False) as server:
        assert server.pid != int(orphan)
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", int(port))):
            pass


def test_a_server_that_was_killed_recovers(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        with server.superuser() as connection:
            connection.execute("create table sale as select 1000 as cents")
        os.kill(server.pid, signal.SIGKILL)
    with EmbeddedPostgres(folder) as server, server.superuser() as connection:
        assert connection.execute("select cents from sale").fetchall() == [(1000,)]


def test_a_pid_that_now_belongs_to_another_program_is_left_alone(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        pass
    place = _place(folder)
    with subprocess.Popen(["sleep", "60"]) as bystander:
        (place.data / "postmaster.pid").write_text(f"{bystander.pid}\n{place.data}\n")
        with EmbeddedPostgres(folder, durable=False) as server, server.superuser() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert bystander.poll() is None
        bystander.terminate()


def test_ctrl_c_in_the_hubs_terminal_does_not_reach_the_database(postgres: RunningPostgres) -> None:
    assert os.getsid(postgres.server.pid) != os.getsid(0)


def test_the_database_listens_on_this_machine_only_and_asks_for_a_password(postgres: RunningPostgres) -> None:
    with postgres.server.superuser() as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("show unix_socket_directories").fetchone() == ("",)
        rules = connection.execute("select distinct auth_method from pg_hba_file_rules").fetchall()
        assert rules == [("scram-sha-256",)]
    for password in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres.address.url(SUPERUSER, password), connect_timeout=5)


def test_files_and_passwords_are_for_their_owner_only(folder: Path) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    address = open_embedded(server, folder.parent / "keys")
    server.stop()
    place = _place(folder)
    passfile = Path(dict(address.options)["passfile"])
    assert place.data.stat().st_mode & 0o777 == 0o700
    assert place.password_file.stat().st_mode & 0o777 == 0o600
    assert passfile.stat().st_mode & 0o777 == 0o600
    told = place.log.read_text()
    assert place.password_file.read_text() not in told
    assert all(line.rsplit(":", 1)[1] not in told for line in passfile.read_text().splitlines())


def test_what_a_sale_holds_never_reaches_the_databases_log(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server, server.superuser() as connection:
        connection.execute("create table player (name text primary key)")
        connection.execute("insert into player values ('Ada Secret')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into player values ('Ada Secret')")
    told = _place(folder).log.read_text()
    assert "duplicate key" in told
    assert "Secret" not in told


def test_two_hubs_do_not_share_a_folder(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        with pytest.raises(FolderInUse, match="Stop it first"):
            EmbeddedPostgres(folder).start()
        with pytest.raises(FolderInUse):
            remove_embedded(folder)


def test_a_taken_port_is_named(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            EmbeddedPostgres(folder, port).start()
    with EmbeddedPostgres(folder, port) as server, server.superuser() as connection:
        assert connection.info.port == port


def test_removing_leaves_nothing_wherever_the_files_stood(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        pass
    place = _place(folder)
    remove_embedded(folder)
    remove_embedded(folder)
    assert not folder.exists()
    assert not place.folder.exists()


def test_a_half_made_database_is_made_anew(folder: Path) -> None:
    place = _place(folder)
    place.unfinished.mkdir()
    (place.unfinished / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder, durable=False):
        assert not place.unfinished.exists()


def test_a_copied_folder_never_shares_its_database_and_a_moved_one_keeps_it(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        pass
    place = _place(folder)
    stands_elsewhere = place.folder != folder  # as root: pytest's folders have mode 700
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    if stands_elsewhere:
        with pytest.raises(PlaceRefused, match="is a copy of"):
            EmbeddedPostgres(copy).start()
    else:
        assert _place(copy).folder == copy
    shutil.rmtree(copy)
    folder.rename(copy)
    assert _place(copy).folder == (place.folder if stands_elsewhere else copy)
    copy.rename(folder)


def test_without_programs_the_way_out_is_named(folder: Path) -> None:
    account = account_for(None)
    assert find_binaries(account, folder / "data").major >= 15
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(WrongBinaries, match="made by Postgres 9"):
        find_binaries(account, folder / "data")
    assert "PG_BIN" in str(NoBinaries(tried="nothing"))


def test_pg_bin_goes_before_all_others(tmp_path: Path) -> None:
    account = account_for(None)
    first = find_binaries(account, tmp_path / "data", {})
    again = find_binaries(account, tmp_path / "data", {"PG_BIN": f"{first.folder}/../bin"})
    assert str(again.folder) == f"{first.folder}/../bin"
    assert find_binaries(account, tmp_path / "data", {"PG_BIN": str(tmp_path)}) == first


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', DiskFull),
        ("LOG:  could not bind IPv4 address: Address already in use\nFATAL: could not create", PortTaken),
        ("FATAL:  something unheard of", DidNotStart),
    ],
)
def test_the_servers_last_words_become_a_sentence(tmp_path: Path, told: str, fault: type[Exception]) -> None:
    place = Place(asked=tmp_path, folder=tmp_path, account=account_for(None))
    place.log.write_text(told)
    assert isinstance(why(place, port=5432), fault)


def test_roles_are_made_once_and_keep_their_passwords(folder: Path) -> None:
    keys = folder.parent / "keys"
    for _ in range(2):
        server = EmbeddedPostgres(folder, durable=False)
        address = open_embedded(server, keys)
        for role in ROLES:
            with psycopg.connect(address.url(role)) as connection:
                row = connection.execute(
                    "select current_user::text, rolsuper from pg_roles where rolname = current_user"
                )
                assert row.fetchone() == (role, False)
        server.stop()


def test_only_the_owner_may_change_the_house(database: PostgresAddress) -> None:
    with psycopg.connect(database.url(OWNER), autocommit=True) as connection:
        connection.execute("create schema raffle")
    for role in set(ROLES) - {OWNER}:
        with psycopg.connect(database.url(role), autocommit=True) as connection:
            for ddl in ("create schema mine", "create table public.mine (x int)"):
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                    connection.execute(ddl.encode())


def test_an_operators_database_is_prepared_by_a_superuser_and_used_without_one(folder: Path) -> None:
    keys = folder.parent / "keys"
    with EmbeddedPostgres(folder, durable=False) as server:
        with server.superuser() as connection:
            password, port = connection.info.password, connection.info.port
            connection.execute("create role stranger login password 'x'")
        superuser = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/tillhouse"
        stranger = f"postgresql://stranger:x@127.0.0.1:{port}/postgres"
        with pytest.raises(RolesMissing, match="superuser's address"):
            open_external(stranger, keys)
        address = open_external(superuser, keys)
        with psycopg.connect(address.url(APP)) as connection:
            assert connection.execute("select '[1,2]'::int4range && '[2,3]'").fetchone() == (True,)
        owner = address.url(OWNER)
        assert open_external(owner, keys) == address


def test_a_database_that_is_away_or_unproven_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="does not answer"):
        open_external(f"postgresql://u@127.0.0.1:{free_port()}/tillhouse", tmp_path)
    with pytest.raises(AddressNotVerified):
        open_external("postgresql://u@db.example.org/tillhouse", tmp_path)
