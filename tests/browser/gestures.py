"""What tests do with a page, and listeners for what a page asks of the machine: taps, buzzes, tones."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

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

LEFT_IN_FIELD = """
addEventListener("pagehide", () => {
  const field = document.querySelector("[name=reference]");
  if (field) sessionStorage.setItem("left", field.value);
});
"""
"""Writes down what stood in the field for a reference when its page was left."""

AT_ONCE = """
([keys, gaps]) => {
  let ago = gaps.reduce((sum, gap) => sum + gap, 0);
  keys.forEach((key, place) => {
    ago -= gaps[place];
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    Object.defineProperty(event, "timeStamp", { value: performance.now() - ago });
    document.body.dispatchEvent(event);
  });
}
"""

CODE = "import sys; from shared.console.main import main; sys.argv[0] = 'tillhouse'; main()"
SCANNER_GAP_MS = 10
ENTER = "\r"
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
    choose_person(page, name)
    return page


def choose_person(page: Page, name: str) -> None:
    """From the unit's door to the page for this person's PIN, its scripts ready for keys."""
    page.click(f".person:has-text('{name}')")
    page.wait_for_selector("[data-keypad=pin]")
    page.wait_for_load_state("load")


def strike(page: Page, keys: Sequence[str], gaps: Sequence[int]) -> None:
    """Keys of a hand or a scanner, each with the gap before it. When a key went down is told with it, as a real
    keyboard's driver does, so that a slow machine changes nothing.
    """
    page.wait_for_function("ms => performance.now() > ms", arg=sum(gaps))  # nothing happens before a page began
    now_ms = float(page.evaluate("performance.timeOrigin + performance.now()"))
    at_s = (now_ms - sum(gaps)) / 1_000
    keyboard = page.context.new_cdp_session(page)
    for gap, sign in zip(gaps, keys, strict=True):
        at_s += gap / 1_000
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13} if sign == ENTER else {"key": sign}
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "timestamp": at_s, "text": sign, **key})
        if sign != ENTER:  # a page that is on its way to the next one confirms no key any more
            keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", "timestamp": at_s, **key})
    keyboard.detach()


def scan(page: Page, number: str, gap_ms: int = SCANNER_GAP_MS, stumbles: Mapping[int, int] = {}) -> None:
    """As a scanner types: characters, then Enter; `stumbles` are longer gaps by the place of their key."""
    strike(page, [*number, ENTER], _gaps(number, gap_ms, stumbles))


def strike_at_once(page: Page, keys: Sequence[str], gaps: Sequence[int], ago_ms: int = 0) -> None:
    """Keys inside one task of the page, the last of them `ago_ms` ago. They press nothing that has the focus."""
    page.evaluate(AT_ONCE, [keys, [*gaps, ago_ms]])


def scan_at_once(
    page: Page, number: str, gap_ms: int = SCANNER_GAP_MS, stumbles: Mapping[int, int] = {}, ago_ms: int = 0
) -> None:
    """A scan inside one task, where keys go that would open another page before the last of them."""
    strike_at_once(page, [*number, "Enter"], _gaps(number, gap_ms, stumbles), ago_ms)


def _gaps(number: str, gap_ms: int, stumbles: Mapping[int, int]) -> list[int]:
    return [stumbles.get(place, gap_ms) for place in range(len(number) + 1)]


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
