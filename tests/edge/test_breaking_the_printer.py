"""The virtual printer's page breaks it in every way and mends it; what was sold meanwhile comes out in the end."""

from pathlib import Path

from edge.web.devices.troubles import TROUBLES
from tests.support.unit import Desk, at_the_unit


def test_each_trouble_is_given_and_mended_on_the_page_and_by_the_api(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        for trouble, words in TROUBLES:
            given = await desk.page("/virtual-printer/trouble", trouble=trouble)
            assert given.status_code in (302, 303)
            shown = await desk.page("/virtual-printer")
            assert (shown.status_code, words in shown.text) == (200, True)
            told = await desk.get("/api/devices/virtual-printer")
            assert (told["trouble"], trouble in told["troubles"]) == (trouble, True)
        sale = await desk.sold()
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": ""})
        papers = await desk.until_paper(1)
        assert sale["position"] in papers[-1]
        assert "Ready" in (await desk.page("/virtual-printer")).text
        unknown = await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": "rain"})
        assert (unknown.status_code, "half_line" in unknown.text) == (422, True)

    at_the_unit(scene, tmp_path)
