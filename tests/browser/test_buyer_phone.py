"""A buyer's phone in a real browser: typed on the sale, kept over a refusal, on no page afterwards."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import complaints
from tests.support.browser import Windows
from tests.support.demo import wait_for

BAD = "0770 12"
PHONES = {"07": "+44 7700 900107", "counter": "+44 7700 900140"}


def in_sight(page: Page, selector: str) -> None:
    """The node lies whole inside the window, without scrolling."""
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    assert box is not None
    assert size is not None
    assert box["y"] >= 0, selector
    assert box["y"] + box["height"] <= size["height"], selector


def looks_right(page: Page) -> None:
    """In both themes."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        assert complaints(page) == []


@pytest.mark.parametrize("place", ["07", "counter"])
def test_a_bad_number_is_refused_at_its_field_and_the_order_stays_and_a_good_one_sells(
    windows: Windows, place: str
) -> None:
    till = windows.demo.till(place)
    before = till.sold_minor()
    page = windows.open(place)
    page.click(".slab[aria-label^='10 tickets']")
    page.fill("[name=phone]", BAD)
    page.click("[aria-label='One more']")
    expect(page.locator(".pay-sum .hero")).to_have_text("$20")
    expect(page.locator("[name=phone]")).to_have_value(BAD)
    page.click(".note >> nth=0")
    expect(page.locator(".refusal")).to_contain_text("ask again, or leave it empty")
    expect(page.locator("[name=phone]")).to_have_value(BAD)
    expect(page.locator(".pay-sum .hero")).to_have_text("$20")
    expect(page.locator(".stepper .n")).to_have_text("×2")
    for selector in (".refusal", "[name=phone]", ".exact", ".tenders"):
        in_sight(page, selector)
    looks_right(page)
    assert till.sold_minor() == before
    page.fill("[name=phone]", PHONES[place])
    page.click(".note >> nth=0")
    expect(page.locator(".change .hero")).to_be_visible()
    assert till.sold_minor() - before == 20_00
    _is_on_no_page(windows, place, page)


def _is_on_no_page(windows: Windows, place: str, page: Page) -> None:
    """Neither here nor at head office, where only who may look people up finds the sale by it."""
    till, phone = windows.demo.till(place), PHONES[place]
    sale = till.get("/api/raffle/sales/" + page.url.rsplit("/", 1)[1])
    for path in ("/sell", "/till", "/more", f"/lookup?q={sale['validation_number']}"):
        page.goto(windows.address(place) + path)
        assert not _shows(page, phone), path
    till.connected(True)
    head = windows.open("hub", f"/sales?q={sale['validation_number']}")
    expect(head.locator("#sales tbody tr")).to_have_count(1)
    assert not _shows(head, phone)
    asked = {"phone": phone}
    assert httpx.post(f"{windows.address('hub')}/api/persons/find", json=asked, trust_env=False).status_code == 401
    with httpx.Client(base_url=windows.address("hub"), trust_env=False) as admin:
        token = admin.post("/api/staff_access/sessions", json=windows.demo.said["hub"]["admin"]).json()["token"]
        admin.headers["authorization"] = f"Bearer {token}"
        wait_for("the person at the hub", lambda: admin.post("/api/persons/find", json=asked).status_code == 200)
        found = admin.post("/api/persons/find", json=asked).json()
    assert phone.replace(" ", "") in found["phones"]
    assert str(sale["sale_id"]) in str(found["sales"])


def _shows(page: Page, phone: str) -> bool:
    """Whether the page has the number's last digits in it, however written."""
    return phone[-6:] in page.content() or phone[-6:] in page.locator("body").inner_text()


def test_beside_the_keypad_a_bad_number_takes_the_keys_place_until_it_is_mended(windows: Windows) -> None:
    till = windows.demo.till("07")
    before = till.sold_minor()
    page = windows.open("07")
    page.tap(".slab[aria-label^='10 tickets']")
    page.fill("[name=phone]", BAD)
    page.tap("text=Other")
    for key in "40":
        page.tap(f"[data-key='{key}']")
    page.tap(".cash [type=submit]")
    expect(page.locator(".refusal")).to_contain_text("Phone:")
    expect(page.locator("output")).to_have_text("$40")
    expect(page.locator("[data-change]")).to_have_text("change $30")
    for selector in (".refusal", "[name=phone]", ".cash [type=submit]"):
        in_sight(page, selector)
    looks_right(page)
    page.fill("[name=phone]", "")
    page.tap(".cash [type=submit]")
    expect(page.locator(".change .hero")).to_have_text("$30")
    assert till.sold_minor() - before == 10_00
