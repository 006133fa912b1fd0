"""A backup: one file with everything in it, proven before a unit may forget anything, useless when a byte changed."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from hub.runtime.backup import record_proven
from hub.runtime.backup_dump import dump, read_shapes
from hub.runtime.backup_file import BackupFile, BackupThere, BackupUnfit
from hub.runtime.backup_load import key_files, load, prove
from hub.runtime.migrate import migrate
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import BACKUP, OWNER
from hub.sync.watermarks import watermark_of
from shared.journal.entry import Owner
from shared.pipeline.postgres_bus import lock_head
from tests.support.backups import all_rows, back_up, flipped, restored_database, silent
from tests.support.hub import RunningHub, make_keys
from tests.support.postgres import RunningPostgres
from tests.support.sync import on_air

pytestmark = pytest.mark.anyio
REGIONS = (0, 5, 18, 19, 40, 200, 1_000)
"""In the magic line, at the start of the compressed tables, in them."""


@pytest.fixture
async def evening(running: RunningHub) -> RunningHub:
    """A hub after a few sales of one handheld."""
    venue, seller = await running.venue(), await running.staff("Mara")
    event = await running.event(venue)
    async with on_air(running) as air:
        edge = await air.edge(venue)
        await edge.ready(event)
        for place in range(3):
            await edge.sell(event, seller, place=place)
        await edge.level()
    return running


async def test_a_backup_brings_every_row_of_every_table_back(postgres: RunningPostgres, evening: RunningHub) -> None:
    before = all_rows(evening.address)
    address = restored_database(postgres, back_up(evening))
    after = all_rows(address)
    postgres.drop_database(address)
    assert before == after
    assert len(before["raffle.raffle_sale"]) == 3
    assert before["vault.event_key"]


async def test_a_backup_is_readable_by_its_owner_alone_and_replaces_no_file(running: RunningHub) -> None:
    backup = back_up(running)
    assert backup.path.stat().st_mode & 0o777 == 0o600
    written = backup.path.read_bytes()
    with pytest.raises(BackupThere, match="nothing was overwritten"):
        back_up(running)
    assert backup.path.read_bytes() == written
    assert [path.name for path in running.folder.glob("*.unfinished")] == []


async def test_a_backup_that_fails_half_way_leaves_nothing_behind(running: RunningHub) -> None:
    def cut(_text: str) -> None:
        raise KeyboardInterrupt

    path = running.folder / "cut.backup"
    with pytest.raises(KeyboardInterrupt):
        dump(running.address, path, running.keys, now_ms=1, key_files={}, say=cut)
    assert list(running.folder.glob("cut.backup*")) == []


async def test_the_hubs_keys_are_in_a_backup_only_when_somebody_asked_for_them(running: RunningHub) -> None:
    plain = back_up(running)
    assert key_files(plain) == {}
    assert bytes.fromhex(running.keys.rest_key) not in plain.path.read_bytes()
    path, secret = running.folder / "whole.backup", (running.folder / "hub.key").read_bytes()
    dump(running.address, path, running.keys, now_ms=1, key_files={"hub.key": secret}, say=silent)
    whole = BackupFile(path)
    assert whole.manifest.with_keys
    assert key_files(whole) == {"hub.key": secret}


async def test_a_backup_with_a_changed_byte_anywhere_is_refused(evening: RunningHub, tmp_path: Path) -> None:
    backup = back_up(evening)
    size = backup.path.stat().st_size
    places = [*REGIONS, *range(0, size, max(1, size // 60)), size - 1, size - 33, size - 40, size - 300]
    for place in places:
        with pytest.raises(BackupUnfit, match="Nothing was changed"):
            BackupFile(flipped(backup.path, place, tmp_path / "flipped.backup"))


async def test_a_backup_that_was_cut_short_is_refused(running: RunningHub, tmp_path: Path) -> None:
    data = back_up(running).path.read_bytes()
    short = tmp_path / "short.backup"
    for length in (0, 10, 60, len(data) // 2, len(data) - 1):
        short.write_bytes(data[:length])
        with pytest.raises(BackupUnfit):
            BackupFile(short)


async def test_a_backup_of_another_hub_is_refused(running: RunningHub) -> None:
    backup, other = back_up(running), make_keys(running.folder / "other.key")
    backup.assert_of(running.keys.node_id, running.hub.key.sign_public)
    with pytest.raises(BackupUnfit, match="another hub made it"):
        backup.assert_of(other.node_id, other.node_key().sign_public)


async def test_a_watermark_moves_only_when_the_backup_was_proven(
    postgres: RunningPostgres, evening: RunningHub
) -> None:
    hub, backup = evening.hub, back_up(evening)
    unit = next(mark for mark in backup.manifest.organizations[0].journals if mark.owner.node_id != hub.node_id)
    async with hub.bus.tenant(evening.org_id) as connection:
        assert await watermark_of(connection, unit.owner) is None
    postgres.drop_database(restored_database(postgres, backup))
    record_proven(evening.address, backup, verified_ms=evening.clock.wall_ms)
    async with hub.bus.tenant(evening.org_id) as connection:
        found = await watermark_of(connection, unit.owner)
        tip = await lock_head(connection, unit.owner)
    assert found is not None
    assert (found.tip, found.backup_ms) == (tip, backup.manifest.made_ms)


async def test_an_older_backup_that_is_proven_late_moves_no_watermark_back(evening: RunningHub) -> None:
    older = back_up(evening, "older.backup")
    await evening.venue("Kingsway Hall")
    newer = back_up(evening, "newer.backup")
    for backup in (newer, older):
        record_proven(evening.address, backup, verified_ms=1)
    mine = evening.hub.owner(evening.org_id)
    async with evening.hub.bus.tenant(evening.org_id) as connection:
        found = await watermark_of(connection, mine)
        assert found is not None
        assert found.tip == await lock_head(connection, mine)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update journal.entry set data = data || '\\x00'::bytea where seq = 2", "does not follow"),
        ("update journal.entry set hash = sha256(hash) where seq = 2", "does not follow"),
        ("delete from journal.entry where seq = 2", "does not follow"),
        ("delete from journal.entry where seq = 3", "ends at 2, not 3"),
        ("update journal.head set seq = seq + 1", "ends at 3, not 4"),
        ("delete from journal.head", "belong to no journal"),
    ],
)
async def test_a_backup_of_a_database_that_was_tampered_with_proves_nothing(
    postgres: RunningPostgres, running: RunningHub, change: str, reason: str
) -> None:
    await running.venue()
    await running.staff("Mara")
    with postgres.server.superuser(running.address.database) as superuser:
        superuser.execute("alter table journal.entry disable trigger user")
        superuser.execute(change.encode())
    address = postgres.fresh_database()
    with pytest.raises(BackupUnfit, match=reason):
        load(address, back_up(running), silent)
    postgres.drop_database(address)


async def test_rows_that_a_load_lost_are_missed(postgres: RunningPostgres, running: RunningHub) -> None:
    backup = back_up(running)
    address = restored_database(postgres, backup)
    prove(address, backup, silent)
    with postgres.server.superuser(address.database) as superuser:
        superuser.execute("delete from identity.identity_organization")
    with pytest.raises(BackupUnfit, match=r"identity_organization has 0 rows instead of 1"):
        prove(address, backup, silent)
    postgres.drop_database(address)


async def test_a_second_history_of_a_unit_is_proven_from_where_it_leaves_the_first(
    postgres: RunningPostgres, evening: RunningHub
) -> None:
    backup = back_up(evening)
    unit = next(mark.owner for mark in backup.manifest.organizations[0].journals if mark.owner != evening.hub.owner(
        evening.org_id))  # fmt: skip
    copied = (
        "insert into journal.branch values ({0}, 1, 0, 2, 0)",
        "insert into journal.entry select org_id, node_id, epoch, 1, seq, hash, data, received_ms from journal.entry "
        "where node_id = '{1}' and seq > 2",
        "insert into journal.head select org_id, node_id, epoch, 1, seq, hash from journal.head where node_id = '{1}'",
    )
    with postgres.server.superuser(evening.address.database) as superuser:
        for text in copied:
            mine = f"'{unit.org_id}', '{unit.node_id}', 1"
            superuser.execute(text.format(mine, unit.node_id).encode())
    forked = back_up(evening, "forked.backup")
    assert Owner(unit.org_id, unit.node_id, 1, 1) in {m.owner for m in forked.manifest.organizations[0].journals}
    postgres.drop_database(restored_database(postgres, forked))


def test_a_backup_of_the_first_release_is_restored_and_upgraded(
    postgres: RunningPostgres, database: PostgresAddress, tmp_path: Path
) -> None:
    migrate(database, "0001")
    org_id, keys = uuid4(), make_keys(tmp_path / "hub.key")
    with psycopg.connect(database.url(OWNER)) as owner:
        owner.execute("insert into directory.organization values (%s, 'Rovers', 1)", [org_id])
    path = tmp_path / "first.backup"
    manifest, _ = dump(database, path, keys, now_ms=1, key_files={}, say=silent)
    assert manifest.revision == "0001"
    address = restored_database(postgres, BackupFile(path))
    assert all_rows(address)["directory.organization"] == [(org_id, "Rovers", 1)]
    postgres.drop_database(address)


def test_a_backup_of_a_newer_program_is_refused(
    postgres: RunningPostgres, database: PostgresAddress, tmp_path: Path
) -> None:
    migrate(database)
    with psycopg.connect(database.url(OWNER)) as owner:
        owner.execute("update migrations.alembic_version set version_num = '9999'")
    path = tmp_path / "newer.backup"
    dump(database, path, make_keys(tmp_path / "hub.key"), now_ms=1, key_files={}, say=silent)
    with pytest.raises(BackupUnfit, match="a newer program made it"):
        load(postgres.fresh_database(), BackupFile(path), silent)


def test_the_schema_holds_nothing_that_a_copy_of_its_tables_would_forget(migrated: PostgresAddress) -> None:
    with psycopg.connect(migrated.url(BACKUP)) as connection:
        kinds = "select relname from pg_class where relkind in ('S', 'm', 'f', 'p') and relnamespace > 16000"
        assert connection.execute(kinds).fetchall() == []
        assert connection.execute("select count(*) from pg_largeobject_metadata").fetchone() == (0,)
        names = [shape.name for shape in read_shapes(connection)]
    assert names.index("raffle.raffle_lease_taken") < names.index("raffle.raffle_range")
    assert "staff_access.session" not in names
