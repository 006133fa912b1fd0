"""A newcomer and a cash drawer: three taps to add it, one tap and a reason to open it, one to push it shut."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import complaints
from tests.support.browser import Scheme, Windows

PLACE = "12"


def remove(page: Page) -> None:
    """Take the drawer away again."""
    page.tap("text=Remove this device")
    page.tap("text=Remove it")
    expect(page.locator("a.device")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_newcomer_adds_a_drawer_opens_it_for_a_reason_and_pushes_it_shut(windows: Windows, scheme: Scheme) -> None:
    page = windows.open(PLACE, "/devices", scheme=scheme, who="supervisor")
    page.tap("text=Add a device")
    page.tap("form.meet:has-text('Cash drawer at') button")
    expect(page.locator(".title")).to_have_text("It can be added")
    assert complaints(page) == []
    page.tap("text=Add it")
    try:
        expect(page.locator("#state .tag")).to_have_text("Shut")
        page.tap("text=Open without a sale")
        assert complaints(page) == []
        page.tap("text=Open for this reason")
        expect(page.locator(".refusal")).to_contain_text("Write in at least 3 letters why you open it.")
        assert complaints(page) == []
        page.tap("text=Give change")
        expect(page.locator("#state .tag")).to_have_text("Open")
        expect(page.locator("#history")).to_contain_text("Give change")
        assert complaints(page) == []
        page.tap("button:has-text('Push it shut')")
        expect(page.locator("#state .tag")).to_have_text("Shut")
    finally:
        remove(page)
