"""The demo's own page: lines that are really cut, paper that comes out, sums that agree."""

from playwright.sync_api import expect

from shared.kernel.money import Money
from tests.support.browser import Windows
from tests.support.demo import wait_for


def test_the_switch_of_a_line_cuts_it_and_brings_it_back(windows: Windows) -> None:
    demo = windows.demo
    till = demo.till("12")
    till.connected(True)
    page = windows.open("demo")
    switch = page.locator("[data-line='rsu-12']")
    switch.click()
    try:
        till.wait_line(False)
        expect(switch).to_have_attribute("aria-checked", "false")
        till.sell_many(12)
        expect(page.locator("#state-rsu-12")).to_contain_text("12 waiting")
        expect(page.locator("#hub .demo-sums div:nth-child(3) dd")).to_have_text("$120")
        switch.click()
        expect(page.locator("#state-rsu-12")).to_contain_text("0 waiting")
    finally:
        till.connected(True)
    both = Money(demo.edges_minor(), "USD").short()
    expect(page.locator("#hub .demo-sums div:nth-child(1) dd")).to_have_text(both)
    expect(page.locator("#hub .demo-sums div:nth-child(2) dd")).to_have_text(both)
    expect(page.locator("#hub")).to_contain_text("To the cent")


def test_all_lines_go_down_and_up_with_one_button(windows: Windows) -> None:
    page = windows.open("demo")
    page.click("text=Cut all lines")
    try:
        for till in windows.demo.tills():
            till.wait_line(False)
        page.click("text=Bring all lines back")
        for till in windows.demo.tills():
            till.wait_line(True)
    finally:
        for till in windows.demo.tills():
            till.connected(True)


def test_the_newest_ticket_hangs_out_of_its_printer(windows: Windows) -> None:
    page = windows.open("demo")
    windows.demo.till("12").sell()
    picture = page.locator("#paper-rsu-12 img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth > 300)")


def test_a_printer_in_trouble_says_so_and_a_new_roll_repairs_it(windows: Windows) -> None:
    page = windows.open("demo")
    try:
        page.select_option("[data-trouble='rsu-12'] select", "paper_out")
        expect(page.locator("#printer-rsu-12 .out")).to_contain_text("Paper out")
        page.click("[data-repair='rsu-12']")
        expect(page.locator("#printer-rsu-12")).not_to_contain_text("out")
    finally:
        windows.demo.till("12").trouble("")


def test_paper_that_ends_inside_a_ticket_is_told_and_the_ticket_comes_again(windows: Windows) -> None:
    till = windows.demo.till("12")
    page = windows.open("demo")
    try:
        page.select_option("[data-trouble='rsu-12'] select", "paper_ends")
        wait_for("paper is nearly out", lambda: till.get("/api/devices/virtual-printer")["trouble"] == "paper_ends")
        sale = till.sell()
        expect(page.locator("#question-rsu-12")).to_contain_text("Ran out inside this ticket.")
        page.click("[data-repair='rsu-12']")
    finally:
        till.trouble("")
    till.wait_printed()
    again = till.slips()[-1]["text"]
    assert sale["validation_number"] in again.replace("-", "")
    assert again.startswith("REPRINT", len(again) - len(again.lstrip()))
