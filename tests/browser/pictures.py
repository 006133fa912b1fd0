"""`make pictures`: the pages of a real running house in every state, written to docs/pictures.

Each picture is a real page of a demo started for it, on real sales; light and dark are the same moment.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import expect

from shared.kernel.money import Money
from tests.browser.camera import OUT, keep, shoot
from tests.browser.pictures_of_devices import Devices
from tests.browser.pictures_of_trust import Trust
from tests.support.browser import Windows, running_browser
from tests.support.demo import RunningDemo, Till, free_base_port, remove

EVENING = (("07", 10), ("12", 3), ("counter", 40), ("07", 40), ("12", 10), ("07", 3), ("counter", 10), ("12", 40))
HUB_WAIT_MS = 180_000
"""Head office calls a unit out of reach after some silence."""


class Evening:
    """The three pages side by side, taken through the evening."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.demo = windows.demo
        self.units = {"rsu": self.demo.till("07"), "counter": self.demo.till("counter")}
        self.pages = {"rsu": windows.open("07"), "counter": windows.open("counter"), "hub": windows.open("hub")}

    def all_up(self) -> None:
        """Every line up, every printer repaired, everything printed and arrived."""
        for till in self.demo.tills():
            till.trouble("")
            till.connected(True)
            till.wait_printed()

    def show(self, state: str, ready: str, *names: str) -> None:
        """Open the start pages, wait for what makes the state, take the pictures."""
        for name in names:
            page = self.pages[name]
            page.goto(self.windows.address({"rsu": "07"}.get(name, name)))
            page.wait_for_selector(ready)
            shoot(page, f"{name}-{state}")

    def empty(self) -> None:
        """Before the first sale."""
        self.show("empty", ".slab", "rsu", "counter")
        self.show("empty", "#feed .none", "hub")

    def ready(self) -> None:
        """In the middle of it."""
        for place, tickets in EVENING * 2:
            self.demo.till(place).sell(tickets=tickets)
        self.all_up()
        for till in self.units.values():
            till.sell()
        self.all_up()
        jackpot = Money(self.demo.hub_minor(), "USD").share(percent=50).short()
        for name in self.units:
            expect(self.pages[name].locator("#figure .figure")).to_have_text(jackpot)
        self.show("ready", "#last .tag.done", "rsu", "counter")
        self.show("ready", "#feed li:nth-child(8)", "hub")

    def sold(self) -> None:
        """Just after a tap on a note."""
        for name in self.units:
            page = self.pages[name]
            page.click(".slab >> nth=1")
            page.click(".note >> nth=0")
            page.wait_for_selector(".change")
            page.wait_for_selector("#printing:has-text('Printed')")
            shoot(page, f"{name}-sold")
        self.all_up()
        self.show("sold", "#feed li:first-child", "hub")

    def refused(self) -> None:
        """Less money than the price; an event whose draw comes before its close."""
        for name in self.units:
            page = self.pages[name]
            page.goto(self.windows.address({"rsu": "07"}.get(name, name)))
            page.click(".slab >> nth=1")
            page.wait_for_selector(".exact")
            page.evaluate("document.querySelector('.exact').value = '400'")
            page.click(".exact")
            page.wait_for_selector(".refusal")
            shoot(page, f"{name}-refused")
        page = self.pages["hub"]
        page.goto(self.windows.address("hub") + "/events")
        typed = {"name": "Spring Gala", "sales_close": "2030-04-12T21:00", "draw": "2030-04-12T20:30"}
        for field, value in typed.items():
            page.fill(f"[name={field}]", value)
        page.click("text=Plan it")
        page.wait_for_selector(".refusal")
        shoot(page, "hub-refused")

    def printer_out(self) -> None:
        """No paper, and a ticket that waits for it."""
        for till in self.units.values():
            till.trouble("paper_out")
            till.sell()
        self.show("printer-out", "#strip .cell.stop", "rsu", "counter")
        self.show("printer-out", "#troubles .trouble", "hub")
        self.all_up()

    def offline(self) -> None:
        """Cut off for a while, with twelve sales that wait."""
        for till in self.units.values():
            till.connected(False)
            till.sell_many(12)
        self.show("offline", "#strip .cell.wait", "rsu", "counter")
        self.pages["hub"].goto(self.windows.address("hub"))
        self.pages["hub"].wait_for_selector("#units tr:nth-child(2) .tag.wait", timeout=HUB_WAIT_MS)
        shoot(self.pages["hub"], "hub-offline")
        self.all_up()

    def demo_page(self) -> None:
        """One line cut, one printer out of paper inside a ticket."""
        far = self.demo.till("12")
        far.connected(False)
        far.sell_many(11)
        far.wait_printed()
        far.trouble("paper_ends")
        far.sell()
        page = self.windows.open("demo")
        page.wait_for_selector(f"#state-rsu-12:has-text('{far.waiting()} waiting')")
        page.wait_for_selector("#question-rsu-12:has-text('inside')")
        page.wait_for_selector("#paper-rsu-12 img")
        page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth)")
        keep("demo", page.screenshot())
        self.all_up()

    def tickets(self) -> None:
        """The newest ticket of a handheld and of the counter, as their printers drew it."""
        for till, width in ((self.units["rsu"], 58), (self.units["counter"], 80)):
            keep(f"ticket-{width}", newest_ticket(till))


def newest_ticket(till: Till) -> bytes:
    """The picture of the last slip."""
    return httpx.get(till.edge["url"] + till.slips()[-1]["picture"], trust_env=False).raise_for_status().content


def main() -> None:
    """Take all pictures, or those of the steps that are named."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tillhouse-pictures-") as name:
        demo = RunningDemo(Path(name) / "state", free_base_port())
        try:
            demo.wait_up()
            with running_browser() as browser:
                evening = Evening(Windows(demo, browser))
                steps: list[Callable[[], None]] = [evening.empty, evening.ready, evening.sold, evening.refused]
                trust = Trust(evening.windows, Path(name))
                steps += [trust.phone, evening.printer_out, evening.demo_page, evening.tickets, evening.offline]
                every = [*steps, *Devices(evening.windows).steps(), *trust.steps()]
                for step in [one for one in every if not sys.argv[1:] or one.__name__ in sys.argv[1:]]:
                    step()
                evening.windows.close()
        finally:
            demo.end()
            remove(demo.folder)


if __name__ == "__main__":
    main()
