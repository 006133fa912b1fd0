"""Orders come faster than paper: what waits is bounded and seen, and every ticket ends on paper or voided."""

import asyncio
from pathlib import Path
from uuid import UUID

from tests.support.unit import Desk, at_the_unit

SALES, SEEN, EACH = 11, 10, 40


def test_a_queue_ends_where_the_numbers_end_sellers_see_it_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        printer = desk.unit.desk.virtual()
        assert printer is not None
        printer.hold_feed_button()
        sold = [await desk.sold(2) for _ in range(SEEN)]

        async def seen() -> bool:
            return desk.unit.desk.queued == SEEN

        await desk.until(seen)
        assert f"{SEEN} slips wait for paper." in (await desk.page("/sell")).text
        sold += [await desk.sold(2) for _ in range(SALES - SEEN)]
        refused = await asyncio.gather(*(desk.sell(2) for _ in range(5)))
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(409, "raffle.no_numbers")}
        assert (await desk.get("/api/devices/printer"))["unprinted"] == SALES
        assert printer.waiting_bytes <= printer.profile.buffer_bytes, "and the rest waits on the disk"
        undone = sold.pop()
        await desk.unit.spool.void(UUID(undone["sale_id"]))
        printer.hold_feed_button(on=False)
        papers = await desk.until_paper(SALES - 1)
        for sale in sold:
            found = [paper for paper in papers if sale["position"] in paper]
            assert sum("REPRINT" not in paper for paper in found) <= 1
            assert found, "nothing is lost"
        assert not [paper for paper in papers if undone["position"] in paper], "what was voided takes no paper"
        assert "slips wait" not in (await desk.page("/sell")).text
        ends = await desk.unit.spool.states([UUID(sale["sale_id"]) for sale in [*sold, undone]])
        assert sorted(ends.values()) == ["issued"] * (SALES - 1) + ["voided"]

    at_the_unit(scene, tmp_path, numbers=SALES * EACH)
