"""Facts of a later program: stored raw today, shown after the hub's upgrade as if they had been known all along."""

import msgspec
import pytest

from hub.runtime.hub import Hub, open_hub
from hub.sync.late import project_late, retry_quarantine
from hub.sync.receive import receive
from shared.domain.raffle.facts import SaleVoided, TicketsSold
from shared.domain.slices import ALL
from shared.journal.entry import Fact
from shared.pipeline.manifest import Slice, Slices
from tests.support.hub import RunningHub
from tests.support.journals import journal_of, sold_minor

pytestmark = pytest.mark.anyio


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
        assert not await retry_quarantine(running.hub, connection, running.org_id, entity)
        cursor = await connection.execute("select count(*) from sync.quarantine")
        assert await cursor.fetchone() == (2,)
