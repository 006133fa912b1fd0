"""A newcomer at the page of devices: three taps to a printer, its test print, each trouble in words, and a swap."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import complaints
from tests.support.browser import Scheme, Windows

PLACE = "12"
TROUBLES = (
    ("paper_out", "Paper out"),
    ("cover_open", "Cover open"),
    ("unplug", "No answer"),
    ("paper_low", "Paper low"),
    ("", "Ready"),
)


def set_trouble(page: Page, device: str, word: str) -> None:
    """What a hand does to the virtual printer."""
    address = f"/api/devices/virtual-printer/trouble?device={device}"
    answer = page.request.post(page.url.partition("/devices")[0] + address, data={"trouble": word})
    assert answer.ok, answer.text()


def add_printer(windows: Windows, scheme: Scheme = "light") -> tuple[Page, str]:
    """Three taps of a supervisor; the page of the new printer, and its id."""
    page = windows.open(PLACE, "/devices", scheme=scheme, who="supervisor")
    page.tap("text=Add a device")
    page.tap("form.meet:has-text('Virtual printer') button")
    expect(page.locator(".title")).to_have_text("It answers")
    assert complaints(page) == []
    page.tap("text=Add and test")
    expect(page.locator("#state")).to_contain_text("The test print came out.")
    return page, page.url.rsplit("/", 1)[1]


def remove(page: Page) -> None:
    """Take the printer away again."""
    page.tap("text=Remove this device")
    page.tap("text=Remove it")
    expect(page.locator("a.device")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_newcomer_adds_a_printer_breaks_it_in_each_way_and_swaps_it(windows: Windows, scheme: Scheme) -> None:
    page, device = add_printer(windows, scheme)
    try:
        for word, said in TROUBLES:
            set_trouble(page, device, word)
            expect(page.locator("#state .tag")).to_have_text(said)
            assert complaints(page) == []
        page.tap("text=Swap it")
        page.tap("form.meet:has-text('Virtual printer') button")
        expect(page.locator("#state")).to_contain_text("The test print came out.")
    finally:
        set_trouble(page, device, "")
        remove(page)


def test_a_line_that_is_none_is_refused_where_it_was_typed(windows: Windows) -> None:
    page = windows.open(PLACE, "/devices/add/by-hand", who="supervisor")
    assert complaints(page) == []
    page.fill("[name=line]", "tpc:1")
    page.tap("text=Ask it")
    expect(page.locator(".refusal")).to_contain_text("is not known")
    expect(page.locator("[name=line]")).to_have_value("tpc:1")
