"""`tillhouse hub backup` and `restore` as an operator runs them, on an embedded database and on one of their own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.office.persons.service import erase_person
from hub.runtime.backup import DatabaseNotEmpty, NoHub, NotVerified, NotWritten, ProofFailed, SchemaBehind, back_up
from hub.runtime.backup_file import BackupFile, BackupUnfit
from hub.runtime.doctor import Patient, check_keys
from hub.runtime.generation_file import GenerationsUnreadable
from hub.runtime.hub import Hub, open_hub
from hub.runtime.migrate import migrate
from hub.runtime.onboard import find_or_found, organizations
from hub.runtime.place import HubPlace
from hub.runtime.postgres import remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_faults import FolderInUse
from hub.runtime.postgres_place import lock_folder
from hub.runtime.postgres_process import free_port
from hub.runtime.restore import restore
from hub.runtime.restore_external import HubServes
from hub.runtime.roles import APP, BACKUP
from hub.runtime.settings import HubSettings
from hub.sync.generation import hub_state
from shared.console.checkup import Bar
from tests.support.backups import flipped, silent
from tests.support.clock import HandClock
from tests.support.postgres import RunningPostgres

NAMES = ["Rivermouth Rovers", "Kingsway Lions"]


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[HubPlace]:
    """A hub's folder with a database that holds one organisation; every database of it is removed at the end."""
    found = HubPlace(HubSettings(folder=tmp_path / "hub"))
    found_organization(found, NAMES[0])
    yield found
    for folder in found.folder.glob("database*"):
        remove_embedded(folder)


@pytest.fixture
def place(postgres: RunningPostgres, tmp_path: Path) -> Iterator[HubPlace]:
    """The same on a Postgres that somebody else runs, by a superuser's address."""
    database = postgres.fresh_database()
    found = external(postgres, database, tmp_path / "hub")
    found_organization(found, NAMES[0])
    yield found
    for name in databases(postgres, database.database):
        postgres.drop_database(database.in_database(name))


def databases(postgres: RunningPostgres, name: str) -> list[str]:
    """The database of this name and those that were made of it or set aside."""
    with postgres.server.superuser() as superuser:
        names = [row[0] for row in superuser.execute("select datname from pg_database order by 1")]
    return [found for found in names if found == name or found.startswith(f"{name}_re")]


def external(postgres: RunningPostgres, database: PostgresAddress, folder: Path) -> HubPlace:
    """A hub whose database somebody else runs, by a superuser's address."""
    with postgres.server.superuser(database.database) as superuser:
        password, info = superuser.info.password, superuser.info
        url = f"postgresql://postgres:{password}@{info.host}:{info.port}/{database.database}"
    passfile = Path(dict(database.options)["passfile"])
    folder.mkdir(mode=0o700)
    (folder / "roles.pgpass").write_bytes(passfile.read_bytes())
    (folder / "roles.pgpass").chmod(0o600)
    return HubPlace(HubSettings(folder=folder, database_url=url))


def found_organization(place: HubPlace, name: str) -> None:
    """Found an organisation at the hub of this folder."""

    async def found(address: PostgresAddress) -> None:
        async with open_hub(address, place.keys()) as hub:
            await find_or_found(hub, name=name, licence="L", currency="USD", site="")

    with place.database(silent) as address:
        migrate(address)
        asyncio.run(found(address))


def look(place: HubPlace) -> dict[str, tuple[int, int, str]]:
    """Each organisation's name and the hub's generation, epoch and state for it."""

    async def read(hub: Hub) -> dict[str, tuple[int, int, str]]:
        found = {}
        for name, org_id in (await organizations(hub)).items():
            async with hub.bus.tenant(org_id) as connection:
                state = await hub_state(connection, org_id)
            found[name] = (state.generation, state.epoch, state.state)
        return found

    async def work(address: PostgresAddress) -> dict[str, tuple[int, int, str]]:
        async with open_hub(address, place.keys()) as hub:
            return await read(hub)

    with place.database(silent) as address:
        return asyncio.run(work(address))


def make(place: HubPlace, name: str = "tonight.backup", *, verify: bool = False, with_keys: bool = False) -> Path:
    """A backup of this hub."""
    path = place.folder.parent / name
    back_up(place, path, with_keys=with_keys, verify=verify, verify_with=None, say=silent)
    return path


def test_a_hub_is_backed_up_proven_restored_and_its_old_database_set_aside(embedded: HubPlace) -> None:
    place = embedded
    path = make(place, verify=True)
    assert list(place.folder.glob("verify-*")) == []
    found_organization(place, NAMES[1])
    with pytest.raises(DatabaseNotEmpty, match="--replace"):
        restore(place, path, replace=False, say=silent)
    assert set(look(place)) == set(NAMES)
    done = restore(place, path, replace=True, say=silent)
    assert look(place) == {NAMES[0]: (2, 2, "normal")}, "no unit, nobody to wait for"
    aside = Path(done.aside)
    assert aside.name.startswith("database.replaced-")
    aside.rename(place.folder / "kept")
    (place.folder / "database").rename(place.folder / "database.restored")
    (place.folder / "kept").rename(place.folder / "database")
    assert set(look(place)) == set(NAMES), "the database that was set aside still works"


def test_each_restore_of_one_backup_is_a_generation_of_its_own(place: HubPlace) -> None:
    path = make(place)
    for generation in (2, 3):
        restore(place, path, replace=True, say=silent)
        assert look(place) == {NAMES[0]: (generation, generation, "normal")}


def test_a_restore_that_fails_after_it_opened_a_generation_never_opens_that_one_again(place: HubPlace) -> None:
    path, in_the_way = make(place), place.folder / "erased.log"
    in_the_way.mkdir()
    with pytest.raises(IsADirectoryError):
        restore(place, path, replace=True, say=silent)
    assert look(place) == {NAMES[0]: (1, 1, "normal")}
    in_the_way.rmdir()
    restore(place, path, replace=True, say=silent)
    assert look(place) == {NAMES[0]: (3, 3, "normal")}


def test_a_hub_that_cannot_read_its_generations_restores_nothing_and_its_doctor_says_so(place: HubPlace) -> None:
    path = make(place)
    (place.folder / "generation.json").write_text('{"cut o')
    with pytest.raises(GenerationsUnreadable, match=r"generation\.json cannot be read: .*Put a copy of it"):
        restore(place, path, replace=True, say=silent)
    assert look(place) == {NAMES[0]: (1, 1, "normal")}
    with pytest.raises(GenerationsUnreadable):
        list(check_keys(Patient(place, HandClock(), Bar(seen=False), deep=False)))


def test_a_damaged_backup_changes_nothing(place: HubPlace, tmp_path: Path) -> None:
    path = make(place)
    size = path.stat().st_size
    before = sorted(entry.name for entry in place.folder.iterdir())
    for at in (3, 30, size // 2, size - 400, size - 36, size - 1):
        with pytest.raises(BackupUnfit):
            restore(place, flipped(path, at, tmp_path / "flipped.backup"), replace=True, say=silent)
    assert sorted(entry.name for entry in place.folder.iterdir()) == before
    assert look(place) == {NAMES[0]: (1, 1, "normal")}


def test_a_restore_that_fails_half_way_leaves_the_hub_as_it_was(postgres: RunningPostgres, place: HubPlace) -> None:
    path = make(place)

    def stop(text: str) -> None:
        if text.startswith("Loading"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(place, path, replace=True, say=stop)
    assert len(databases(postgres, place.settings.database_url.rpartition("/")[2])) == 1
    assert look(place) == {NAMES[0]: (1, 1, "normal")}


def test_nothing_is_restored_while_a_hub_uses_the_folder(embedded: HubPlace) -> None:
    place = embedded
    path = make(place)
    lock = lock_folder(place.folder / "database")
    with pytest.raises(FolderInUse, match="Stop it first"):
        restore(place, path, replace=True, say=silent)
    os.close(lock)


def test_a_backup_with_keys_makes_the_hub_whole_in_an_empty_folder(
    postgres: RunningPostgres, place: HubPlace, tmp_path: Path
) -> None:
    plain, whole = make(place, "plain.backup"), make(place, "whole.backup", with_keys=True)
    database = postgres.fresh_database()
    fresh = external(postgres, database, tmp_path / "fresh")
    with pytest.raises(BackupUnfit, match=r"no hub\.key"):
        restore(fresh, plain, replace=False, say=silent)
    assert [entry.name for entry in fresh.folder.iterdir()] == ["roles.pgpass"]
    restore(fresh, whole, replace=False, say=silent)
    assert (fresh.folder / "hub.key").read_bytes() == (place.folder / "hub.key").read_bytes()
    assert (fresh.folder / "hub.key").stat().st_mode & 0o777 == 0o600
    assert look(fresh) == {NAMES[0]: (2, 2, "normal")}
    for name in databases(postgres, database.database):
        postgres.drop_database(database.in_database(name))


def test_a_folder_without_a_hub_has_nothing_to_back_up(tmp_path: Path) -> None:
    nobody = HubPlace(HubSettings(folder=tmp_path / "nobody"))
    with pytest.raises(NoHub):
        back_up(nobody, tmp_path / "a", with_keys=False, verify=False, verify_with=None, say=silent)
    assert not nobody.folder.exists()


def test_whoever_was_erased_since_the_backup_is_erased_again(place: HubPlace) -> None:
    path, person = make(place), uuid4()

    async def erase(address: PostgresAddress) -> UUID:
        async with open_hub(address, place.keys(), erased=place.erased) as hub:
            [org_id] = (await organizations(hub)).values()
            await erase_person(hub, org_id, [person], command_id=uuid4())
            return org_id

    with place.database(silent) as address:
        asyncio.run(erase(address))
    restore(place, path, replace=True, say=silent)
    with place.database(silent) as address, psycopg.connect(address.url("tillhouse_backup")) as connection:
        rows = connection.execute("select person_id, epoch from persons.persons_erased").fetchall()
    assert rows == [(person, 2)]


def test_an_external_database_is_backed_up_proven_elsewhere_and_replaced_by_renaming(
    postgres: RunningPostgres, place: HubPlace, tmp_path: Path
) -> None:
    url, _, name = place.settings.database_url.rpartition("/")
    database, scratch = postgres.address.in_database(name), postgres.fresh_database()
    path, verify_with = tmp_path / "tonight.backup", f"{url}/{scratch.database}"
    made = back_up(place, path, with_keys=False, verify=True, verify_with=verify_with, say=silent)
    assert made.verified
    with pytest.raises(DatabaseNotEmpty, match="verify the backup with"):
        back_up(
            place, tmp_path / "b", with_keys=False, verify=True, verify_with=place.settings.database_url, say=silent
        )
    found_organization(place, NAMES[1])
    with psycopg.connect(database.url(APP)), pytest.raises(HubServes, match="nothing was changed"):
        restore(place, path, replace=True, say=silent)
    with pytest.raises(DatabaseNotEmpty):
        restore(place, path, replace=False, say=silent)
    done = restore(place, path, replace=True, say=silent)
    assert look(place) == {NAMES[0]: (2, 2, "normal")}
    assert done.aside.startswith(f"{database.database}_replaced_")
    postgres.drop_database(scratch)


def test_a_backup_that_nobody_can_verify_leaves_no_file_and_moves_no_watermark(
    postgres: RunningPostgres, place: HubPlace, tmp_path: Path
) -> None:
    path = tmp_path / "tonight.backup"
    away = f"postgresql://postgres:secret@127.0.0.1:{free_port()}/scratch"
    with pytest.raises(NotVerified) as told:
        back_up(place, path, with_keys=False, verify=True, verify_with=away, say=silent)
    assert "does not answer" in str(told.value)
    assert "write it unverified with --no-verify" in str(told.value)
    assert "secret" not in str(told.value)
    assert list(tmp_path.glob("tonight.backup*")) == []
    assert watermarks(place) == 0
    make(place, "tonight.backup")
    assert path.is_file()


def test_a_verifying_server_that_goes_away_half_way_leaves_no_file(
    postgres: RunningPostgres, place: HubPlace, tmp_path: Path
) -> None:
    url, scratch = place.settings.database_url.rpartition("/")[0], postgres.fresh_database()
    path = tmp_path / "tonight.backup"

    def cut(text: str) -> None:
        if text.startswith("Loading"):
            with postgres.server.superuser() as superuser:
                end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
                superuser.execute(end, [scratch.database])

    with pytest.raises(NotVerified, match="no file was left of it"):
        back_up(place, path, with_keys=False, verify=True, verify_with=f"{url}/{scratch.database}", say=cut)
    assert list(tmp_path.glob("tonight.backup*")) == []
    assert watermarks(place) == 0
    postgres.drop_database(scratch)


def test_a_database_that_was_tampered_with_gives_no_backup_that_looks_verified(
    postgres: RunningPostgres, place: HubPlace, tmp_path: Path
) -> None:
    url, _, name = place.settings.database_url.rpartition("/")
    scratch, path = postgres.fresh_database(), tmp_path / "tonight.backup"
    with postgres.server.superuser(name) as superuser:
        superuser.execute("alter table journal.entry disable trigger user")
        superuser.execute("update journal.entry set hash = sha256(hash)")
    (tmp_path / "tonight.backup.unverified").write_bytes(b"left by one that was killed")
    with pytest.raises(ProofFailed, match="Run `tillhouse hub doctor`"):
        back_up(place, path, with_keys=False, verify=True, verify_with=f"{url}/{scratch.database}", say=silent)
    assert list(tmp_path.glob("tonight.backup*")) == []
    postgres.drop_database(scratch)


def test_a_disk_that_takes_no_backup_is_told_in_a_sentence(place: HubPlace, tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match=r"No such file or directory\. No file was left of it"):
        make(place, "unmounted/tonight.backup")


def watermarks(place: HubPlace) -> int:
    """How many journals units may purge by."""
    with place.database(silent) as address, psycopg.connect(address.url(BACKUP)) as connection:
        [(count,)] = connection.execute("select count(*) from sync.watermark").fetchall()
    return int(count)


def test_a_database_that_waits_for_its_upgrade_is_backed_up_unproven_when_asked_for_that_and_else_not_at_all(
    postgres: RunningPostgres, tmp_path: Path
) -> None:
    database = postgres.fresh_database()
    place = external(postgres, database, tmp_path / "hub")
    place.keys()
    with place.database(silent) as address:
        migrate(address, "0001")
    path = tmp_path / "tonight.backup"
    with pytest.raises(SchemaBehind, match="Nothing was written"):
        back_up(place, path, with_keys=False, verify=True, verify_with=None, say=silent)
    assert list(tmp_path.glob("tonight.backup*")) == []
    assert not back_up(place, path, with_keys=False, verify=False, verify_with=None, say=silent).verified
    assert BackupFile(path).manifest.revision == "0001"
    postgres.drop_database(database)


def test_the_commands_say_what_they_did(embedded: HubPlace, tmp_path: Path) -> None:
    path = tmp_path / "by-command.backup"

    def hub(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "shared.console.main", "hub", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    made = hub("backup", "--folder", embedded.folder, path)
    assert made.returncode == 0, made.stderr
    assert "Verified: it was restored" in made.stdout
    again = hub("backup", "--folder", embedded.folder, path)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    done = hub("restore", "--folder", embedded.folder, "--replace", path)
    assert done.returncode == 0, done.stderr
    assert "generation 2, waits for nobody" in done.stdout
    assert "enter revocations and PIN changes since the backup again" in done.stdout
