"""A seller's handheld in a real browser: 360 × 640, one hand, three taps at most."""

import pytest
from playwright.sync_api import Page, expect

from shared.kernel.money import Money
from tests.browser.gestures import (
    COUNT_TAPS,
    LISTEN,
    choose_person,
    heard,
    open_keypad,
    scan,
    scan_at_once,
    taps,
    type_pin,
)
from tests.support.browser import Windows
from tests.support.demo import RunningDemo, wait_for

PLACE = "07"
SIXTH_WAITS_MS = 300
"""Longer than the page keeps a sixth digit that came by a key before it tries the PIN."""


def slab(page: Page, tickets: int) -> str:
    """The package of so many tickets."""
    return f".slab[aria-label^='{tickets} tickets']"


def test_a_sale_takes_two_taps_after_the_login_and_says_the_change_before_and_after(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE, before=COUNT_TAPS)
    page.tap(slab(page, 10))
    expect(page.locator(".note").first).to_contain_text("change $10")
    page.tap(".note >> nth=0")
    expect(page.locator(".change .hero")).to_have_text("$10")
    assert taps(page) <= 3
    assert till.sold_minor() - before == 10_00
    expect(page.locator("#printing")).to_contain_text("Printed")
    page.tap(".next")
    expect(page.locator("#last .sum")).to_have_text("10 tickets · $10 cash")


def test_exact_money_goes_back_to_the_packages_with_a_flash_and_a_tone(windows: Windows) -> None:
    page = windows.open(PLACE, before=LISTEN)
    page.tap(slab(page, 3))
    page.tap(".exact")
    expect(page.locator(".slab.flash")).to_be_visible()
    expect(page.locator("#last .sum")).to_have_text("3 tickets · $5 cash")
    wait_for("a rising tone and a buzz", lambda: heard(page) == {"buzz": [[60]], "tones": [1180, 1570]})


def test_a_double_tap_on_a_note_is_one_sale(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE)
    page.tap(slab(page, 10))
    page.locator(".exact").dblclick()
    expect(page.locator("#last")).to_be_visible()
    page.wait_for_url("**/sell?sold=*")
    assert till.sold_minor() - before == 10_00


def test_two_quick_submissions_of_one_order_are_one_sale(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE)
    page.tap(slab(page, 10))
    page.wait_for_selector(".exact")
    page.evaluate("() => { const b = document.querySelector('.exact'); b.click(); b.click(); b.click(); }")
    page.wait_for_url("**/sell?sold=*")
    assert till.sold_minor() - before == 10_00


def test_an_undo_takes_the_last_sale_back_and_says_so(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE, before=LISTEN)
    page.tap(slab(page, 40))
    page.tap(".exact")
    expect(page.locator("[data-undo] small")).to_contain_text(" s")
    page.tap("[data-undo]")
    expect(page.locator("#last .tag.stop")).to_have_text("Void")
    assert till.sold_minor() == before
    wait_for("two short buzzes", lambda: [40, 60, 40] in heard(page)["buzz"])


def test_cut_off_it_says_keep_selling_and_counts_what_waits(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    till.connected(True)
    page = windows.open(PLACE)
    till.connected(False)
    try:
        till.sell_many(12)
        line = page.locator("#line")
        expect(line).to_contain_text("Keep selling")
        expect(line).to_contain_text("12 sales are safe on this unit")
        expect(page.locator("#strip .cell.wait")).to_have_attribute("aria-label", "Offline, 12 waiting")
        expect(page.locator("#figure .label")).to_contain_text("at ")
        expect(page.locator("#last")).to_contain_text("Waiting")
    finally:
        till.connected(True)
    expect(page.locator("#strip [aria-label='Hub reached, 0 waiting']")).to_be_visible()
    expect(page.locator("#line")).to_be_empty()


def test_too_little_money_is_refused_where_it_was_typed(windows: Windows) -> None:
    page = windows.open(PLACE, before=LISTEN)
    page.tap(slab(page, 10))
    page.tap("text=Other")
    for key in "4":
        page.tap(f"[data-key='{key}']")
    expect(page.locator("[data-change]")).to_have_text("$6 missing")
    expect(page.locator(".cash [type=submit]")).to_be_disabled()
    page.tap("[data-key='0']")
    expect(page.locator("[data-change]")).to_have_text("change $30")
    page.tap(".cash [type=submit]")
    expect(page.locator(".change .hero")).to_have_text("$30")


def test_a_refused_order_keeps_its_page_and_buzzes_once(windows: Windows) -> None:
    till = windows.demo.till(PLACE)
    before = till.sold_minor()
    page = windows.open(PLACE, before=LISTEN)
    page.tap(slab(page, 10))
    page.wait_for_selector(".exact")
    page.evaluate("document.querySelector('.exact').value = '400'")
    page.tap(".exact")
    expect(page.locator(".refusal")).to_be_visible()
    assert till.sold_minor() == before
    wait_for("one long buzz", lambda: [200] in heard(page)["buzz"])


def test_a_pin_by_touch_opens_the_till_and_by_keys_too(windows: Windows) -> None:
    seller = windows.demo.till(PLACE).seller
    page = open_keypad(windows, PLACE, seller["name"])
    type_pin(page, seller["pin"], touch=True)
    expect(page.locator(".slab").first).to_be_visible()
    page = open_keypad(windows, PLACE, seller["name"])
    type_pin(page, seller["pin"], touch=False)
    expect(page.locator(".slab").first).to_be_visible()


@pytest.mark.parametrize(
    ("number", "gap_ms", "opens"),
    [
        ("R11-3-000612", 10, "back"),
        ("4006381333931", 10, "back"),
        ("40063813", 100, "staff_id"),
    ],
)
def test_a_scan_on_the_page_for_a_pin_is_no_try(windows: Windows, number: str, gap_ms: int, opens: str) -> None:
    """A scan asks for its ticket after the door; one too slow to be known as such is cleared."""
    seller = windows.demo.till(PLACE).seller
    page = open_keypad(windows, PLACE, seller["name"])
    tries: list[str] = []
    page.on("request", lambda request: tries.append(request.url) if request.method == "POST" else None)
    scan_at_once(page, number, gap_ms)
    page.wait_for_url(f"**/login?{opens}=*")
    page.wait_for_timeout(SIXTH_WAITS_MS)
    assert tries == []
    page.goto(windows.address(PLACE) + "/login")
    choose_person(page, seller["name"])
    expect(page.locator(".dot.on")).to_have_count(0)
    type_pin(page, seller["pin"], touch=False)
    expect(page.locator("[data-keypad=pin]")).to_have_count(0)
    assert "/login" not in page.url


def test_a_wrong_pin_clears_and_says_how_many_tries_are_left(windows: Windows) -> None:
    seller = windows.demo.till(PLACE).seller
    page = open_keypad(windows, PLACE, seller["name"])
    type_pin(page, "000000", touch=True)
    expect(page.locator(".under-dots.bad")).to_contain_text("Wrong PIN.")
    expect(page.locator(".under-dots.bad")).to_contain_text("tries left.")
    expect(page.locator(".dot.on")).to_have_count(0)
    type_pin(page, seller["pin"], touch=True)
    expect(page.locator(".slab").first).to_be_visible()


def test_a_scan_opens_the_ticket_from_any_page(windows: Windows) -> None:
    sale = windows.demo.till(PLACE).sell()
    for path in ("/sell", "/till", "/more"):
        page = windows.open(PLACE, path)
        scan(page, sale["validation_number"])
        expect(page.locator("#found .band-done")).to_have_text("Valid ticket")
        assert "/lookup?q=" in page.url


@pytest.mark.parametrize(("gap_ms", "stumbles"), [(10, {3: 240, 11: 130, 20: 400}), (150, {})])
def test_a_scanner_that_stumbles_or_is_slow_opens_the_ticket_whole(
    windows: Windows, gap_ms: int, stumbles: dict[int, int]
) -> None:
    sale = windows.demo.till(PLACE).sell()
    page = windows.open(PLACE)
    scan(page, sale["validation_number"], gap_ms, stumbles)
    expect(page.locator("#found .band-done")).to_have_text("Valid ticket")
    assert page.url.endswith(f"/lookup?q={sale['validation_number']}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_training_cannot_be_taken_for_the_real_thing(windows: Windows, scheme: str) -> None:
    page = windows.open(PLACE, "/more", scheme="dark" if scheme == "dark" else "light", who="supervisor")
    page.tap("#training [role=switch]")
    expect(page.locator("#page.training")).to_be_visible()
    try:
        for path in ("/sell", "/till"):
            page.goto(windows.address(PLACE) + path)
            expect(page.locator("#line")).to_contain_text("TRAINING")
            expect(page.locator("#page")).to_have_class("page rsu training has-line")
        page.goto(windows.address(PLACE) + "/sell")
        assert stub_colour(page) != "rgb(255, 207, 51)"
        page.tap(slab(page, 10))
        expect(page.locator("#line")).to_contain_text("TRAINING")
    finally:
        page.goto(windows.address(PLACE) + "/more")
        page.tap("#training [role=switch][aria-checked=true]")
        expect(page.locator("#page:not(.training)")).to_be_visible()


def stub_colour(page: Page) -> str:
    """The ground of the price stub."""
    return str(page.locator(".slab .stub").first.evaluate("node => getComputedStyle(node).backgroundColor"))


def test_the_printer_page_shows_the_ticket_as_a_picture(windows: Windows) -> None:
    sale = windows.demo.till(PLACE).sell()
    page = windows.open(PLACE, "/virtual-printer", who="")
    picture = page.locator(".sheet img").first
    wait_for("the ticket is on paper", lambda: sale["validation_number"] in page_text(windows))
    newest = windows.demo.till(PLACE).slips()[-1]["picture"]
    expect(picture).to_have_attribute("src", newest)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth > 300 && image.naturalHeight > 300)")


def page_text(windows: Windows) -> str:
    """The newest paper's words, validation number ungrouped."""
    return str(windows.demo.till(PLACE).slips()[-1]["text"]).replace("-", "")


def test_the_figure_is_the_share_of_what_was_sold(demo: RunningDemo, windows: Windows) -> None:
    till = demo.till(PLACE)
    till.connected(True)
    page = windows.open(PLACE)
    event = till.event()
    share = Money(demo.hub_minor(), "USD").share(percent=event["prize_percent"])
    expect(page.locator("#figure .figure")).to_have_text(share.short())
