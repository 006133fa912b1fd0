"""What tests do with a page, and listeners for what a page asks of the machine: taps, buzzes, tones."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TookTooLong

from tests.support.browser import Scheme, Windows

LISTEN = """
(() => {
  const kept = () => JSON.parse(sessionStorage.getItem("heard") ?? '{"buzz": [], "tones": []}');
  const keep = (what, value) => {
    const all = kept();
    all[what].push(value);
    sessionStorage.setItem("heard", JSON.stringify(all));
  };
  const buzz = navigator.vibrate?.bind(navigator);
  navigator.vibrate = (pattern) => { keep("buzz", pattern); return buzz?.(pattern) ?? true; };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    keep("tones", this.frequency.value);
    return start.apply(this, when);
  };
})();
"""
"""Stands beside the product and writes down which buzzes and tones it asks for, over page loads."""

COUNT_TAPS = """
document.addEventListener("click", (event) => {
  if (event.isTrusted) sessionStorage.setItem("taps", Number(sessionStorage.getItem("taps") ?? 0) + 1);
}, true);
"""


CODE = "import sys; from shared.console.main import main; sys.argv[0] = 'tillhouse'; main()"
NEW_SIZES = {"rsu": (360, 640), "counter": (1024, 768)}


def heard(page: Page) -> dict[str, Any]:
    """The buzzes and tones that were asked for since the window was opened."""
    found: dict[str, Any] = page.evaluate(
        "JSON.parse(sessionStorage.getItem('heard') ?? '{\"buzz\": [], \"tones\": []}')"
    )
    return found


def taps(page: Page) -> int:
    """Taps since the window was opened."""
    return int(page.evaluate("Number(sessionStorage.getItem('taps') ?? 0)"))


def open_keypad(windows: Windows, place: str, name: str) -> Page:
    """The unit's door, the person already chosen."""
    page = windows.open(place, who="")
    page.click(f".person:has-text('{name}')")
    page.wait_for_selector("[data-keypad=pin]")
    return page


def scan(page: Page, number: str) -> None:
    """As a scanner types: fast, then Enter. When the driver stumbled inside the burst, it is scanned again."""
    before = page.url
    for _ in range(3):
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        with contextlib.suppress(TookTooLong):
            page.wait_for_url(lambda url: url != before, timeout=2_000)
            return


def type_pin(page: Page, pin: str, *, touch: bool) -> None:
    """Six digits; the sixth enters by itself."""
    for digit in pin:
        if touch:
            page.tap(f"[data-key='{digit}']")
        else:
            page.keyboard.press(digit)


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
    width, height = NEW_SIZES[size]
    page = windows.browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    return page


def make_code(page: Page, code: str, name: str) -> str:
    """Fill in the form; the whole code as the page shows it to copy."""
    page.fill("[name=code]", code)
    page.fill("[name=name]", name)
    page.click("text=Make a code")
    return page.locator("#whole-code").input_value()
