"""The counter in a real browser: 1024 × 768, packages left, the buyer right, and everything by keys as well."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

from tests.browser.gestures import (
    COUNT_TAPS,
    LEFT_IN_FIELD,
    LISTEN,
    heard,
    scan,
    scan_at_once,
    strike_at_once,
    taps,
)
from tests.support.browser import Windows
from tests.support.demo import wait_for

PLACE = "counter"
HAND_GAP_MS = 140
SURE_MS = 3_000
"""So long ago that no key has to do with the next one."""
SLOW_SCAN = "R11-000612"
SLOW_GAP_MS = 90
OTHER_SLABS = """
addEventListener("keydown", () => {
  const slabs = document.getElementById("slabs");
  const fresh = document.importNode(slabs, true);
  slabs.replaceWith(fresh);
  htmx.process(fresh);
});
"""
"""What a live part does, at the worst moment: right after a key."""


def test_a_sale_takes_two_taps_and_the_change_stands_beside_the_packages(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE, before=COUNT_TAPS)
    page.click(".slab[data-place='2']")
    expect(page.locator("#buyer .note").first).to_contain_text("change $10")
    page.click("#buyer .note >> nth=0")
    expect(page.locator("#buyer .change .hero")).to_have_text("$10")
    expect(page.locator(".slab").first).to_be_visible()
    assert taps(page) <= 3
    assert till.sold_minor() - before == 10_00


def test_a_whole_sale_goes_by_keys_and_f8_takes_it_back(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE, before=LISTEN)
    strike_at_once(page, ["1"], [0], SURE_MS)
    expect(page.locator("#buyer .hero")).to_have_text("$5")
    page.keyboard.press("3")
    expect(page.locator("#buyer .hero")).to_have_text("$20")
    page.keyboard.press("Enter")
    expect(page.locator("#buyer #last .sum")).to_have_text("40 tickets · $20 cash")
    assert till.sold_minor() - before == 20_00
    page.keyboard.press("F8")
    expect(page.locator("#buyer #last .tag.stop")).to_have_text("Void")
    assert till.sold_minor() == before
    wait_for("sold and undone are heard", lambda: heard(page)["buzz"] == [[60], [40, 60, 40]])


def test_the_package_can_be_multiplied_before_paying(windows: Windows) -> None:
    page = windows.open(PLACE)
    page.click(".slab[data-place='2']")
    page.click("#buyer .stepper a[aria-label], #buyer .stepper a >> nth=-1")
    expect(page.locator("#buyer .hero")).to_have_text("$20")
    page.click("text=Clear")
    expect(page.locator("#buyer .hero")).to_have_count(0)


def test_a_card_sale_keeps_the_terminals_reference(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    page = windows.open(PLACE)
    page.click(".slab[data-place='2']")
    page.click("#buyer >> text=Card")
    page.fill("[name=reference]", "TERM 0042")
    page.click("text=Card paid. Print.")
    expect(page.locator("#buyer #last .sum")).to_have_text("10 tickets · $10 card")
    newest = till.get("/api/raffle/sales", event_id=till.event()["event_id"], most=1)[0]
    assert (newest["tender"], newest["reference"]) == ("card", "TERM 0042")


def test_a_sale_of_another_window_appears_in_the_list_without_a_reload(windows: Windows) -> None:
    page = windows.open(PLACE)
    page.evaluate("window.kept = true")
    sale = windows.demo.till(PLACE).sell(tickets=3)
    expect(page.locator("#latest .grid-row").first).to_contain_text(sale["draw_numbers"])
    assert page.evaluate("window.kept")


def test_a_scan_types_nothing_into_the_field_that_has_the_focus(windows: Windows) -> None:
    sale = windows.demo.till(PLACE).sell(tickets=3)
    page = windows.open(PLACE, before=LEFT_IN_FIELD)
    page.click(".slab[data-place='1']")
    page.click("#buyer >> text=Card")
    page.fill("[name=reference]", "A1")
    page.focus("[name=reference]")
    scan(page, sale["validation_number"], stumbles={2: 300, 9: 90})
    expect(page.locator("#found .band-done")).to_have_text("Valid ticket")
    assert page.evaluate("sessionStorage.getItem('left')") == "A1"


def test_what_a_hand_types_into_a_field_is_no_scan(windows: Windows) -> None:
    page = windows.open(PLACE)
    page.click(".slab[data-place='1']")
    page.click("#buyer >> text=Card")
    page.click("[name=reference]")
    scan(page, "TERM0042", HAND_GAP_MS, {2: 40, 5: 55})
    expect(page.locator("#buyer #last .sum")).to_have_text("3 tickets · $5 card")
    newest = windows.demo.till(PLACE).get("/api/raffle/sales", event_id=windows.demo.till(PLACE).event()["event_id"])[0]
    assert newest["reference"] == "TERM0042"


def test_a_scan_at_the_counter_chooses_and_sells_no_package(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    sale = till.sell(tickets=3)
    before = till.sold_minor()
    page = windows.open(PLACE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    scan_at_once(page, sale["validation_number"])
    expect(page.locator("#found .band-done")).to_have_text("Valid ticket")
    assert "/sell/pay" not in asked
    assert till.sold_minor() == before


def test_the_enter_of_a_scan_that_nobody_knew_as_one_sells_nothing(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE)
    page.click(".slab[data-place='2']")
    expect(page.locator("#buyer .hero")).to_have_text("$10")
    scan_at_once(page, SLOW_SCAN, SLOW_GAP_MS, ago_ms=SURE_MS)
    scan_at_once(page, "R11-3-00X1", SLOW_GAP_MS, {9: 700}, SURE_MS)
    page.click("#buyer .stepper a >> nth=-1")
    expect(page.locator("#buyer .hero")).to_have_text("$20")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Enter")
    expect(page.locator("#buyer #last .sum")).to_have_text("20 tickets · $20 cash")
    assert till.sold_minor() - before == 20_00


def test_the_enter_of_a_scan_presses_no_button_that_has_the_focus(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE)
    page.click(".slab[data-place='2']")
    page.focus(".exact")
    scan(page, SLOW_SCAN, SLOW_GAP_MS)
    page.click("#buyer .stepper a >> nth=-1")
    expect(page.locator("#buyer .hero")).to_have_text("$20")
    assert till.sold_minor() == before


def test_a_scan_right_after_a_key_of_the_hand_is_found_whole(windows: Windows) -> None:
    sale = windows.demo.till(PLACE).sell(tickets=3)
    page = windows.open(PLACE)
    scan_at_once(page, "2" + sale["validation_number"], stumbles={1: 300})
    expect(page.locator("#found .band-done")).to_have_text("Valid ticket")
    assert page.url.endswith(f"/lookup?q={sale['validation_number']}")


def test_a_digit_and_enter_at_once_sell_no_order_that_stood_there_before(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE)
    page.click(".slab[data-place='2']")
    expect(page.locator("#buyer .hero")).to_have_text("$10")
    strike_at_once(page, ["3", "Enter"], [0, 40])
    expect(page.locator("#buyer .hero")).to_have_text("$20")
    page.keyboard.press("Enter")
    expect(page.locator("#buyer #last .sum")).to_have_text("40 tickets · $20 cash")
    assert till.sold_minor() - before == 20_00


def test_enter_waits_for_the_order_that_a_digit_asked_for(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE)
    page.click(".slab[data-place='2']")
    page.click("#buyer .note >> nth=0")
    expect(page.locator("#buyer .change .hero")).to_have_text("$10")
    asked: list[Route] = []

    def keep(route: Route) -> None:
        asked.append(route)

    page.route("**/sell/pay?*", keep)
    page.keyboard.press("3")
    until_asked(page, asked)
    page.keyboard.press("Enter")
    asked[-1].continue_()
    expect(page.locator("#buyer .hero")).to_have_text("$20")
    page.keyboard.press("Enter")
    expect(page.locator("#buyer #last .sum")).to_have_text("40 tickets · $20 cash")
    assert till.sold_minor() - before == 30_00


def until_asked(page: Page, asked: list[Route]) -> None:
    """Until the order was asked for; the page goes on meanwhile."""

    def look() -> bool:
        page.wait_for_timeout(10)
        return bool(asked)

    wait_for("the order is asked for", look)


def test_a_digit_chooses_its_package_though_the_packages_came_anew_meanwhile(windows: Windows) -> None:
    page = windows.open(PLACE)
    page.evaluate(OTHER_SLABS)
    page.keyboard.press("3")
    expect(page.locator("#buyer .hero")).to_have_text("$20")


def test_an_unknown_number_says_what_it_is_not(windows: Windows) -> None:
    page = windows.open(PLACE, "/lookup?q=9999-9999-9999-9999-9999-9")
    expect(page.locator(".refusal")).to_be_visible()


def test_paper_out_stands_in_the_strip_and_goes_with_a_new_roll(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    page = windows.open(PLACE)
    try:
        till.trouble("paper_out")
        expect(page.locator("#strip .cell.stop")).to_have_attribute("aria-label", "Paper out")
        sale = till.sell(tickets=3)
        expect(page.locator("#buyer #last")).to_contain_text("No paper yet")
    finally:
        till.trouble("")
    expect(page.locator("#strip [aria-label='Printer ready']")).to_be_visible()
    expect(page.locator("#buyer #last")).to_contain_text("Printed")
    wait_for(
        "the ticket comes out after all",
        lambda: any(sale["validation_number"] in slip["text"].replace("-", "") for slip in till.slips()),
    )
