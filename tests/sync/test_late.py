"""Facts of a later program: stored raw today, shown after the hub's upgrade as if they had been known all along."""

import asyncio
import hashlib

import msgspec
import pytest
from structlog.testing import capture_logs

from hub.runtime.hub import Hub, open_hub
from hub.sync.branches import read_lines
from hub.sync.inherited import open_inherited_cases
from hub.sync.late import project_late, retry_quarantine
from hub.sync.receive import receive
from hub.sync.sessions import find_node
from shared.domain.raffle.facts import SaleVoided, TicketsSold
from shared.domain.slices import ALL
from shared.journal.chain import Sealed
from shared.journal.entry import Fact, Owner
from shared.pipeline.manifest import Slice, Slices
from shared.pipeline.postgres_bus import move_head, store_entries
from tests.support.hub import RunningHub
from tests.support.journals import Journal, journal_of, sold_minor
from tests.sync.test_forks import branches

pytestmark = pytest.mark.anyio
SHOWN, ASIDE = "shown after an upgrade", "fact quarantined"


def before(*unknown: type[Fact]) -> Slices:
    """The program as it was before these facts were thought of."""

    def without(part: Slice) -> Slice:
        return msgspec.structs.replace(
            part,
            facts=tuple(fact for fact in part.facts if fact not in unknown),
            edge_facts=tuple(fact for fact in part.edge_facts if fact not in unknown),
            projections={fact: way for fact, way in part.projections.items() if fact not in unknown},
            handlers=(),
        )

    return Slices(tuple(without(part) for part in ALL.slices))


async def unprojected(hub: Hub, running: RunningHub) -> list[tuple[int, str]]:
    """(seq, type) of what waits for an upgrade."""
    async with hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select seq, type from sync.unprojected order by seq")
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def in_quarantine(running: RunningHub) -> list[int]:
    """Seqs of what waits for a human."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select seq from sync.quarantine order by seq")
        return [row[0] for row in await cursor.fetchall()]


async def sold_before_its_numbers(running: RunningHub) -> tuple[Journal, Sealed]:
    """A handheld that sold before it took the numbers: the sale waits, and can be shown when they are there."""
    whole = await journal_of(running, sales=1)
    card = whole.at(0)
    [sold] = card.sell(1)
    card.add(whole.sealed[0].entry.body)
    for seq in (1, 2):
        await receive(running.hub, card.session, card.bundle(seq, seq))
    assert await in_quarantine(running) == [1]
    return card, sold


async def test_an_unknown_fact_is_kept_raw_and_shown_after_the_upgrade(running: RunningHub) -> None:
    journal = await journal_of(running, sales=2)
    journal.void(journal.sealed[-1])
    journal.sell(1)
    async with open_hub(running.address, running.keys, running.clock, slices=before(SaleVoided)) as old:
        await receive(old, journal.session, journal.bundle())
        assert await unprojected(old, running) == [(4, "raffle.sale_voided")]
        assert await sold_minor(running, journal.desk.event_id) == 3 * 500
        assert await project_late(old) == 0
    assert await project_late(running.hub) == 1
    assert await unprojected(running.hub, running) == []
    assert await sold_minor(running, journal.desk.event_id) == 2 * 500
    assert await project_late(running.hub) == 0


async def test_a_whole_unknown_slice_of_business_loses_nothing(running: RunningHub) -> None:
    journal = await journal_of(running, sales=3)
    async with open_hub(running.address, running.keys, running.clock, slices=before(TicketsSold, SaleVoided)) as old:
        await receive(old, journal.session, journal.bundle())
        assert len(await unprojected(old, running)) == 3
        assert await sold_minor(running, journal.desk.event_id) == 0
    assert await project_late(running.hub) == 3
    assert await sold_minor(running, journal.desk.event_id) == 3 * 500


async def test_what_waits_behind_a_quarantined_entry_is_shown_when_that_one_can_be(running: RunningHub) -> None:
    journal = await journal_of(running, sales=1)
    sold = journal.sealed[-1]
    [twice] = journal.add(sold.entry.body)
    journal.void(twice)
    await receive(running.hub, journal.session, journal.bundle())
    entity = sold.entry.envelope.entity
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select seq, reason from sync.quarantine order by seq")
        held = await cursor.fetchall()
        assert [row[0] for row in held] == [3, 4]
        assert held[1][1].startswith("waits for")
    assert not await retry_quarantine(running.hub, running.org_id, entity)
    assert await in_quarantine(running) == [3, 4]


async def test_a_quarantine_tried_again_beside_an_upload_leaves_nothing_behind(running: RunningHub) -> None:
    card, sold = await sold_before_its_numbers(running)
    card.void(sold)
    async with running.hub.bus.tenant(running.org_id) as connection:
        await read_lines(connection, card.owner)
        upload = asyncio.create_task(receive(running.hub, card.session, card.bundle()))
        await asyncio.sleep(0.1)
        retry = asyncio.create_task(retry_quarantine(running.hub, running.org_id, sold.entry.envelope.entity))
        await asyncio.sleep(0.2)
        assert not upload.done()
        assert not retry.done(), "it waits for its turn at the journal, as an upload does"
    await upload
    assert await retry
    assert await in_quarantine(running) == []
    assert await sold_minor(running, card.desk.event_id) == 0, "sold and voided"


async def test_a_quarantine_tried_again_by_two_people_at_once_is_shown_once(running: RunningHub) -> None:
    card, sold = await sold_before_its_numbers(running)
    entity = sold.entry.envelope.entity
    tries = [retry_quarantine(running.hub, running.org_id, entity) for _ in range(4)]
    assert await asyncio.gather(*tries) == [True] * 4
    assert await in_quarantine(running) == []
    assert await sold_minor(running, card.desk.event_id) == 500


async def test_two_hubs_that_start_at_once_after_an_upgrade_show_each_entry_once(running: RunningHub) -> None:
    cards = [await journal_of(running, sales=12) for _ in range(3)]
    async with open_hub(running.address, running.keys, running.clock, slices=before(TicketsSold)) as old:
        for card in cards:
            await receive(old, card.session, card.bundle())
    async with open_hub(running.address, running.keys, running.clock) as other:
        shown = await asyncio.gather(project_late(running.hub), project_late(other))
    assert sum(shown) == 3 * 12
    assert await in_quarantine(running) == []
    assert [await sold_minor(running, card.desk.event_id) for card in cards] == [12 * 500] * 3


async def test_what_an_upgrade_would_show_waits_behind_a_quarantined_entry_of_its_thing(running: RunningHub) -> None:
    card, sold = await sold_before_its_numbers(running)
    card.void(sold)
    async with open_hub(running.address, running.keys, running.clock, slices=before(SaleVoided)) as old:
        await receive(old, card.session, card.bundle())
    entity = sold.entry.envelope.entity
    await project_late(running.hub)
    assert (await in_quarantine(running), await unprojected(running.hub, running)) == ([1, 3], [])
    assert await retry_quarantine(running.hub, running.org_id, entity)
    assert await in_quarantine(running) == []
    assert await sold_minor(running, card.desk.event_id) == 0, "sold and voided"


async def test_what_an_upgrade_cannot_show_holds_up_what_follows_about_its_thing_and_is_not_said_to_be_shown(
    running: RunningHub,
) -> None:
    card = await journal_of(running, sales=1)
    [twice] = card.add(card.sealed[-1].entry.body)
    card.void(twice)
    card.sell(1)
    async with open_hub(running.address, running.keys, running.clock, slices=before(TicketsSold, SaleVoided)) as old:
        await receive(old, card.session, card.bundle())
    with capture_logs() as logs:
        assert await project_late(running.hub) == 2
    said = {event: [one["seq"] for one in logs if one["event"] == event] for event in (SHOWN, ASIDE)}
    assert said == {SHOWN: [2, 5], ASIDE: [3, 4]}
    assert (await in_quarantine(running), await unprojected(running.hub, running)) == ([3, 4], [])
    assert await sold_minor(running, card.desk.event_id) == 2 * 500


async def cases(running: RunningHub) -> list[tuple[str, int]]:
    """(kind, entries named) of every case."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute(
            "select c.kind, (select count(*) from cases.cases_evidence v where v.case_id = c.case_id) "
            "from cases.cases_case c order by c.kind"
        )
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def put_aside(running: RunningHub, owner: Owner, first: int, data: bytes) -> None:
    """As release 0.1.0 kept a bundle that contradicts a journal."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        await connection.execute(
            "insert into sync.refused_bundle (org_id, digest, node_id, epoch, seq, reason, data, received_ms) "
            "values (%s, %s, %s, %s, %s, 'evidence.fork', %s, 1)",
            (owner.org_id, hashlib.sha256(data).digest(), owner.node_id, owner.epoch, first, data),
        )


async def start_again(running: RunningHub) -> None:
    """Two hub processes start, one after the other."""
    for _ in range(2):
        async with open_hub(running.address, running.keys, running.clock) as hub:
            await open_inherited_cases(hub)


async def test_what_release_0_1_0_quarantined_has_its_case_when_the_hub_starts_and_only_one(
    running: RunningHub,
) -> None:
    card = await journal_of(running, sales=2)
    lost = card.sealed[-1]
    await receive(running.hub, card.session, card.bundle(1, 2))
    async with running.hub.bus.tenant(running.org_id) as connection:
        await store_entries(connection, card.owner, [(3, lost.entry.hash, lost.data)], 1)
        await move_head(connection, card.owner, card.tip)
        await connection.execute(
            "insert into sync.quarantine (org_id, node_id, epoch, branch, seq, entity_id, reason, since_ms) "
            "values (%s, %s, 1, 0, 3, %s, 'unreadable', 1)",
            (running.org_id, card.owner.node_id, lost.entry.envelope.entity),
        )
    assert await cases(running) == []
    await start_again(running)
    assert await cases(running) == [("quarantine", 1)]
    assert await retry_quarantine(running.hub, running.org_id, lost.entry.envelope.entity)
    assert await sold_minor(running, card.desk.event_id) == 2 * 500


async def test_what_release_0_1_0_refused_is_a_second_history_with_its_case_when_the_hub_starts(
    running: RunningHub,
) -> None:
    card = await journal_of(running, sales=2)
    clone = card.at(2)
    clone.sell(3)
    await receive(running.hub, card.session, card.bundle())
    await put_aside(running, clone.owner, 1, clone.bundle(1, 4))
    await put_aside(running, clone.owner, 3, clone.bundle(3))
    await start_again(running)
    assert await cases(running) == [("fork", 1)]
    assert await branches(running, card) == [(0, 0, 0, 3), (1, 0, 2, 5)]
    assert (await find_node(running.hub, card.owner.node_id, 1)).state == "forked"


async def test_what_release_0_1_0_refused_and_hangs_on_nothing_here_is_a_case_all_the_same(running: RunningHub) -> None:
    card = await journal_of(running, sales=2)
    clone = card.at(1)
    clone.sell(3)
    await receive(running.hub, card.session, card.bundle())
    await put_aside(running, clone.owner, 3, clone.bundle(3))
    await start_again(running)
    assert await cases(running) == [("fork", 1)]
    assert await branches(running, card) == [(0, 0, 0, 3)]
