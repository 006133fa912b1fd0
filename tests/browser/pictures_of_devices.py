"""Pictures of the devices of a unit and of its slips: found, added, opened for a reason, as head office sees them."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.camera import shoot
from tests.support.browser import Scheme, Windows

LIGHT: tuple[Scheme, ...] = ("light",)
HUB_WAIT_MS = 60_000
LINES = {"line_1": "Charity no. 1182204", "responsible_line": "When the fun stops, stop. 0808 8020 133"}


class Devices:
    """The demo's windows."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def steps(self) -> list[Callable[[], None]]:
        """In this order."""
        return [self.slips, self.drawer, self.inventory]

    def slips(self) -> None:
        """What every slip says: set at head office, seen there and on a handheld."""
        head = self.windows.open("hub", "/slips")
        for name, text in LINES.items():
            head.fill(f"[name={name}]", text)
        head.click("text=Print it from now on")
        head.wait_for_selector("text=From the next sale on")
        head.wait_for_load_state("networkidle")  # the pictures of slips
        shoot(head, "hub-slips", LIGHT)
        page = self.windows.open("07", "/devices/slips", who="supervisor")
        page.wait_for_load_state("networkidle")
        shoot(page, "rsu-slips", LIGHT)

    def drawer(self) -> None:
        """A drawer in three taps, and why it is opened without a sale."""
        page = self.windows.open("07", "/devices", who="supervisor")
        page.tap("text=Add a device")
        shoot(page, "rsu-devices-found")
        page.tap("form.meet:has-text('Cash drawer at') button")
        page.tap("text=Add it")
        page.tap("text=Open without a sale")
        shoot(page, "rsu-drawer")
        page.tap("text=Give change")
        expect(page.locator("#state .tag")).to_have_text("Open")
        page.goto(self.windows.address("07") + "/devices")
        shoot(page, "rsu-devices")
        counter = self.windows.open("counter", "/devices", who="supervisor")
        shoot(counter, "counter-devices")

    def inventory(self) -> None:
        """All of them at head office."""
        head = self.windows.open("hub", "/devices")
        head.wait_for_selector("text=Give change", timeout=HUB_WAIT_MS)
        shoot(head, "hub-devices")
