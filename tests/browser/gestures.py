"""What tests do with a page, and listeners for what a page asks of the machine: taps, buzzes, tones."""

import contextlib
from typing import Any

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TookTooLong

from tests.support.browser import Windows

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
