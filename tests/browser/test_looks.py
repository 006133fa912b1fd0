"""Every page of a running house, light and dark: readable, reachable, quiet, and nothing from elsewhere."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.looks import complaints
from tests.support.browser import Scheme, Windows

SCHEMES: list[Scheme] = ["light", "dark"]
UNIT_PATHS = (
    *("/sell", "/lookup", "/till", "/till/report", "/more", "/devices", "/devices/asked", "/devices/slips"),
    *("/virtual-printer", "/virtual-scanner", "/no-such-page"),
)
DEVICE_PATHS = ("/devices", "/devices?show=trouble")
HUB_PATHS = ("/", "/events", "/slips", "/sales", "/units", *DEVICE_PATHS, "/people", "/cases", "/no-such-page")


def visit(windows: Windows, page: Page, place: str, paths: list[str]) -> dict[str, Any]:
    """What is wrong on each of the paths."""
    wrong = {}
    for path in paths:
        page.goto(windows.address(place) + path)
        wrong[path] = complaints(page)
    return {path: found for path, found in wrong.items() if found}


def unit_paths(windows: Windows, place: str) -> list[str]:
    """The unit's pages with something on them: one order in its steps, one sale, one found ticket."""
    till = windows.demo.till(place)
    sale = till.sell(received_minor=20_00)
    order = f"/sell/pay?package={sale['package_id']}&times=2"
    steps = [order, f"{order}&step=other", f"{order}&step=card", "/sell/pay?package=nothing"]
    return [*UNIT_PATHS, *steps, f"/sell/done/{sale['sale_id']}", f"/lookup?q={sale['validation_number']}"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("place", ["07", "counter"])
def test_every_page_of_a_unit_is_readable_and_reachable(windows: Windows, place: str, scheme: Scheme) -> None:
    till = windows.demo.till(place)
    paths = unit_paths(windows, place)
    page = windows.open(place, scheme=scheme)
    assert visit(windows, page, place, paths) == {}
    till.connected(False)
    try:
        till.trouble("paper_low")
        till.sell()
        assert visit(windows, page, place, ["/sell", "/more", "/till"]) == {}
        till.trouble("paper_out")
        till.sell()
        assert visit(windows, page, place, ["/sell", "/virtual-printer"]) == {}
    finally:
        till.trouble("")
        till.connected(True)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("place", ["07", "counter"])
def test_the_door_of_a_unit_is_readable_and_reachable(windows: Windows, place: str, scheme: Scheme) -> None:
    page = windows.open(place, scheme=scheme, who="")
    assert complaints(page) == []
    page.click(".person >> nth=0")
    page.wait_for_selector("[data-keypad=pin]")
    assert complaints(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("place", ["07", "counter"])
def test_training_is_readable_too(windows: Windows, place: str, scheme: Scheme) -> None:
    page = windows.open(place, "/more", scheme=scheme, who="supervisor")
    page.click("#training [role=switch]")
    page.wait_for_selector("#page.training")
    try:
        assert visit(windows, page, place, ["/sell", "/till", "/more"]) == {}
    finally:
        page.goto(windows.address(place) + "/more")
        page.click("#training [role=switch][aria-checked=true]")
        page.wait_for_selector("#page:not(.training)")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_of_the_hub_is_readable_and_reachable(windows: Windows, scheme: Scheme) -> None:
    page = windows.open("hub", scheme=scheme)
    assert visit(windows, page, "hub", [*HUB_PATHS, "/sales?q=nothing"]) == {}
    page.set_viewport_size({"width": 800, "height": 900})
    assert visit(windows, page, "hub", list(HUB_PATHS)) == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_door_of_the_hub_and_the_demo_page_are_readable(windows: Windows, scheme: Scheme) -> None:
    assert complaints(windows.open("hub", scheme=scheme, who="")) == []
    assert complaints(windows.open("demo", scheme=scheme)) == []
