"""The doctor at a hub: a sound one gets a clean bill, and each damage its own line with what to do."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from hub.runtime.authority import AUTHORITY_KEY_FILE, SERVER_FILE, read_or_make_authority
from hub.runtime.doctor import Patient, folder_checks
from hub.runtime.doctor_database import connect, database_checks
from hub.runtime.doctor_journals import SAMPLE_ENTRIES, journal_checks
from hub.runtime.doctor_visit import telling_damage, visit
from hub.runtime.place import HubPlace
from hub.runtime.postgres import remove_embedded
from hub.runtime.roles import BACKUP, OWNER
from hub.runtime.settings import HubSettings
from shared.console.checkup import Bar, Finding, as_json, as_lines, attention, examine, exit_code, ok, stop
from shared.journal.chance import chance_bytes
from shared.kernel.clock import DAY_MS
from shared.kernel.errors import InputRefused
from tests.support.clock import HandClock
from tests.support.hub import RunningHub, make_keys

pytestmark = pytest.mark.anyio
SECONDS_MAX = 120


def patient_of(folder: Path, clock: HandClock | None = None, *, deep: bool = False, **settings: Any) -> Patient:
    place = HubPlace(HubSettings(folder=folder, **settings))
    return Patient(place, clock or HandClock(), Bar(seen=False), deep=deep)


def by_name(found: list[Finding]) -> dict[str, Finding]:
    """The worst of each check."""
    return {one.check: one for one in sorted(found, key=lambda one: exit_code([one]))}


def at_folder(patient: Patient) -> dict[str, Finding]:
    return by_name(examine(folder_checks(patient), patient.bar))


def at_database(running: RunningHub, *, deep: bool = False) -> dict[str, Finding]:
    patient = patient_of(running.folder, running.clock, deep=deep)
    with closing(connect(running.address.url(BACKUP))) as connection:
        found = examine(database_checks(patient, connection), patient.bar)
        found += examine(journal_checks(patient, connection), patient.bar)
    return by_name(found)


def wrong(found: dict[str, Finding]) -> dict[str, str]:
    """What is not well; a hub of a test has no backup."""
    return {name: one.level for name, one in found.items() if one.level != "ok" and name != "Backup"}


def change(running: RunningHub, statement: str, *values: Any) -> None:
    """Somebody's hand in the database, as its owner and past row-level security."""
    with psycopg.connect(running.address.url(OWNER), autocommit=True) as owner:
        for table in ("journal.entry", "journal.head", "sync.unprojected", "sync.hub_state", "sync.backup"):
            owner.execute(f"alter table {table} no force row level security".encode())
        owner.execute("alter table journal.entry disable trigger user")
        owner.execute(statement.encode(), values)
        owner.execute("alter table journal.entry enable trigger user")
        for table in ("journal.entry", "journal.head", "sync.unprojected", "sync.hub_state", "sync.backup"):
            owner.execute(f"alter table {table} force row level security".encode())


async def test_a_sound_database_has_a_line_for_everything_and_no_trouble(running: RunningHub) -> None:
    await running.event(await running.venue())
    found = at_database(running, deep=True)
    assert wrong(found) == {}
    assert set(found) == {
        *("Database", "Schema", "Row security", "Quarantine", "Unprojected", "Cases", "Recovery", "Backup"),
        *("Heads", "Journals"),
    }
    assert found["Journals"].said.startswith("1 journals followed, all entries: ")


async def test_the_doctor_can_write_nothing(running: RunningHub) -> None:
    with closing(connect(running.address.url(BACKUP))) as connection, pytest.raises(psycopg.Error, match="read-only"):
        connection.execute("delete from journal.entry")


async def test_a_byte_changed_in_an_entry_names_the_entry(running: RunningHub) -> None:
    await running.venue()
    change(running, "update journal.entry set data = set_byte(data, 60, 255 - get_byte(data, 60)) where seq = 2")
    found = at_database(running, deep=True)
    assert found["Journals"].level == "stop"
    assert "tillhouse hub restore" in found["Journals"].todo


async def test_a_hash_beside_an_entry_that_is_not_its_own(running: RunningHub) -> None:
    await running.venue()
    change(running, "update journal.entry set hash = decode(repeat('00', 32), 'hex') where seq = 1")
    assert at_database(running)["Journals"].level == "stop"


async def test_a_head_that_lost_its_last_entry(running: RunningHub) -> None:
    await running.venue()
    change(running, "delete from journal.entry where seq = 2")
    found = at_database(running)
    assert (found["Heads"].level, "the head says entry 2, the last one here is 1" in found["Heads"].said) == (
        "stop",
        True,
    )


async def test_entries_without_a_head(running: RunningHub) -> None:
    change(running, "delete from journal.head")
    assert at_database(running)["Heads"].level == "stop"


async def test_a_head_of_another_history(running: RunningHub) -> None:
    change(running, "update journal.head set hash = decode(repeat('00', 32), 'hex')")
    assert "names another entry" in at_database(running)["Heads"].said


async def test_only_a_deep_look_goes_back_to_the_first_entry(running: RunningHub) -> None:
    for place in range(SAMPLE_ENTRIES + 2):
        await running.staff(f"Ann {place}")
    change(running, "update journal.entry set data = set_byte(data, 60, 255 - get_byte(data, 60)) where seq = 2")
    assert at_database(running)["Journals"].level == "ok"
    assert at_database(running, deep=True)["Journals"].level == "stop"


async def test_a_table_that_somebody_opened_to_everybody(running: RunningHub) -> None:
    with psycopg.connect(running.address.url(OWNER), autocommit=True) as owner:
        owner.execute("alter table raffle.raffle_sale disable row level security")
    found = at_database(running)["Row security"]
    assert (found.level, "raffle.raffle_sale: row-level security is off" in found.said) == ("stop", True)


async def test_what_waits_for_a_human_wants_a_look(running: RunningHub) -> None:
    async with running.hub.bus.tenant(running.org_id) as connection:
        row = (running.org_id, UUID(int=1))
        await connection.execute("insert into sync.quarantine values (%s, %s, 1, 0, 1, %s, 'why', 0)", (*row, row[1]))
        await connection.execute("insert into sync.unprojected values (%s, %s, 1, 0, 2, 'bar.opened', 1)", row)
        await connection.execute("insert into sync.hub_state values (%s, 2, 2, 'recovering', 0)", row[:1])
    assert wrong(at_database(running)) == dict.fromkeys(("Quarantine", "Unprojected", "Recovery"), "attention")


async def test_a_backup_is_as_old_as_the_one_that_was_proven_last(running: RunningHub) -> None:
    assert "was never in a verified backup" in at_database(running)["Backup"].said
    change(running, "insert into sync.backup values (%s, %s, '', 1, 1, 1, 1)", running.org_id, running.clock.wall_ms)
    assert at_database(running)["Backup"] == ok("Backup", "The last verified backup was made today.")
    running.clock.forward(9 * DAY_MS)
    assert at_database(running)["Backup"].level == "attention"


async def test_a_schema_of_another_program(running: RunningHub) -> None:
    for revision, level in (("0001", "attention"), ("9999", "stop")):
        with psycopg.connect(running.address.url(OWNER), autocommit=True) as owner:
            owner.execute("update migrations.alembic_version set version_num = %s", [revision])
        patient = patient_of(running.folder, running.clock)
        with closing(connect(running.address.url(BACKUP))) as connection:
            found = by_name(examine(database_checks(patient, connection), patient.bar))
        assert (set(found), found["Schema"].level) == ({"Database", "Schema"}, level)


async def test_a_folder_without_a_hub_stays_as_it_is(tmp_path: Path) -> None:
    place = HubPlace(HubSettings(folder=tmp_path / "none"))
    found = visit(place, HandClock(), deep=False, bar=Bar(seen=False))
    assert [(one.check, one.level) for one in found] == [("Keys", "stop")]
    assert not (tmp_path / "none").exists()


def hub_folder(tmp_path: Path, clock: HandClock) -> Path:
    folder = tmp_path / "hub"
    make_keys(folder / "hub.key")
    folder.chmod(0o700)
    authority = read_or_make_authority(folder, now_ms=clock.wall_ms, chance=chance_bytes)
    authority.server_file(["localhost"], now_ms=clock.wall_ms, chance=chance_bytes)
    return folder


async def test_keys_that_others_may_read_are_named(tmp_path: Path) -> None:
    clock = HandClock()
    folder = hub_folder(tmp_path, clock)
    assert wrong(at_folder(patient_of(folder, clock))) == {}
    (folder / AUTHORITY_KEY_FILE).chmod(0o640)
    found = at_folder(patient_of(folder, clock))["Keys"]
    assert (found.level, found.todo) == ("stop", f"chmod 600 {folder / AUTHORITY_KEY_FILE}")


async def test_half_an_authority_is_put_back_never_made_anew(tmp_path: Path) -> None:
    clock = HandClock()
    folder = hub_folder(tmp_path, clock)
    key = (folder / AUTHORITY_KEY_FILE).read_bytes()
    (folder / AUTHORITY_KEY_FILE).unlink()
    assert wrong(at_folder(patient_of(folder, clock))) == {"Authority": "stop"}
    assert not (folder / AUTHORITY_KEY_FILE).exists()
    (folder / AUTHORITY_KEY_FILE).write_bytes(key[:50])
    (folder / AUTHORITY_KEY_FILE).chmod(0o600)
    assert wrong(at_folder(patient_of(folder, clock))) == {"Authority": "stop"}


async def test_a_certificate_is_counted_in_days(tmp_path: Path) -> None:
    clock = HandClock()
    folder = hub_folder(tmp_path, clock)
    clock.forward(80 * DAY_MS)
    assert wrong(at_folder(patient_of(folder, clock))) == {"TLS": "attention"}
    clock.forward(20 * DAY_MS)
    assert wrong(at_folder(patient_of(folder, clock))) == {"TLS": "stop"}
    assert wrong(at_folder(patient_of(folder, clock, tls="off"))) == {}
    (folder / SERVER_FILE).unlink()
    assert wrong(at_folder(patient_of(folder, clock))) == {"TLS": "attention"}


async def test_a_check_that_fails_itself_is_a_finding_and_the_others_go_on() -> None:
    def refuses() -> Iterator[Finding]:
        raise InputRefused(field="Folder", problem="it is a photograph")

    def breaks() -> Iterator[Finding]:
        raise ZeroDivisionError("a secret\nof two lines")

    found = examine([("A", refuses), ("B", breaks), ("C", lambda: [ok("C", "Fine.")])], Bar(seen=False))
    assert [(one.check, one.level) for one in found] == [("A", "stop"), ("B", "stop"), ("C", "ok")]
    assert found[0].said == "Folder: it is a photograph."
    assert "two lines" not in found[1].said


async def test_lines_are_aligned_and_coloured_only_where_somebody_looks() -> None:
    found = [ok("Keys", "Fine."), attention("Long name", "Old.", "Look."), stop("X", "Broken.", "Mend it.")]
    plain = list(as_lines(found, coloured=False))
    assert plain == [
        "ok         Keys       Fine.",
        "attention  Long name  Old.",
        "                      → Look.",
        "stop       X          Broken.",
        "                      → Mend it.",
        "3 findings: 1 ok, 1 attention, 1 stop.",
    ]
    coloured = list(as_lines(found, coloured=True))
    assert coloured[3].startswith("\x1b[31m")
    assert [exit_code(found[:count]) for count in range(4)] == [0, 0, 1, 2]
    assert json.loads(as_json(found))["level"] == "stop"


async def test_a_bar_begins_only_after_two_seconds_and_only_where_somebody_looks() -> None:
    for seen, shown in ((True, True), (False, False)):
        times = iter((0.0, 1.9, 2.1, 2.2))
        bar = Bar(seen=seen, now_s=lambda: next(times))  # noqa: B023 - called within this turn of the loop
        bar.more(2)
        bar.tell("Keys")
        assert not bar.shown
        bar.tell("Journal")
        assert bar.shown is shown
        bar.end()
        assert not bar.shown


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A hub's folder, its database removed at the end."""
    yield tmp_path / "hub"
    remove_embedded(tmp_path / "hub" / "database")


def tillhouse(*words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "shared.console.main", "hub", *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


async def test_the_command_looks_at_a_hub_that_nobody_serves(folder: Path) -> None:
    words = ["create-admin", "--folder", str(folder), "--organization", "Rovers", "--login", "ada", "--name", "Ada"]
    made = tillhouse(*words, "--password-stdin", text="a long enough password\n")
    assert made.returncode == 0, made.stderr
    said = tillhouse("doctor", "--folder", str(folder), "--json", "--deep")
    assert said.returncode == 1, said.stdout + said.stderr
    answer = json.loads(said.stdout)
    trouble = {one["check"] for one in answer["findings"] if one["level"] != "ok"}
    assert trouble <= {"TLS", "Backup", "Disk", "Authority"}
    assert {"Keys", "Database", "Schema", "Row security", "Heads", "Journals"} <= {
        one["check"] for one in answer["findings"]
    }
    secrets = [line.split(":")[4] for line in (folder / "roles.pgpass").read_text().splitlines()]
    assert not any(secret in said.stdout + said.stderr for secret in secrets)


def test_a_torn_page_of_the_hubs_database_leads_to_the_last_backup_and_its_runbook() -> None:
    def torn() -> Iterator[Finding]:
        raise psycopg.errors.DataCorrupted("invalid page in block 0 of relation base/16384/16999")
        yield ok("Heads", "never said")

    [found] = examine(telling_damage([("Heads", torn)]), Bar(seen=False))
    assert (found.check, found.level) == ("Heads", "stop")
    assert "damaged (invalid page in block 0" in found.said
    assert "restore the last verified backup" in found.todo
    assert "docs/runbooks/a-damaged-database.md" in found.todo
