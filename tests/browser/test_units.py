"""Units in a real browser: a code from head office, typed at a new unit, which then waits to be enabled."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import scan
from tests.browser.looks import complaints
from tests.support.browser import Scheme, Windows

CODE = "import sys; from shared.console.main import main; sys.argv[0] = 'tillhouse'; main()"
SIZES = {"rsu": (360, 640), "counter": (1024, 768)}
START_MS_MAX = 30_000


@contextmanager
def new_unit(folder: Path) -> Iterator[str]:
    """A unit that belongs to nobody, as its own process; where it serves."""
    arguments = ["edge", "serve", "--folder", str(folder), "--port", "0", "--printer", "none"]
    process = subprocess.Popen([sys.executable, "-c", CODE, *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        yield next(found[1] for line in process.stderr if (found := re.search(r"url='(\S+)'", line)))
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def window_on(windows: Windows, address: str, size: str = "rsu", scheme: Scheme = "light") -> Page:
    """A window on a unit that is not the demo's."""
    width, height = SIZES[size]
    page = windows.browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    return page


def make_code(page: Page, code: str, name: str) -> str:
    """Fill in the form; the whole code as the page shows it to copy."""
    page.fill("[name=code]", code)
    page.fill("[name=name]", name)
    page.click("text=Make a code")
    return page.locator("#whole-code").input_value()


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
        unit.click("button")
        expect(unit.locator(".refusal")).to_contain_text("it has 16 letters")
        expect(unit.locator("[name=code]")).to_have_value(text[:-1])
        unit.locator("body").click()
        scan(unit, text)
        expect(head.locator("#code-state")).to_contain_text("RSU 21 enrolled. Enable it.", timeout=START_MS_MAX)
        expect(head.locator(".code-once")).to_be_hidden()
        expect(unit.locator("h1")).to_have_text("Who sells here?", timeout=START_MS_MAX)
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
        for size in SIZES:
            unit = window_on(windows, address, size, scheme)
            assert complaints(unit) == []
            unit.fill("[name=code]", "7KQ4")
            unit.click("button")
            expect(unit.locator(".refusal")).to_be_visible()
            assert complaints(unit) == []
            unit.close()


def test_a_file_that_is_none_is_refused_at_its_control(windows: Windows, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no bundle")
    head = windows.open("hub", "/units/import")
    head.set_input_files("[name=file]", tmp_path / "notes.txt")
    head.click("text=Import it")
    expect(head.locator("form .refusal")).to_contain_text("export it again")
