"""A restored hub: what it forgot comes back from its units; until then it grants nothing to anybody (design §5.6)."""

from itertools import pairwise
from uuid import UUID, uuid4

import msgspec
import pytest

from edge.runtime.database import open_reader
from edge.sync.evidence import gather_evidence
from hub.runtime.hub import open_hub
from hub.sync.generation import hub_state
from hub.sync.recovery import declare_lost, recovery_of, take_evidence
from hub.sync.sessions import find_epochs
from shared.domain.cases.queries import CASES_OPEN
from shared.domain.identity.commands import DisableUnit, EnableUnit
from shared.domain.identity.decide_recovery import ENROLLED_SINCE
from shared.domain.identity.errors import AnotherPersonNeeded, HubRecovering, NotWaitedFor
from shared.domain.identity.queries import UNITS
from shared.domain.identity.state import EPOCHS_A_HUB_EPOCH, STOPPED_EPOCHS
from shared.domain.raffle.facts import LeaseRecovered
from shared.journal.chain import empty_tip, follow
from shared.journal.entry import Owner
from shared.journal.head import cosign, sign_head
from shared.journal.keyfile import Keys
from shared.kernel.errors import BadSignature
from shared.sync.evidence import Evidence
from shared.sync.protocol import Session
from shared.sync.standing import Standing, State, sign_standing
from tests.support.backups import all_rows, back_up, restored_database, restored_hub
from tests.support.disaster import Disaster, a_disaster
from tests.support.hub import RunningHub, make_keys
from tests.support.postgres import RunningPostgres
from tests.support.sync import Edge, on_air, open_edge, until

pytestmark = pytest.mark.anyio


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
    address = restored_database(postgres, backup)
    async with open_hub(address, running.keys, running.clock) as hub:
        after = RunningHub(hub, running.org_id, address, running.keys, running.clock, running.folder)
        day = Disaster(running, after, event, keys, keys, lost)
        shown = await day.show(keys, lost)
        assert (shown.recovered, shown.generation) == (1, 2)
    postgres.drop_database(address)


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


async def show_standing(day: Disaster, keys: Keys, state: State, signed_ms: int, reason: str = "") -> None:
    """The unit shows all it has, and how the hub had said it stands."""
    said = Standing(
        org=day.after.org_id, node=keys.node_id, epoch=1, state=state, reason=reason, generation=1, signed_ms=signed_ms
    )
    standing = sign_standing(said, day.after.hub.key)
    await take_evidence(day.after.hub, day.session(keys), Evidence(standing=standing))


@pytest.mark.parametrize(("state", "stands"), [
    ("disabled", "disabled"), ("revoked", "revoked"), ("forked", "forked"), ("behind", "behind"),
    ("superseded", "behind"), ("enabled", "enabled"),
])  # fmt: skip
async def test_a_unit_that_was_stopped_after_the_backup_is_stopped_again_by_what_it_shows(
    postgres: RunningPostgres, running: RunningHub, state: State, stands: str
) -> None:
    async with a_disaster(postgres, running) as day:
        for _ in range(2):
            await show_standing(day, day.second, state, day.after.clock.wall_ms + 1_000)
        units = await day.after.hub.many(day.after.org_id, UNITS)
        assert {unit.unit_id: unit.state for unit in units} == {
            day.first.node_id: "enabled", day.second.node_id: stands
        }  # fmt: skip
        cases = await day.after.hub.many(day.after.org_id, CASES_OPEN)
        forks = [(case.about_node_id, case.node_epoch) for case in cases if case.kind == "fork"]
        assert forks == ([(day.second.node_id, 1)] if state in STOPPED_EPOCHS else []), "its sales wait for a human"


async def test_an_epoch_that_only_was_enrolled_anew_since_has_no_two_histories_after_another_restore_either(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        await show_standing(day, day.second, "behind", day.after.clock.wall_ms + 1_000, ENROLLED_SINCE)
        cases = await day.after.hub.many(day.after.org_id, CASES_OPEN)
        assert [case.kind for case in cases] == ["hub_restored"]


async def test_a_word_from_before_the_unit_was_let_sell_stops_nobody(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        await show_standing(day, day.second, "disabled", 1)
        assert [unit.state for unit in await day.after.hub.many(day.after.org_id, UNITS)] == ["enabled", "enabled"]


async def test_a_hub_that_was_not_restored_forgot_nothing_that_a_unit_could_remind_it_of(running: RunningHub) -> None:
    venue = await running.venue()
    keys = await running.unit(venue)
    day = Disaster(running, running, await running.event(venue), keys, keys, b"")
    await show_standing(day, keys, "disabled", running.clock.wall_ms + 1_000)
    assert [unit.state for unit in await running.hub.many(running.org_id, UNITS)] == ["enabled"]


async def test_a_unit_that_has_shown_all_is_not_looked_up_again_whatever_it_shows(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        await day.show(day.second)
        await show_standing(day, day.second, "disabled", day.after.clock.wall_ms + 1_000)
        assert [unit.state for unit in await day.after.hub.many(day.after.org_id, UNITS)] == ["enabled", "enabled"]


async def test_a_receipt_of_an_epoch_that_the_hub_does_not_know_yet_keeps_nothing_else_out(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        hub, key = day.after.hub, day.first.node_key()
        later = Owner(day.after.org_id, day.first.node_id, 9)
        receipt = cosign(sign_head(later, empty_tip(later), key), hub.owner(day.after.org_id), hub.key)
        shown = await take_evidence(hub, day.session(day.first), Evidence(receipts=(receipt,), leases=(day.lost,)))
        assert shown.recovered == 1


async def test_a_unit_enrolled_anew_after_a_restore_gets_no_epoch_that_the_hub_may_have_forgotten(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    async with a_disaster(postgres, running) as day:
        await day.show(day.first, day.lost)
        await day.show(day.second)
        keys = make_keys(running.folder / "anew.key").node_key()
        [unit] = [one for one in await day.after.hub.many(day.after.org_id, UNITS) if one.code == "R07"]
        await day.after.unit_with(
            unit.venue_id, "R07", unit_id=unit.unit_id, sign_key=keys.sign_public, seal_key=keys.seal_public, again=True
        )
        epochs = await find_epochs(day.after.hub, unit.unit_id)
        assert [(one.epoch, one.state) for one in epochs] == [
            (1, "superseded"), (EPOCHS_A_HUB_EPOCH + 1, "enabled")
        ]  # fmt: skip
