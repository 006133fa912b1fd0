"""Pictures of what keeps a house honest: enrolment, units that are stopped, cases, the buyer's phone.

All but two are real pages of the demo. A fork and a clock that jumped are drawn from the example views: to bring a demo
into them would take a second copy of a unit and a machine whose clock may be set.
"""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.camera import shoot
from tests.browser.gestures import make_code, new_unit, window_on
from tests.browser.preview import SIZES, served
from tests.support.browser import Scheme, Windows

HUB_WAIT_MS = 60_000
LIGHT: tuple[Scheme, ...] = ("light",)
DRAWN = ("rsu-clock", "hub-case-fork")


class Trust:
    """The demo's windows, and a folder for a unit that is not enrolled yet."""

    def __init__(self, windows: Windows, folder: Path) -> None:
        self.windows = windows
        self.folder = folder

    def steps(self) -> list[Callable[[], None]]:
        """In this order: the last ones cannot be undone."""
        return [self.enrolment, self.disabled, self.held, self.drawn]

    def phone(self) -> None:
        """A number that is none."""
        for place, name in (("07", "rsu"), ("counter", "counter")):
            page = self.windows.open(place)
            page.click(".slab >> nth=1")
            page.fill("[name=phone]", "0770 12")
            page.click(".note >> nth=0")
            page.wait_for_selector(".phone.bad")
            shoot(page, f"{name}-phone")

    def enrolment(self) -> None:
        """The code at head office, and the page that wants it."""
        head = self.windows.open("hub", "/units")
        head.click("text=Add a unit")
        make_code(head, "R21", "RSU 21")
        shoot(head, "hub-code", LIGHT)
        with new_unit(self.folder / "new") as address:
            page = window_on(self.windows, address)
            page.wait_for_selector("form.enrol")
            shoot(page, "rsu-enrol")
            page.close()

    def disabled(self) -> None:
        """Stopped for now, with a reason."""
        head = self._unit_page("RSU 12")
        _for_a_reason(head, "Disable RSU 12", "Left at section D")
        expect(head.locator("#unit-state")).to_contain_text("Disabled")
        page = self.windows.open("12")
        page.wait_for_selector("#line .line.stop")
        page.wait_for_selector(".slab.off")
        shoot(page, "rsu-stopped")
        shoot(head, "hub-unit", LIGHT)
        head.click("button:has-text('Enable RSU 12')")
        page.wait_for_selector(".slab:not(.off)")

    def held(self) -> None:
        """Revoked with sales that had not gone up: they wait in a case."""
        till = self.windows.demo.till("12")
        till.connected(False)
        till.sell_many(4)
        head = self._unit_page("RSU 12")
        _for_a_reason(head, "Revoke RSU 12", "Stolen at section D")
        till.connected(True)
        head.goto(self.windows.address("hub") + "/cases")
        head.wait_for_selector(".trouble", timeout=HUB_WAIT_MS)
        shoot(head, "hub-cases", LIGHT)
        head.click("text=Open case")
        head.wait_for_selector("#case-acts")
        shoot(head, "hub-case", LIGHT)
        head.goto(self.windows.address("hub") + "/units")
        head.wait_for_selector("#units .tag:has-text('Revoked')")
        shoot(head, "hub-units", LIGHT)

    def drawn(self) -> None:
        """From the example views."""
        with served() as address:
            for name in DRAWN:
                width, height = SIZES[name.partition("-")[0]]
                page = self.windows.browser.new_page(viewport={"width": width, "height": height})
                page.goto(f"{address}/{name}")
                shoot(page, name)
                page.close()

    def _unit_page(self, name: str) -> Page:
        head = self.windows.open("hub", "/units")
        head.click(f".unit-link:has-text('{name}')")
        head.wait_for_selector("#unit-facts")
        return head


def _for_a_reason(head: Page, act: str, reason: str) -> None:
    head.click(f"summary:has-text('{act}')")
    head.fill("[name=reason] >> visible=true", reason)
    head.click(f"button:has-text('{act}') >> visible=true")
