"""An edge that speaks as head office is heard, kept as evidence, and changes nothing."""

from uuid import uuid4

import msgspec
import pytest

from hub.runtime.tenant import tenant
from hub.sync.receive import receive
from shared.domain.identity.facts import StaffHired
from shared.domain.identity.queries import STANDING
from shared.domain.raffle.facts import EventActivated, LeaseGranted
from shared.domain.raffle.queries import EVENT, GRANTED_TO
from shared.domain.slices import ALL
from tests.slices.raffle.counter import TERMS
from tests.support.hub import RunningHub
from tests.sync.test_receive import Journal, lease, sale

pytestmark = pytest.mark.anyio


async def test_a_handheld_that_speaks_as_head_office_is_quarantined_and_its_sales_still_count(
    running: RunningHub,
) -> None:
    venue_id = await running.venue()
    event_id = await running.event(venue_id)
    before = await running.hub.many(running.org_id, EVENT, event_id=event_id)
    journal, ghost = Journal(running, await running.unit(venue_id)), uuid4()
    journal.add(StaffHired(staff_id=ghost, venue_id=None, role="owner"))
    terms = msgspec.structs.replace(TERMS, venue_id=venue_id, last_number=9_999_999)
    journal.add(EventActivated(event_id=event_id, revision=9, terms=terms))
    granted = LeaseGranted(
        lease_id=uuid4(),
        request_id=uuid4(),
        event_id=event_id,
        holder_id=journal.owner.node_id,
        holder_epoch=1,
        first=500_000,
        last=999_999,
    )
    journal.add(granted)
    journal.add(lease(event_id), sale(event_id, 101, 110))
    assert (await receive(running.hub, journal.session, journal.bundle())).seq == 5
    assert await running.hub.many(running.org_id, STANDING, staff_id=ghost) == []
    assert await running.hub.many(running.org_id, EVENT, event_id=event_id) == before
    [number] = await running.hub.many(running.org_id, GRANTED_TO, event_id=event_id)
    assert number.value is None
    async with tenant(running.hub.pool, running.org_id) as connection:
        cursor = await connection.execute("select seq, reason from sync.quarantine order by seq")
        quarantined = await cursor.fetchall()
        assert [row[0] for row in quarantined] == [1, 2, 3]
        assert all("head office" in row[1] for row in quarantined)
        cursor = await connection.execute("select count(*) from raffle.raffle_sale")
        assert await cursor.fetchall() == [(1,)]


async def test_an_edges_journal_may_hold_what_happens_there_alone() -> None:
    edge_types = {kind for kind in ALL.facts.kinds if kind not in ALL.office_types}
    sold = {"raffle.lease_taken", "raffle.tickets_sold", "raffle.sale_voided", "raffle.buyer_noted"}
    devices = {name for name in edge_types if name.startswith("devices.")}
    assert edge_types == sold | devices | {"identity.clock_jumped", "identity.clock_confirmed"}
    assert "devices.trouble_began" in devices
