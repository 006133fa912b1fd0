"""A restored hub: what it forgot comes back from its units; until then it grants nothing to anybody (design §5.6)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest

from edge.runtime.database import open_reader
from edge.sync.evidence import gather_evidence
from hub.runtime.backup import record_proven
from hub.runtime.hub import Hub, open_hub
from hub.sync.controller import grant
from hub.sync.feed import read_feed
from hub.sync.generation import first_position, hub_state, open_generation
from hub.sync.recovery import declare_lost, recovery_of, take_evidence
from hub.sync.sessions import NotProven
from hub.sync.watermarks import watermark_of
from shared.domain.identity.commands import DisableUnit, EnableUnit
from shared.domain.identity.errors import AnotherPersonNeeded, HubRecovering, NotWaitedFor
from shared.domain.identity.queries import UNITS
from shared.domain.raffle.facts import LeaseRecovered
from shared.domain.slices import ALL
from shared.journal.chain import empty_tip, follow
from shared.journal.entry import Entry, Owner
from shared.journal.keyfile import Keys
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature
from shared.pipeline.postgres_applier import apply
from shared.sync.evidence import Evidence
from shared.sync.feed import read_page
from shared.sync.protocol import LeaseRequest, Session
from tests.support.backups import all_rows, back_up, restored_hub
from tests.support.hub import RunningHub
from tests.support.postgres import RunningPostgres
from tests.support.sync import Edge, on_air, open_edge, until

pytestmark = pytest.mark.anyio
LEASES = "select first_number, last_number from raffle.raffle_lease order by first_number"
OFFICE = (
    "identity.identity_organization", "identity.identity_venue", "identity.identity_staff", "identity.identity_unit",
    "identity.identity_unit_epoch", "raffle.raffle_plan", "raffle.raffle_event", "raffle.raffle_package",
    "raffle.raffle_lease", "vault.vault_badge",
)  # fmt: skip


@dataclass
class Disaster:
    """A hub that was restored to before `lost` was granted; `first` and `second` are its two handhelds."""

    before: RunningHub
    after: RunningHub
    event: UUID
    first: Keys
    second: Keys
    lost: bytes

    def session(self, keys: Keys) -> Session:
        """A proven unit."""
        return Session(self.after.org_id, keys.node_id, 1, self.after.clock.wall_ms + 60_000)

    async def show(self, keys: Keys, *leases: bytes, complete: bool = True) -> Any:
        """The unit shows these leases."""
        return await take_evidence(self.after.hub, self.session(keys), Evidence(leases=leases, complete=complete))

    async def ask(self, keys: Keys, hub: Hub | None = None) -> bytes:
        """The unit asks for numbers."""
        return await grant(hub or self.after.hub, self.session(keys), LeaseRequest(uuid4(), self.event))

    async def leases(self) -> list[tuple[int, int]]:
        """What the restored hub knows to be granted."""
        async with self.after.hub.bus.tenant(self.after.org_id) as connection:
            return list(await (await connection.execute(LEASES)).fetchall())


@asynccontextmanager
async def a_disaster(postgres: RunningPostgres, running: RunningHub) -> AsyncIterator[Disaster]:
    venue = await running.venue()
    await running.staff("Mara")
    first, second = await running.unit(venue, "R07"), await running.unit(venue, "R12")
    event = await running.event(venue)
    made = Disaster(running, running, event, first, second, b"")
    await made.ask(first)
    backup = back_up(running)
    made.lost = await made.ask(first)
    async with restored_hub(postgres, running, backup) as after:
        made.after = after
        yield made


async def test_a_restored_hub_opens_a_new_generation_and_says_whom_it_waits_for(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        found = await recovery_of(day.after.hub, day.after.org_id)
        assert (found.state.generation, found.state.epoch, found.state.recovering) == (2, 2, True)
        assert [(unit.code, unit.is_open) for unit in found.units] == [("R07", True), ("R12", True)]


async def test_a_recovering_hub_grants_nothing_and_enables_nobody(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        unit = day.second.node_id
        await day.after.do(DisableUnit(command_id=uuid4(), unit_id=unit, reason="left at the counter"))
        with pytest.raises(HubRecovering, match="1 units: R07"):
            await day.after.do(EnableUnit(command_id=uuid4(), unit_id=unit))
        with pytest.raises(HubRecovering):
            await day.ask(day.first)
        with pytest.raises(HubRecovering):
            await day.after.unit((await day.after.hub.many(day.after.org_id, UNITS))[0].venue_id, "R99")


async def test_a_lease_that_the_hub_forgot_comes_back_and_its_numbers_are_never_granted_again(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        assert len(await day.leases()) == 1
        shown = await day.show(day.first, day.lost)
        assert (shown.recovered, shown.recovering) == (1, True)
        again = await day.show(day.first, day.lost)
        assert (again.recovered, again.recovering) == (0, True)
        assert not (await day.show(day.second)).recovering
        before = await day.leases()
        await day.ask(day.second)
        after = await day.leases()
        assert len(after) == len(before) + 1 == 3
        assert all(one[1] < two[0] for one, two in pairwise(after))


async def test_the_lease_that_came_back_is_a_fact_of_the_new_epoch_and_its_document_is_kept(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        await day.show(day.first, day.lost)
        async with day.after.hub.bus.tenant(day.after.org_id) as connection:
            owner = await day.after.hub.owner_in(connection, day.after.org_id)
            rows = await (await connection.execute(
                "select data from journal.entry where node_id = %s and epoch = 2 order by seq", [owner.node_id]
            )).fetchall()  # fmt: skip
            documents = await (await connection.execute("select data from sync.lease_document")).fetchall()
        read = follow(owner, empty_tip(owner), [bytes(row[0]) for row in rows])
        types = [one.envelope.type for one in read]
        assert types == ["identity.hub_epoch_opened", "cases.case_opened", LeaseRecovered.TYPE]
        assert day.lost in [bytes(row[0]) for row in documents]


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


async def test_a_unit_is_given_up_by_two_people_and_the_hub_goes_on(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        hub, org_id, ada, jonas = day.after.hub, day.after.org_id, uuid4(), uuid4()
        await day.show(day.first, day.lost)
        assert not await declare_lost(hub, org_id, day.second.node_id, ada)
        with pytest.raises(AnotherPersonNeeded, match="Ask another person"):
            await declare_lost(hub, org_id, day.second.node_id, ada)
        with pytest.raises(HubRecovering, match="R12"):
            await day.ask(day.first)
        assert await declare_lost(hub, org_id, day.second.node_id, jonas)
        assert not (await recovery_of(hub, org_id)).state.recovering
        await day.ask(day.first)
        with pytest.raises(NotWaitedFor):
            await declare_lost(hub, org_id, day.first.node_id, jonas)


async def test_a_unit_that_was_given_up_and_comes_back_late_gets_no_number_twice(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        hub, org_id = day.after.hub, day.after.org_id
        await day.show(day.second)
        for person in (uuid4(), uuid4()):
            await declare_lost(hub, org_id, day.first.node_id, person)
        await day.ask(day.second)
        leases = await day.leases()
        shown = await day.show(day.first, day.lost)
        assert (shown.recovered, shown.refused) == (0, 1)
        cases = all_rows(day.after.address)["cases.cases_case"]
        assert sum("overlap" in row for row in cases) == 1, "somebody is asked to look at both leases"
        assert sum("hub_restored" in row for row in cases) == 1
        assert await day.leases() == leases
        assert (await day.show(day.first, day.lost)).refused == 0, "its document is held now"
        state = (await recovery_of(hub, org_id)).state
        assert (state.generation, state.recovering) == (2, False), "the hub knew that it had forgotten"


async def test_a_hub_that_was_restored_without_a_word_finds_out_by_what_it_had_signed(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    venue = await running.venue()
    keys = await running.unit(venue)
    event = await running.event(venue)
    elsewhere = Disaster(running, running, event, keys, keys, b"")
    known = await elsewhere.ask(keys)
    assert not (await elsewhere.show(keys, known)).recovering, "it holds what it is shown"
    backup = back_up(running)
    lost = await elsewhere.ask(keys)
    async with restored_hub(postgres, running, backup) as after:
        async with after.hub.bus.tenant(after.org_id) as connection:
            await connection.execute("update sync.hub_state set state = 'normal'")
        day = Disaster(running, after, event, keys, keys, lost)
        shown = await day.show(keys, lost)
        assert (shown.recovered, shown.generation) == (1, 3)


async def test_evidence_that_bears_another_signature_is_not_taken(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        forged = bytearray(day.lost)
        forged[-1] ^= 1
        for document in (bytes(forged), b"", b"\x93\xa1a\xa1b\xa1c"):
            with pytest.raises(BadSignature):
                await day.show(day.first, document)
        with pytest.raises(BadSignature, match="another unit"):
            await day.show(day.second, day.lost)
        assert len(await day.leases()) == 1


async def test_a_part_of_the_evidence_does_not_count_as_all_of_it(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        await day.show(day.second)
        assert (await day.show(day.first, day.lost, complete=False)).recovering
        assert not (await day.show(day.first)).recovering


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


async def test_a_handheld_that_sold_meanwhile_refills_the_restored_hub_by_itself(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    venue, seller = await running.venue(), await running.staff("Mara")
    event = await running.event(venue)
    async with on_air(running) as air:
        edge = await air.edge(venue)
        await edge.ready(event)
        await edge.sell(event, seller)
        await edge.level()
        backup = back_up(running)
        await edge.sell(event, seller, place=2)
        await edge.level()
        entries, path, owner = await edge.entries(), edge.path, edge.owner
        async with open_reader(path, owner) as reader:
            parts = await gather_evidence(reader, owner)
        evidence = msgspec.msgpack.decode(parts[-1], type=Evidence)
    async with restored_hub(postgres, running, backup) as after:
        session = Session(after.org_id, owner.node_id, 1, after.clock.wall_ms + 60_000)
        answer = await take_evidence(after.hub, session, evidence)
        assert not answer.recovering
        async with after.hub.bus.tenant(after.org_id) as connection:
            assert (await hub_state(connection, after.org_id)).state == "normal"
    assert len(parts) == 1
    assert len(evidence.leases) >= 1
    assert entries


async def more_than(edge: Edge, event: UUID, left: int) -> bool:
    """Whether numbers came."""
    return await edge.numbers_left(event) > left


async def test_handhelds_find_the_restored_hub_show_what_they_hold_and_sell_on_by_themselves(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    venue, seller = await running.venue(), await running.staff("Mara")
    event = await running.event(venue)
    async with on_air(running) as air:
        edge = await air.edge(venue)
        await edge.ready(event)
        await edge.sell(event, seller)
        await edge.level()
        backup, keys = back_up(running), edge.keys
        for _ in range(2):
            await edge.sell(event, seller, place=2, times=20)
        left = await edge.numbers_left(event)
        await until(lambda: more_than(edge, event, left), "numbers that the backup knows nothing of")
        await edge.level()
    async with restored_hub(postgres, running, backup) as after, on_air(after) as air:
        assert (await recovery_of(after.hub, after.org_id)).state.recovering
        day = Disaster(running, after, event, keys, keys, b"")
        async with open_edge(air, keys) as edge:

            async def normal() -> bool:
                return not (await recovery_of(after.hub, after.org_id)).state.recovering

            await until(normal, "the handheld to show what it holds")
            assert len(await day.leases()) == 2
            await edge.level()
            await edge.sell(event, seller)
            await edge.level()
            async with after.hub.bus.tenant(after.org_id) as connection:
                rows = await (await connection.execute("select count(*) from raffle.raffle_sale")).fetchone()
            assert rows == (4,)

            async def fed() -> bool:
                return bool(await edge.reader.values("SELECT 1 FROM peer WHERE generation = 2 AND position > 0"))

            await until(fed, "the new generation's feed")
            kinds = await edge.reader.values("SELECT DISTINCT epoch FROM raffle_event")
            assert kinds == [(2,)]
