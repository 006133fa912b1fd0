"""The doctor at a unit: a sound one gets a clean bill, and each damage its own line with what to do."""

import asyncio
import json
import os
import socket
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from edge.runtime.console import edge
from edge.runtime.doctor import is_served
from edge.runtime.doctor_outside import check_letters
from edge.runtime.doctor_visit import visit
from edge.runtime.folder_lock import folder_lock
from edge.runtime.holds import set_hold
from edge.runtime.settings import Settings
from edge.sync.hub_word import keep_certificate
from edge.sync.receipts import KEEP_RECEIPT
from hub.runtime.postgres_process import free_port
from shared.console.checkup import Bar, Finding
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.head import cosign, sign_head
from shared.kernel.clock import DAY_MS, HOUR_MS
from shared.kernel.errors import StorageFault
from shared.pipeline.sqlite_journal import read_tip
from shared.pipeline.tables import owner_values
from tests.architecture.tree import ROOT
from tests.support.unit import Desk, Founded, found, running

Scene = Callable[[Desk], Awaitable[None]]


async def nothing(desk: Desk) -> None:
    """An evening without anything more."""


def unit_after(folder: Path, scene: Scene = nothing) -> Founded:
    """A unit that sold three times and was stopped in order."""

    async def play() -> Founded:
        founded = await found(folder / "unit")
        founded.folder.chmod(0o700)
        async with running(founded) as desk:
            await desk.log_in()
            for _ in range(3):
                await desk.sold()
            await scene(desk)
        return founded

    return asyncio.run(play())


def findings(founded: Founded, *, deep: bool = False, **changes: object) -> dict[str, Finding]:
    settings = msgspec.structs.replace(founded.settings, **changes)
    found = visit(settings, founded.clock, deep=deep, bar=Bar(seen=False))
    by_name: dict[str, Finding] = {}
    for one in found:
        if one.check not in by_name or by_name[one.check].level == "ok":
            by_name[one.check] = one
    return by_name


def levels(founded: Founded, *, deep: bool = False, **changes: object) -> dict[str, str]:
    """What is not well."""
    found = findings(founded, deep=deep, **changes)
    return {name: one.level for name, one in found.items() if one.level != "ok" and name != "Hub"}


def change(founded: Founded, *statements: str) -> None:
    """Somebody's hand in the database, triggers or not."""
    with closing(sqlite3.connect(founded.settings.database)) as db:
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_sound_unit_has_a_line_for_everything_and_no_trouble(tmp_path: Path) -> None:
    found = findings(unit_after(tmp_path), deep=True)
    assert list(found) == [
        *("Folder", "Keys", "Enrolment", "Disk", "Database", "Database pages", "Journal", "Witness", "Receipts"),
        *("Rows", "Waiting", "Holds", "Certificate", "Clock", "Hub", "Printer", "Letters", "Pages"),
    ]
    assert [one.check for one in found.values() if one.level != "ok"] == ["Hub"]
    assert found["Hub"].said == "Nobody said where it is."
    assert "6 entries chained; epoch 1 ends at 6." in found["Journal"].said


def test_it_looks_at_a_unit_that_serves_without_disturbing_it(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        found = await asyncio.to_thread(findings, desk.founded, deep=True)
        assert "the unit serves now" in found["Folder"].said
        assert [one for name, one in found.items() if name not in ("Hub", "Printer") and one.level != "ok"] == []
        assert found["Printer"].level == "attention"  # this one serves no port
        await desk.sold()

    assert levels(unit_after(tmp_path, scene)) == {}


def test_it_changes_nothing_in_the_folder(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    before = {path.name: path.read_bytes() for path in founded.folder.iterdir()}
    findings(founded, deep=True)
    after = {path.name: path.read_bytes() for path in founded.folder.iterdir()}
    assert {name: data for name, data in after.items() if not name.endswith(("-wal", "-shm"))} == before


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    found = visit(Settings(folder=tmp_path / "none"), Founded(tmp_path).clock, deep=False, bar=Bar(seen=False))
    assert [(one.check, one.level) for one in found] == [("Folder", "stop"), ("Keys", "stop")]
    assert not (tmp_path / "none").exists()


def test_a_key_that_others_may_read_and_a_folder_that_others_may_write(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    founded.settings.key_file.chmod(0o644)
    founded.folder.chmod(0o777)
    found = findings(founded)
    assert levels(founded) == {"Folder": "attention", "Keys": "stop"}
    assert found["Keys"].todo == f"chmod 600 {founded.settings.key_file}"


def test_a_key_file_that_is_gone_or_damaged(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    keys = founded.settings.key_file.read_bytes()
    founded.settings.key_file.write_bytes(keys[:40])
    assert levels(founded) == {"Keys": "stop"}
    founded.settings.key_file.unlink()
    assert levels(founded) == {"Keys": "stop"}
    assert not founded.settings.key_file.exists()


def test_a_unit_that_belongs_to_nobody_is_told_how_to_enrol(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    founded.settings.membership_file.unlink()
    found = findings(founded)
    assert levels(founded) == {"Enrolment": "attention"}
    assert "tillhouse edge enrol" in found["Enrolment"].todo


def test_a_membership_of_another_unit(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    other = asyncio.run(found(tmp_path / "other"))
    founded.settings.membership_file.write_bytes(other.settings.membership_file.read_bytes())
    assert levels(founded) == {"Enrolment": "stop"}


def test_a_database_that_is_gone_while_its_witness_remembers(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    for path in founded.folder.glob("edge.db*"):
        path.unlink()
    assert levels(founded) == {"Database": "stop"}


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    founded.settings.database.write_bytes(b"a photograph of the buyer" * 400)
    assert levels(founded) == {"Database": "stop"}


def test_a_database_of_an_earlier_program_waits_for_its_upgrade(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    change(founded, "UPDATE alembic_version SET version_num = '0001'")
    assert levels(founded) == {"Database": "attention"}


def test_a_database_that_does_not_keep_what_a_power_cut_takes(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    change(founded)
    with closing(sqlite3.connect(founded.settings.database)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    assert levels(founded) == {"Database": "stop"}


def test_a_database_with_a_torn_page(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    change(founded)
    with closing(sqlite3.connect(founded.settings.database)) as db:
        [(root,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'spool_job'")
        [(size,)] = db.execute("PRAGMA page_size")
    with founded.settings.database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(os.urandom(size))
    assert levels(founded)["Database pages"] == "stop"


@pytest.mark.parametrize(("table", "code"), [("journal_entry", "storage.damaged"), ("", "storage.unusable")])
def test_what_the_doctor_says_of_a_torn_database_leads_on_even_when_nothing_can_be_exported(
    tmp_path: Path, table: str, code: str
) -> None:
    founded = unit_after(tmp_path)
    change(founded)
    with closing(sqlite3.connect(founded.settings.database)) as db:
        roots = dict(db.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'").fetchall())
        [(size,)] = db.execute("PRAGMA page_size")
    with founded.settings.database.open("r+b") as file:
        file.seek((roots.get(table, 1) - 1) * size)
        file.write(b"\x5a" * size)
    runbook = "docs/runbooks/a-damaged-database.md"
    stops = [one for one in findings(founded).values() if one.level == "stop"]
    assert stops
    assert all(runbook in one.todo for one in stops)
    for words in (["export"], ["export", "--journal"]):
        command = [*words, "--folder", str(founded.folder), str(tmp_path / "file")]
        result = CliRunner().invoke(edge, command, standalone_mode=False)
        assert isinstance(result.exception, StorageFault), result.exception
        assert (result.exception.code, runbook in str(result.exception)) == (code, True)
    assert (ROOT / runbook).is_file()


def test_a_byte_changed_in_an_entry(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    spoilt = "CAST(substr(data, 1, 60) || x'00' || substr(data, 62) AS BLOB)"
    change(founded, f"UPDATE journal_entry SET data = {spoilt} WHERE seq = 2")
    found = findings(founded)
    assert (found["Journal"].level, found["Journal"].said.startswith("Entry 2 of ")) == ("stop", True)
    assert "tillhouse edge export" in found["Journal"].todo


def test_an_entry_taken_out_of_the_middle(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    change(founded, "DELETE FROM journal_entry WHERE seq = 3")
    assert levels(founded)["Journal"] == "stop"


def test_a_hash_that_is_not_its_entrys(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    change(founded, "UPDATE journal_entry SET hash = zeroblob(32) WHERE seq = 2")
    assert levels(founded)["Journal"] == "stop"


def test_a_journal_shorter_than_its_witness(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    change(founded, "DELETE FROM journal_entry WHERE seq = 6")
    found = findings(founded)
    assert (found["Journal"].level, found["Witness"].level) == ("ok", "stop")
    assert "(behind; it saw entry 6)" in found["Witness"].said


def test_a_witness_that_is_gone_or_torn_only_wants_a_look(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    founded.settings.witness.write_bytes(b"\x00" * 12_288)
    assert levels(founded) == {"Witness": "attention"}
    founded.settings.witness.unlink()
    assert levels(founded) == {"Witness": "attention"}


def test_a_row_that_no_fact_made_is_found_only_by_a_deep_look(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    change(founded, "UPDATE raffle_sale SET amount_minor = 1 WHERE seq = 4")
    assert levels(founded) == {}
    assert levels(founded, deep=True) == {"Rows": "stop"}
    assert "raffle_sale" in findings(founded, deep=True)["Rows"].said


def with_receipt(founded: Founded, seq: int, *, by_hub: bool = True) -> None:
    """The hub's cosignature up to `seq`, or somebody else's."""
    owner, key = founded.owner, founded.keys.node_key()
    with closing(sqlite3.connect(founded.settings.database)) as db:
        row = db.execute("SELECT hash FROM journal_entry WHERE seq = ?", (seq,)).fetchone()
        tip = Tip(seq, row[0])
        data = cosign(
            sign_head(owner, tip, key), Owner(owner.org_id, founded.hub_node, 1), founded.hub if by_hub else key
        )
        db.execute(KEEP_RECEIPT, (*owner_values(owner), tip.seq, tip.hash, data, founded.clock.wall_ms))
        db.commit()


def test_a_receipt_says_how_far_the_hub_answers_for(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    with_receipt(founded, 5)
    found = findings(founded)
    assert found["Receipts"] == Finding("Receipts", "ok", "The hub's receipt covers up to entry 5 of 6.")
    assert found["Waiting"].said.startswith("1 entry, ")


def test_a_receipt_that_the_hub_did_not_sign(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    with_receipt(founded, 4, by_hub=False)
    assert levels(founded) == {"Receipts": "stop"}


def test_a_receipt_of_another_history(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    with_receipt(founded, 6)
    with closing(sqlite3.connect(founded.settings.database)) as db:
        tip = read_tip(db, founded.owner)
    assert tip.seq == 6
    change(founded, "DELETE FROM journal_entry WHERE seq = 6")
    assert findings(founded)["Receipts"].level == "stop"


def test_what_waits_for_a_day_should_be_carried_by_hand(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    founded.clock.forward(HOUR_MS)
    assert findings(founded)["Waiting"].level == "ok"
    founded.clock.forward(2 * DAY_MS)
    found = findings(founded)["Waiting"]
    assert (found.level, "2 days old" in found.said) == ("attention", True)
    assert "tillhouse edge export" in found.todo


def test_each_cause_that_stops_selling_has_its_line(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.unit.writer.write(lambda db: set_hold(db, "hub", "disabled", desk.clock.wall_ms))

    founded = unit_after(tmp_path, scene)
    found = findings(founded)["Holds"]
    assert (found.level, found.said) == ("stop", "Head office disabled this unit.")


@pytest.mark.parametrize(("left_ms", "level"), [(60 * DAY_MS, "ok"), (2 * DAY_MS, "attention"), (-1, "stop")])
def test_a_certificate_is_counted_in_days(tmp_path: Path, left_ms: int, level: str) -> None:
    async def scene(desk: Desk) -> None:
        until_ms = desk.clock.wall_ms + left_ms
        await desk.unit.writer.write(lambda db: keep_certificate(db, b"signed", until_ms, desk.clock.wall_ms))

    assert findings(unit_after(tmp_path, scene))["Certificate"].level == level


def test_a_clock_before_its_own_journal(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    founded.clock.set_wall(founded.clock.wall_ms - DAY_MS)
    assert levels(founded) == {"Clock": "attention"}


def test_a_hub_that_does_not_answer_is_weather(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    found = findings(founded, hub_url=f"http://127.0.0.1:{free_port()}")["Hub"]
    assert (found.level, "Sales go on and are safe" in found.todo) == ("attention", True)
    refused = findings(founded, hub_url="http://hub.example")["Hub"]
    assert (refused.level, "https://" in refused.said) == ("stop", True)


def test_a_printer_on_the_network_is_called_unless_the_unit_serves(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as printer:
        port = printer.getsockname()[1]
        change(founded, f"UPDATE devices_device SET line = 'tcp:127.0.0.1:{port}'")
        assert findings(founded)["Printer"].level == "ok"
        change(founded, "UPDATE devices_device SET profile = 'epson-tm-x'")
        assert "“epson-tm-x” is not known" in findings(founded)["Printer"].said
    assert levels(founded) == {"Printer": "attention"}
    change(founded, "UPDATE devices_device SET line = 'a parrot'")
    assert levels(founded) == {"Printer": "attention"}
    change(founded, "UPDATE devices_device SET kind = 'scanner'")
    assert levels(founded) == {"Scanner": "attention"}
    change(founded, "UPDATE devices_device SET kind = 'kettle'")
    assert levels(founded) == {"Device": "attention"}
    change(founded, "DELETE FROM devices_device")
    assert findings(founded)["Printer"] == Finding("Printer", "ok", "This unit has none.")


def test_a_machine_that_cannot_join_letters_is_told_what_to_install() -> None:
    assert check_letters(joined=True).level == "ok"
    found = check_letters(joined=False)
    assert (found.level, "libfribidi0" in found.todo) == ("attention", True)


def test_whether_a_folder_is_served_is_asked_of_its_lock(tmp_path: Path) -> None:
    assert not is_served(tmp_path)
    with folder_lock(tmp_path):
        assert is_served(tmp_path)
    assert not is_served(tmp_path)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(edge, ["doctor", *words], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.output


def test_the_command_says_it_all_aligned_and_answers_with_the_worst(tmp_path: Path) -> None:
    founded = unit_after(tmp_path)
    secrets = (founded.keys.sign_seed, founded.keys.seal_seed, founded.keys.rest_key)
    code, said = run("--folder", str(founded.folder), "--printer", "none", "--deep")
    assert code == 1  # nobody said where the hub is, and the machine's clock is not the evening's
    assert "\x1b" not in said
    assert {line.index("  ") for line in said.splitlines() if line.startswith("ok")} == {2}
    founded.settings.key_file.chmod(0o644)
    code, said = run("--folder", str(founded.folder), "--printer", "none", "--json")
    answer = json.loads(said)
    assert (code, answer["level"]) == (2, "stop")
    assert {one["check"] for one in answer["findings"]} >= {"Folder", "Keys", "Journal", "Hub"}
    assert not any(secret in said for secret in secrets)
