"""A new life of the hub: its epoch, what it carries over, and its feed, which nobody reads on from an older one."""

import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest

from hub.runtime.backup import record_proven
from hub.runtime.generation_file import GenerationFile, GenerationsUnreadable
from hub.runtime.hub import open_hub
from hub.sync.feed import read_feed
from hub.sync.generation import first_position, open_generation
from hub.sync.recovery import recovery_of, take_evidence
from hub.sync.sessions import NotProven
from hub.sync.watermarks import watermark_of
from shared.domain.slices import ALL
from shared.journal.chain import empty_tip, follow
from shared.journal.entry import Entry, Owner
from shared.journal.head import cosign, sign_head
from shared.kernel.codec import decode, encode
from shared.pipeline.postgres_applier import apply
from shared.sync.evidence import Evidence
from shared.sync.feed import read_page
from shared.sync.lease import LEASE_TAG
from shared.sync.standing import Standing, sign_standing
from tests.support.backups import all_rows, back_up, restored_database
from tests.support.disaster import Disaster, a_disaster
from tests.support.hub import RunningHub
from tests.support.journals import journal_of
from tests.support.postgres import RunningPostgres

pytestmark = pytest.mark.anyio
PROCESSES, NOTES = 4, 40
NOTE_MANY = f"""
import sys
from pathlib import Path
from uuid import UUID
from hub.runtime.generation_file import GenerationFile

for generation in range(1, {NOTES} + 1):
    GenerationFile(Path(sys.argv[1])).note({{UUID(int=int(sys.argv[2])): generation}})
"""
OFFICE = (
    "identity.identity_organization", "identity.identity_venue", "identity.identity_staff", "identity.identity_unit",
    "identity.identity_unit_epoch", "raffle.raffle_plan", "raffle.raffle_event", "raffle.raffle_package",
    "raffle.raffle_lease", "vault.vault_badge",
)  # fmt: skip


async def test_a_restored_hub_opens_a_new_generation_and_says_whom_it_waits_for(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        found = await recovery_of(day.after.hub, day.after.org_id)
        assert (found.state.generation, found.state.epoch, found.state.recovering) == (2, 2, True)
        assert [(unit.code, unit.is_open) for unit in found.units] == [("R07", True), ("R12", True)]


async def test_what_the_old_epoch_owned_is_the_new_ones_and_nothing_else_changed(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        backup = all_rows(running.address)
        after = all_rows(day.after.address)
        for name in OFFICE:
            assert {row[2] for row in after[name]} == {2}, name
            if name != "raffle.raffle_lease":
                assert [row[:2] + row[3:] for row in after[name]] == [row[:2] + row[3:] for row in backup[name]]


async def test_replaying_both_epochs_of_the_hub_gives_the_rows_that_are_live(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        await day.show(day.first, day.lost)
        await day.show(day.second)
        await day.after.venue("Kingsway Hall")
        live = all_rows(day.after.address)
        async with day.after.hub.bus.tenant(day.after.org_id) as connection:
            owner = await day.after.hub.owner_in(connection, day.after.org_id)
            found = await (await connection.execute(
                "select epoch, data from journal.entry where node_id = %s order by epoch, seq", [owner.node_id]
            )).fetchall()  # fmt: skip
        database = await _replayed(postgres, day, [(row[0], bytes(row[1])) for row in found])
        for name in OFFICE:
            if not name.startswith("vault."):
                assert database[name] == live[name], name


async def _replayed(postgres: RunningPostgres, day: Disaster, entries: list[tuple[int, bytes]]) -> dict[str, list[Any]]:
    """The rows that the hub's journals alone bring back, in a database that is otherwise empty."""
    address = postgres.fresh_database("template_migrated")
    async with open_hub(address, day.after.keys, day.after.clock) as empty, empty.bus.tenant(day.after.org_id) as db:
        for epoch in sorted({epoch for epoch, _ in entries}):
            await db.execute(
                "insert into sync.hub_state values (%s, %s, %s, 'normal', 0) "
                "on conflict (org_id) do update set epoch = excluded.epoch",
                (day.after.org_id, epoch, epoch),
            )
            owner = Owner(day.after.org_id, empty.node_id, epoch)
            for one in follow(owner, empty_tip(owner), [data for at, data in entries if at == epoch]):
                fact = ALL.facts.read(one.envelope.type, one.envelope.version, one.envelope.body)
                assert fact is not None
                await apply(db, ALL.project(Entry(one.envelope, one.hash, fact, owner)))
    rows = all_rows(address)
    postgres.drop_database(address)
    return rows


async def test_a_new_generation_begins_at_positions_that_no_earlier_one_drew(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day, day.after.hub.bus.tenant(day.after.org_id) as connection:
        query = "select generation, position from sync.feed_head"
        row = await (await connection.execute(query)).fetchone()
        assert row is not None
        assert row[0] == 2
        assert row[1] > first_position(2) > 2**30
        rows = await (await connection.execute("select kind, row from sync.feed_row where not gone")).fetchall()
        for kind, data in rows:
            assert decode(bytes(data), ALL.row_kinds[kind]).owner.epoch == 2
        assert {kind for kind, _ in rows} >= {"raffle_event", "vault_badge", "identity_unit"}


async def test_a_unit_that_reads_on_in_the_old_generation_is_told_to_say_hello(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        session = day.session(day.first)
        for since in (1, 3, first_position(2) + 10**6):
            with pytest.raises(NotProven):
                await read_feed(day.after.hub, session, since)
        page = read_page(
            await read_feed(day.after.hub, session, 0),
            feeder_key=day.after.hub.key.sign_public, org=day.after.org_id, since=0,
        )  # fmt: skip
        assert (page.generation, page.feeder_epoch, page.end) == (2, 2, True)
        await read_feed(day.after.hub, session, page.upto)


async def test_a_second_disaster_from_the_same_backup_opens_a_later_generation(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        state = await open_generation(day.after.hub, day.after.org_id, "restored", beyond=7)
        assert (state.generation, state.epoch) == (8, 8)
        same = await open_generation(day.after.hub, day.after.org_id, "evidence")
        assert same == state, "who recovers already goes on with it"


async def test_a_database_put_back_twice_by_hand_never_opens_one_generation_twice(
    postgres: RunningPostgres, running: RunningHub, tmp_path: Path
) -> None:
    await running.unit(await running.venue())
    backup, seen = back_up(running), GenerationFile(tmp_path / "generation.json")
    for generation in (2, 3, 4):
        address = restored_database(postgres, backup)
        async with open_hub(address, running.keys, running.clock, generations=seen) as hub:
            state = await open_generation(hub, running.org_id, "evidence")
            assert (state.generation, state.epoch) == (generation, generation)
            assert await open_generation(hub, running.org_id, "evidence") == state
        postgres.drop_database(address)
    assert GenerationFile(tmp_path / "generation.json").latest(running.org_id) == 4
    assert (tmp_path / "generation.json").stat().st_mode & 0o777 == 0o600


def test_generations_that_cannot_be_read_are_told_and_never_taken_for_none(tmp_path: Path) -> None:
    path, org_id = tmp_path / "generation.json", uuid4()
    for text in ("", "{", '{"a": 1}', f'{{"{org_id}": "two"}}', "[]"):
        path.write_text(text)
        for act in (lambda: GenerationFile(path).latest(org_id), lambda: GenerationFile(path).note({org_id: 2})):
            with pytest.raises(GenerationsUnreadable, match="Put a copy of it"):
                act()
        assert path.read_text() == text, "what a person may still read stays"


def test_processes_that_note_generations_at_once_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "generation.json"
    running = [subprocess.Popen([sys.executable, "-c", NOTE_MANY, path, str(place)]) for place in range(PROCESSES)]
    assert [one.wait(timeout=60) for one in running] == [0] * PROCESSES
    seen = GenerationFile(path)
    assert [seen.latest(UUID(int=place)) for place in range(PROCESSES)] == [NOTES] * PROCESSES


@pytest.mark.parametrize("shown", ["receipt", "lease", "standing"])
async def test_a_hub_without_that_file_goes_beyond_every_life_that_a_unit_shows(
    running: RunningHub, shown: str
) -> None:
    card, later = await journal_of(running), Owner(running.org_id, running.hub.node_id, 3)
    head, key = sign_head(card.owner, card.tip, card.key), running.hub.key
    said = Standing(org=card.owner.org_id, node=card.owner.node_id, epoch=1, state="enabled", reason="", signed_ms=1,
                    generation=3)  # fmt: skip
    assert card.lease is not None
    lost = msgspec.structs.replace(card.lease, lease=uuid4(), granter_epoch=3, first=90_001, last=90_100)
    evidence = {
        "receipt": Evidence(receipts=(cosign(head, later, key),)),
        "lease": Evidence(leases=(key.document(LEASE_TAG, encode(lost)),)),
        "standing": Evidence(standing=sign_standing(said, key)),
    }
    answer = await take_evidence(running.hub, card.session, evidence[shown])
    assert answer.generation == 4


async def test_a_backup_from_before_the_restore_moves_no_watermark_after_it(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        record_proven(day.after.address, back_up(running, "late.backup"), verified_ms=1)
        mine = Owner(day.after.org_id, day.after.hub.node_id, 1)
        async with day.after.hub.bus.tenant(day.after.org_id) as connection:
            assert await watermark_of(connection, mine) is None


async def test_rows_that_never_change_move_to_the_next_epoch_and_nowhere_else(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        for change in ("epoch = 1", "epoch = 3", "epoch = 3, last_number = 1", "last_number = last_number + 1"):
            with pytest.raises((psycopg.IntegrityError, psycopg.errors.InsufficientPrivilege)):
                async with day.after.hub.bus.tenant(day.after.org_id) as connection:
                    await connection.execute(f"update raffle.raffle_lease set {change}".encode())


async def test_the_app_may_hand_over_every_kind_of_row_that_a_hub_owns(running: RunningHub) -> None:
    """A new table whose rows only come into being needs `grant update (epoch)` to the app, or no epoch outlives it."""
    asked = "select has_column_privilege('tillhouse_app', %s, 'epoch', 'update')"
    async with running.hub.bus.tenant(running.org_id) as connection:
        for kind in ALL.adopted:
            table = f"{kind.TABLE.slice_name}.{kind.TABLE.full_name}"
            assert await (await connection.execute(asked, [table])).fetchone() == (True,), table
