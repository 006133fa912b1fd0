"""Units in a real browser: a code from head office, typed at a new unit, which then waits to be enabled."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import NEW_SIZES, make_code, new_unit, scan, window_on
from tests.browser.looks import complaints
from tests.support.browser import Scheme, Windows


def test_a_code_from_head_office_makes_a_new_unit_which_is_then_enabled(windows: Windows, tmp_path: Path) -> None:
    head = windows.open("hub", "/units")
    head.click("text=Add a unit")
    text = make_code(head, "R21", "RSU 21")
    assert complaints(head) == []
    assert "/units/codes/" in head.url
    with new_unit(tmp_path) as address:
        unit = window_on(windows, address)
        expect(unit.locator("h1")).to_have_text("Enrol this unit")
        unit.fill("[name=code]", text[:-1])
        unit.click("form.enrol .money")
        expect(unit.locator(".refusal")).to_contain_text("it has 16 letters")
        expect(unit.locator("[name=code]")).to_have_value(text[:-1])
        unit.locator("body").click()
        scan(unit, text)
        expect(head.locator("#code-state")).to_contain_text("RSU 21 enrolled. Enable it.")
        expect(head.locator(".code-once")).to_be_hidden()
        expect(unit.locator("h1")).to_have_text("Who sells here?")
        head.click("text=Enable RSU 21")
        expect(head.locator("#unit-state")).to_contain_text("It may sell.")
        unit.close()
    head.click("summary:has-text('Revoke RSU 21')")
    head.fill("[name=reason] >> visible=true", "It was a test")
    head.click("button:has-text('Revoke RSU 21') >> visible=true")
    expect(head.locator("#unit-story")).to_contain_text("Revoked: It was a test.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_a_unit_are_readable_and_reachable(windows: Windows, tmp_path: Path, scheme: Scheme) -> None:
    head = windows.open("hub", "/units", scheme=scheme)
    head.click(".unit-link >> nth=0")
    head.wait_for_selector("#unit-facts")
    assert complaints(head) == []
    head.click("summary >> nth=0")
    assert complaints(head) == []
    head.set_viewport_size({"width": 800, "height": 900})
    assert complaints(head) == []
    for path in ("/units/add", "/units/import"):
        head.goto(windows.address("hub") + path)
        assert complaints(head) == []
    with new_unit(tmp_path) as address:
        for size in NEW_SIZES:
            unit = window_on(windows, address, size, scheme)
            assert complaints(unit) == []
            unit.fill("[name=code]", "7KQ4")
            unit.click("form.enrol .money")
            expect(unit.locator(".refusal")).to_be_visible()
            assert complaints(unit) == []
            unit.close()


def test_a_file_that_is_none_is_refused_at_its_control(windows: Windows, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no bundle")
    head = windows.open("hub", "/units/import")
    head.set_input_files("[name=file]", tmp_path / "notes.txt")
    head.click("text=Import it")
    expect(head.locator("form .refusal")).to_contain_text("export it again")
