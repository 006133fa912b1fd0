"""Head office in a real browser: it shows what happens, as it happens, to the cent."""

from playwright.sync_api import expect

from shared.kernel.money import Money
from tests.browser.gestures import ENTER, SCANNER_GAP_MS, scan, strike
from tests.support.browser import Windows

HAND_GAP_MS = 200


def test_the_admin_logs_in_by_page_and_out_again(windows: Windows) -> None:
    admin = windows.demo.said["hub"]["admin"]
    page = windows.open("hub", who="")
    page.fill("[name=login]", admin["login"])
    page.fill("[name=password]", "not this one")
    page.keyboard.press("Enter")
    expect(page.locator(".refusal")).to_be_visible()
    expect(page.locator("[name=login]")).to_have_value(admin["login"])
    page.fill("[name=password]", admin["password"])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("What needs you now")
    page.click("text=Log out")
    expect(page.locator("[name=password]")).to_be_visible()


def test_a_sale_appears_by_itself_and_the_sum_is_right_to_the_cent(windows: Windows) -> None:
    demo = windows.demo
    for till in demo.tills():
        till.connected(True)
    page = windows.open("hub")
    page.evaluate("window.kept = true")
    sale = demo.till("12").sell(tickets=40)
    newest = page.locator("#feed li").first
    expect(newest).to_contain_text("40 tickets")
    expect(newest).to_contain_text("RSU 12")
    expect(page.locator("#figures > .figure")).to_have_text(Money(demo.edges_minor(), "USD").short())
    assert sale["amount"]["minor"] == 20_00
    assert page.evaluate("window.kept"), "the page was not loaded again"


def test_a_unit_that_is_cut_off_is_trouble_and_level_again_afterwards(windows: Windows) -> None:
    till = windows.demo.till("12")
    till.connected(True)
    page = windows.open("hub")
    before = page.locator("#figures > .figure").inner_text()
    till.connected(False)
    try:
        till.sell_many(12)
        assert page.locator("#figures > .figure").inner_text() == before
    finally:
        till.connected(True)
    expect(page.locator("#figures > .figure")).to_have_text(Money(windows.demo.edges_minor(), "USD").short())


def test_paper_out_at_a_unit_is_trouble_at_head_office(windows: Windows) -> None:
    till = windows.demo.till("12")
    page = windows.open("hub")
    try:
        till.trouble("paper_out")
        expect(page.locator("#troubles")).to_contain_text("Paper is out, RSU 12")
    finally:
        till.trouble("")
    expect(page.locator("#troubles")).not_to_contain_text("RSU 12")


def test_slash_goes_to_the_number_box_and_finds_a_sale(windows: Windows) -> None:
    sale = windows.demo.till("12").sell()
    windows.demo.till("12").connected(True)
    page = windows.open("hub")
    page.keyboard.press("/")
    expect(page.locator("[data-number-box]")).to_be_focused()
    page.locator("[data-number-box]").fill(sale["validation_number"])
    page.keyboard.press("Enter")
    expect(page.locator("#sales tbody tr")).to_have_count(1)
    expect(page.locator("#sales tbody")).to_contain_text(sale["position"])


def test_a_number_typed_quickly_after_the_slash_is_what_was_typed(windows: Windows) -> None:
    sale = windows.demo.till("12").sell()
    windows.demo.till("12").connected(True)
    page = windows.open("hub")
    keys = ["/", *sale["position"], ENTER]
    strike(page, keys, [HAND_GAP_MS] * len(keys))
    expect(page.locator("#sales tbody tr")).to_have_count(1)
    assert page.url.endswith(f"/sales?q={sale['position']}")


def test_a_password_that_comes_fast_is_no_scan(windows: Windows) -> None:
    admin = windows.demo.said["hub"]["admin"]
    page = windows.open("hub", who="")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.fill("[name=login]", admin["login"])
    page.focus("[name=password]")
    scan(page, admin["password"], SCANNER_GAP_MS)
    expect(page.locator("h1")).to_have_text("What needs you now")
    assert not any(admin["password"] in url for url in asked)


def test_a_scan_at_head_office_finds_the_sale(windows: Windows) -> None:
    sale = windows.demo.till("12").sell()
    windows.demo.till("12").connected(True)
    page = windows.open("hub", "/events")
    scan(page, sale["validation_number"])
    expect(page.locator("#sales tbody")).to_contain_text(sale["position"])


def test_a_person_is_hired_and_dismissed_by_the_page(windows: Windows) -> None:
    page = windows.open("hub", "/people")
    page.fill("[name=name]", "Olga Test")
    page.click("text=Hire and make a PIN")
    expect(page.locator(".pin-once .mono")).to_be_visible()
    row = page.locator("tr:has-text('Olga Test')")
    row.locator("button").click()
    expect(page.locator("tr:has-text('Olga Test') .tag")).to_have_text("Left")
    gone = [one["name"] for one in windows.demo.hub("/api/identity/staff") if not one["active"]]
    assert "Olga Test" in gone


def test_a_page_is_live_right_after_logging_in_by_the_form(windows: Windows) -> None:
    admin = windows.demo.said["hub"]["admin"]
    page = windows.open("hub", who="")
    page.fill("[name=login]", admin["login"])
    page.fill("[name=password]", admin["password"])
    with page.expect_request("**/live"):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("What needs you now")
