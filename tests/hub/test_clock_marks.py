"""What the hub keeps of units' clocks: marks that date an entry, drift that people see, each organisation its own."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from hub.runtime.tenant import tenant
from hub.sync.clock_marks import DRIFTS, entry_interval, keep_mark
from hub.web.site.drift import drift_text, is_off
from shared.domain.identity.rows import ClockEventRow
from shared.journal.entry import Envelope, Owner
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from shared.kernel.codec import Raw
from shared.pipeline.changes import Put
from shared.pipeline.postgres_applier import apply
from shared.sync.intervals import Interval
from tests.support.clock import OPENING_MS
from tests.support.hub import RunningHub

pytestmark = pytest.mark.anyio
BOOT, NODE = UUID(int=7), UUID(int=0x107)


async def heard(
    running: RunningHub, at_ms: int, *, boot: UUID | None = BOOT, ahead_ms: int = 0, late_ms: int = 0, node: UUID = NODE
) -> None:
    """The hub hears a reading made `at_ms` after the opening, which is when the unit was switched on."""
    now_ms = OPENING_MS + at_ms + late_ms
    async with tenant(running.hub.pool, running.org_id) as connection:
        owner = Owner(running.org_id, node, 1)
        await keep_mark(
            connection,
            owner,
            boot_id=boot,
            monotonic_ns=at_ms * 1_000_000,
            wall_ms=now_ms + ahead_ms,
            now_ms=now_ms,
        )


async def when(running: RunningHub, at_ms: int, boot: UUID = BOOT) -> Interval:
    """The interval of an entry made `at_ms` after the opening and received a week later."""
    envelope = Envelope(
        running.org_id, NODE, 1, 1, b"", uuid4(), "raffle.tickets_sold", 1, uuid4(), uuid4(), None,
        0, at_ms * 1_000_000, boot, OPENING_MS, (), Raw(b""),
    )  # fmt: skip
    async with tenant(running.hub.pool, running.org_id) as connection:
        return await entry_interval(connection, envelope, OPENING_MS + 7 * DAY_MS)


async def drift(running: RunningHub, org_id: UUID | None = None) -> dict[UUID, int]:
    found = await running.hub.many(org_id or running.org_id, DRIFTS)
    return {one.node_id: one.ahead_ms for one in found}


async def test_a_mark_narrows_when_an_entry_happened(running: RunningHub) -> None:
    wide = await when(running, 3 * HOUR_MS)
    assert (wide.lo_ms, wide.hi_ms) == (OPENING_MS, OPENING_MS + 7 * DAY_MS)
    await heard(running, HOUR_MS)
    await heard(running, 9 * HOUR_MS)
    narrow = await when(running, 3 * HOUR_MS)
    truth_ms = OPENING_MS + 3 * HOUR_MS
    assert truth_ms - 70 * SECOND_MS < narrow.lo_ms <= truth_ms <= narrow.hi_ms < truth_ms + 10 * SECOND_MS
    other = await when(running, 3 * HOUR_MS, boot=UUID(int=8))
    assert other == wide, "a boot says nothing about another"


async def test_of_each_hour_the_quickest_reading_stays(running: RunningHub) -> None:
    await heard(running, 10 * MINUTE_MS, late_ms=30 * SECOND_MS)
    await heard(running, 20 * MINUTE_MS, late_ms=SECOND_MS)
    await heard(running, 30 * MINUTE_MS, late_ms=20 * SECOND_MS)
    async with tenant(running.hub.pool, running.org_id) as connection:
        cursor = await connection.execute("select heard_ms, seen_ms from sync.clock_mark")
        rows = await cursor.fetchall()
    assert rows == [(OPENING_MS + 20 * MINUTE_MS + SECOND_MS, OPENING_MS + 30 * MINUTE_MS + 20 * SECOND_MS)]


async def test_drift_is_that_of_the_last_reading(running: RunningHub) -> None:
    await heard(running, HOUR_MS, ahead_ms=365 * DAY_MS)
    assert await drift(running) == {NODE: 365 * DAY_MS}
    await heard(running, HOUR_MS + SECOND_MS, ahead_ms=-2 * SECOND_MS, boot=UUID(int=8))
    assert await drift(running) == {NODE: -2 * SECOND_MS}


async def test_what_no_clock_shows_leaves_no_mark_and_no_fault(running: RunningHub) -> None:
    await heard(running, HOUR_MS, boot=None)
    await heard(running, -1)
    await heard(running, 10**16)
    assert await drift(running) == {}
    await heard(running, HOUR_MS, ahead_ms=10**30)
    await heard(running, HOUR_MS, ahead_ms=-(10**30))
    assert (await drift(running))[NODE] < 0
    assert not (await when(running, 10**18)).sound
    assert not (await when(running, -(10**18))).sound


async def test_another_organisation_sees_no_mark(running: RunningHub) -> None:
    await heard(running, HOUR_MS)
    assert await drift(running, await running.found()) == {}


async def test_the_units_page_shows_each_clocks_drift(running: RunningHub, ada: httpx.AsyncClient) -> None:
    venue_id = await running.venue()
    late, ahead = await running.unit(venue_id, "R07"), await running.unit(venue_id, "R08")
    await heard(running, HOUR_MS, ahead_ms=-3 * SECOND_MS, node=late.node_id)
    await heard(running, HOUR_MS, ahead_ms=365 * DAY_MS, node=ahead.node_id)
    running.clock.forward(2 * SECOND_MS)
    page = (await ada.get("/units")).text
    assert "3 s slow" in page
    assert "365 days fast" in page


async def test_the_units_page_tells_what_units_told_about_their_clocks(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit, ines = await running.unit(await running.venue(), "R07"), await running.staff("Ines", "supervisor")
    owner = Owner(running.org_id, unit.node_id, 1)
    told: dict[str, Any] = {"owner": owner, "unit_id": unit.node_id, "from_ms": OPENING_MS, "told_ms": OPENING_MS}
    rows = (
        ClockEventRow(seq=2, what="jumped", cause="jumped", to_ms=-(10**15), staff_id=None, **told),
        ClockEventRow(seq=3, what="confirmed", cause="supervisor", to_ms=OPENING_MS, staff_id=ines, **told),
        ClockEventRow(seq=4, what="confirmed", cause="hub", to_ms=OPENING_MS, staff_id=None, **told),
        ClockEventRow(seq=5, what="jumped", cause="hub", to_ms=OPENING_MS + HOUR_MS, staff_id=None, **told),
    )
    async with tenant(running.hub.pool, running.org_id) as connection:
        await apply(connection, map(Put, rows))
    running.clock.forward(2 * SECOND_MS)
    page = (await ada.get("/units")).text
    assert "The clock jumped from 2026-11-18 11:06 to no date of any calendar." in page
    assert "Ines confirmed 2026-11-18 11:06." in page
    assert "time confirmed 2026-11-18 11:06." in page
    assert "moved it from 2026-11-18 11:06 to 2026-11-18 12:06." in page


@pytest.mark.parametrize(
    ("ahead_ms", "text"),
    [
        (2_000, "right"), (-2_000, "right"), (2_001, "2 s fast"), (-90_000, "90 s slow"),
        (6 * MINUTE_MS, "6 min fast"), (-3 * HOUR_MS, "3 h slow"), (1_000 * DAY_MS, "1,000 days fast"),
    ],
)  # fmt: skip
def test_drift_reads_like_a_person_says_it(ahead_ms: int, text: str) -> None:
    assert drift_text(ahead_ms) == text
    assert is_off(ahead_ms) is (abs(ahead_ms) > 5 * MINUTE_MS)
