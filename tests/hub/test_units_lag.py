"""A unit's figures on head office's pages: what waits there, how long it can sell, and how old each of it is."""

import html
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.kernel.clock import HOUR_MS, MINUTE_MS
from shared.kernel.codec import encode
from shared.sync.protocol import UnitReport
from tests.support.hub import RunningHub

pytestmark = pytest.mark.anyio
GB = 1_000_000_000


async def heard(running: RunningHub, unit_id: UUID, **changes: Any) -> None:
    """The unit reports now."""
    told: dict[str, Any] = {
        "wall_ms": running.clock.wall_ms, "tip_seq": 9, "waiting": 12, "printer": "ready", "battery_percent": 82,
        "numbers_left": 400, "seller": "Mara", "waiting_bytes": 14_200, "oldest_waiting_ms": 3 * MINUTE_MS,
        "sold_last_hour": 100, "disk_free_bytes": 8 * GB,
    }  # fmt: skip
    async with running.hub.bus.tenant(running.org_id) as connection:
        await connection.execute(
            "insert into sync.unit_report (org_id, node_id, heard_ms, report) values (%s, %s, %s, %s) "
            "on conflict (org_id, node_id) do update set heard_ms = excluded.heard_ms, report = excluded.report",
            (running.org_id, unit_id, running.clock.wall_ms, encode(UnitReport(**(told | changes)))),
        )


async def words(ada: httpx.AsyncClient, running: RunningHub, path: str) -> str:
    running.clock.forward(1_000)
    answer = await ada.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


async def unit_of(running: RunningHub) -> UUID:
    venue_id = await running.venue()
    await running.event(venue_id)
    return (await running.unit(venue_id)).node_id


async def test_the_units_page_says_what_waits_and_for_how_long_it_can_sell(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit_id = await unit_of(running)
    await heard(running, unit_id)
    page = await words(ada, running, f"/units/{unit_id}")
    assert "Waits there 12 facts, 14 kB, the oldest 3 min old" in page
    assert "Numbers left 400" in page
    assert "Selling time left 4 h, at the pace of its last hour; the certificate ends in 89 days" in page
    assert "Room on its disk 8.0 GB" in page
    everyone = await words(ada, running, "/units")
    assert "14 kB, the oldest 3 min old" in everyone
    assert "4 h left" in everyone


async def test_figures_of_a_unit_out_of_reach_say_when_they_were_true(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit_id = await unit_of(running)
    await heard(running, unit_id)
    running.clock.forward(HOUR_MS)
    page = await words(ada, running, f"/units/{unit_id}")
    assert "Waits there 12+ facts, 14 kB+, the oldest 63 min old" in page
    assert "Numbers left at 11:06 400" in page
    assert "Selling time left at 11:06" in page


async def test_what_stops_a_unit_and_what_waits_for_a_human_stand_on_its_page(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit_id = await unit_of(running)
    await heard(running, unit_id, holds=("clock:jumped",), disk_free_bytes=1_000_000)
    async with running.hub.bus.tenant(running.org_id) as connection:
        row = (running.org_id, unit_id, UUID(int=1))
        await connection.execute("insert into sync.quarantine values (%s, %s, 1, 0, 1, %s, 'why', 0)", row)
    page = await words(ada, running, f"/units/{unit_id}")
    assert "Stopped The clock of this unit jumped. Sells nothing" in page
    assert "Room on its disk 1.0 MB Little room" in page
    assert "Stored and not shown 1 entry 1 in quarantine" in page
    assert "Open cases" not in page
    assert "1 in quarantine" in await words(ada, running, "/units")


async def test_a_unit_with_a_full_disk_does_not_look_level(running: RunningHub, ada: httpx.AsyncClient) -> None:
    unit_id = await unit_of(running)
    await heard(running, unit_id, holds=("storage",), waiting=0)
    assert "Stopped This unit stores no more sales. Sells nothing" in await words(ada, running, f"/units/{unit_id}")
    assert "Disk full" in await words(ada, running, "/units")


async def test_a_unit_that_stopped_itself_needs_somebody_and_the_number_beside_now_stands_on_every_page(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit_id = await unit_of(running)
    await heard(running, unit_id, holds=("clock:jumped",))
    for path in ("/", "/events", "/sales", "/units", f"/units/{unit_id}", "/units/add", "/people", "/cases"):
        assert "Now 1 Events" in await words(ada, running, path), path
    first = await words(ada, running, "/")
    assert "Clock jumped, RSU 07 The clock of this unit jumped. It sells nothing. A supervisor confirms" in first
    told = await words(ada, running, f"/units/{unit_id}")
    assert "Clock jumped Head office lets it sell, and it stopped itself." in told
    await heard(running, unit_id)
    assert "Enabled It may sell." in await words(ada, running, f"/units/{unit_id}")


async def test_a_revoked_unit_has_no_numbers_left_to_sell_and_still_says_what_waits(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit_id = await unit_of(running)
    await heard(running, unit_id)
    assert (await ada.post(f"/units/{unit_id}/revoke", data={"reason": "Stolen"})).status_code == 303
    told = await words(ada, running, f"/units/{unit_id}")
    assert "Waits there 12 facts, 14 kB" in told
    assert not re.search("Numbers left|Selling time left", told)
    assert "none held" in await words(ada, running, "/units")


async def test_a_unit_of_an_earlier_program_tells_less_and_nothing_is_invented(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit_id = await unit_of(running)
    await heard(running, unit_id, waiting_bytes=0, oldest_waiting_ms=0, sold_last_hour=0, disk_free_bytes=0)
    page = await words(ada, running, f"/units/{unit_id}")
    assert "Waits there 12 facts Numbers left 400" in page
    assert "Selling time left Not known; nothing was sold in its last hour" in page
    assert "Room on its disk" not in page
    assert "Clock" not in page.partition("What happened to it")[0].partition("Waits there")[2]


async def test_a_unit_that_was_never_heard_has_no_figures(running: RunningHub, ada: httpx.AsyncClient) -> None:
    unit_id = await unit_of(running)
    page = await words(ada, running, f"/units/{unit_id}")
    assert "Last seen Never" in page
    assert "Waits there" not in page
